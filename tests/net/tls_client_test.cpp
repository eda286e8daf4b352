// Our clients over TLS, against servers with good and bad certificates from a private CA.
#include <openssl/ssl.h>

#include "otto/net/http_client.hpp"
#include "otto/net/websocket.hpp"

#include "net_fixture.hpp"
#include "tls_peer.hpp"

namespace otto::net {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class TlsClientTest : public NetTest {
 protected:
  using Script = std::function<Task<void>(TlsPeer&)>;

  TlsClientTest() { trusted_ca(); }

  ClientResult ask(const std::string& host, const Issued& identity, Script script, int max_version = 0) {
    std::optional<ClientResult> result;
    run(talk(host, identity, std::move(script), max_version, result));
    return std::move(result.value());
  }
  static Issued good() {
    CertificateWish wish;
    wish.alternative_names = "DNS:localhost,IP:127.0.0.1";
    return trusted_ca().issue(wish);
  }
  static Script answering(std::string bytes, bool orderly = true) {
    return [bytes, orderly](TlsPeer& peer) -> Task<void> {
      co_await peer.hear_until("\r\n\r\n");
      co_await peer.send(bytes);
      if (orderly) {
        co_await peer.close();
      } else {
        peer.cut();
      }
    };
  }

  bool shaken = false;
  std::string server_name;

 private:
  Task<void> talk(std::string host, const Issued& identity, Script script, int max_version,
                  std::optional<ClientResult>& result) {
    RawListener listener{loop};
    rt::Group group{loop, "test"};
    group.spawn("server", serve(listener, identity, script, max_version));
    ClientRequest request;
    request.url = "https://" + host + ":" + std::to_string(listener.port()) + "/";
    request.timeout = milliseconds{3'000};
    result.emplace(co_await send_request(std::move(request)));
    listener.close();
    co_await group.join();
  }
  Task<void> serve(RawListener& listener, const Issued& identity, const Script& script, int max_version) {
    auto accepted = co_await listener.try_accept();
    if (!accepted) co_return;
    TlsPeer peer{std::move(accepted->socket()), identity, max_version};
    shaken = co_await peer.handshake();
    server_name = peer.server_name();
    if (shaken) co_await script(peer);
    peer.cut();
  }
};

TEST_F(TlsClientTest, TalksToAServerWithTheRightName) {
  const auto result = ask("localhost", good(), answering(kOk));

  ASSERT_TRUE(result.response) << result.response.error().detail;
  EXPECT_EQ(result.response->body, "ok");
  EXPECT_TRUE(result.sent_any);
  EXPECT_EQ(server_name, "localhost");
}

TEST_F(TlsClientTest, TalksToAnAddressThatTheCertificateNames) {
  const auto result = ask("127.0.0.1", good(), answering(kOk));

  ASSERT_TRUE(result.response) << result.response.error().detail;
  EXPECT_EQ(server_name, "");
}

/// The same port with one server after another behind it.
class TlsTicketTest : public TlsClientTest {
 protected:
  struct Meeting {
    bool is_answered = false, is_resumed = false;
  };
  std::vector<Meeting> meet(const std::vector<TlsServer>& servers) {
    std::vector<Meeting> meetings;
    run(meet_all(servers, meetings));
    return meetings;
  }

 private:
  Task<void> meet_all(const std::vector<TlsServer>& servers, std::vector<Meeting>& meetings) {
    RawListener listener{loop};
    rt::Group group{loop, "test"};
    for (const auto& server : servers) {
      Meeting meeting;
      group.spawn("server", serve(listener, server, meeting.is_resumed));
      ClientRequest request;
      request.url = "https://localhost:" + std::to_string(listener.port()) + "/";
      request.timeout = milliseconds{3'000};
      const auto result = co_await send_request(std::move(request));
      meeting.is_answered = static_cast<bool>(result.response);
      co_await group.join();
      meetings.push_back(meeting);
    }
    listener.close();
  }
  static Task<void> serve(RawListener& listener, const TlsServer& server, bool& is_resumed) {
    auto accepted = co_await listener.try_accept();
    if (!accepted) co_return;
    TlsPeer peer{std::move(accepted->socket()), server};
    if (co_await peer.handshake()) {
      is_resumed = peer.resumed();
      co_await answering(kOk)(peer);
    }
    peer.cut();
  }
};

TEST_F(TlsTicketTest, MeetsAVerifiedServerAgainByItsTicket) {
  for (const int version : {0, TLS1_2_VERSION}) {
    const auto server = make_tls_server(good(), version);
    const auto meetings = meet({server, server, server});

    ASSERT_EQ(meetings.size(), 3U);
    EXPECT_TRUE(meetings[0].is_answered && meetings[1].is_answered && meetings[2].is_answered);
    EXPECT_FALSE(meetings[0].is_resumed);
    EXPECT_TRUE(meetings[1].is_resumed) << version;
  }
}

TEST_F(TlsTicketTest, VerifiesWhoeverDoesNotKnowTheTicket) {
  const auto known = make_tls_server(good());
  CertificateWish wrong_name;
  wrong_name.alternative_names = "DNS:example.com";
  const TestCa stranger;
  CertificateWish wish;
  wish.alternative_names = "DNS:localhost";
  const auto meetings = meet({known, make_tls_server(good()), make_tls_server(trusted_ca().issue(wrong_name)),
                              make_tls_server(stranger.issue(wish)), known});

  ASSERT_EQ(meetings.size(), 5U);
  EXPECT_TRUE(meetings[1].is_answered);
  EXPECT_FALSE(meetings[1].is_resumed);
  EXPECT_FALSE(meetings[2].is_answered);
  EXPECT_FALSE(meetings[3].is_answered);
  EXPECT_TRUE(meetings[4].is_answered);
}

struct BadServer {
  const char* name;
  CertificateWish wish;
  const char* complaint;
};

TEST_F(TlsClientTest, SendsNothingToAServerItCannotTrust) {
  CertificateWish wrong_name;
  wrong_name.alternative_names = "DNS:example.com,IP:127.0.0.2";
  CertificateWish name_in_subject;
  name_in_subject.common_name = "localhost";
  CertificateWish expired;
  expired.alternative_names = "DNS:localhost";
  expired.begins = -7'200;
  expired.ends = -3'600;
  CertificateWish not_yet = expired;
  not_yet.begins = 3'600;
  not_yet.ends = 7'200;
  CertificateWish client_only;
  client_only.alternative_names = "DNS:localhost";
  client_only.usage = "clientAuth";
  CertificateWish partial_wildcard;
  partial_wildcard.alternative_names = "DNS:local*";
  const std::vector<BadServer> servers{
      {"wrong name", wrong_name, "hostname mismatch"},
      {"name in the subject only", name_in_subject, "hostname mismatch"},
      {"expired", expired, "expired"},
      {"not yet valid", not_yet, "not yet valid"},
      {"not for servers", client_only, "purpose"},
      {"partial wildcard", partial_wildcard, "hostname mismatch"},
  };
  for (const auto& server : servers) {
    const auto result = ask("localhost", trusted_ca().issue(server.wish), answering(kOk));
    ASSERT_FALSE(result.response) << server.name;
    EXPECT_EQ(result.response.error().code, Errc::ConnectFailed) << server.name;
    EXPECT_NE(result.response.error().detail.find(server.complaint), std::string::npos)
        << server.name << ": " << result.response.error().detail;
    EXPECT_FALSE(result.sent_any) << server.name;
  }
}

TEST_F(TlsClientTest, SendsNothingToAServerOfAnUnknownAuthority) {
  const TestCa stranger;
  CertificateWish wish;
  wish.alternative_names = "DNS:localhost";

  const auto result = ask("localhost", stranger.issue(wish), answering(kOk));

  EXPECT_EQ(result.response.error().code, Errc::ConnectFailed);
  EXPECT_FALSE(result.sent_any);
}

TEST_F(TlsClientTest, SpeaksNothingOlderThanTls12) {
  for (const int version : {TLS1_VERSION, TLS1_1_VERSION}) {
    const auto result = ask("localhost", good(), answering(kOk), version);
    ASSERT_FALSE(result.response);
    EXPECT_EQ(result.response.error().code, Errc::ConnectFailed);
    EXPECT_FALSE(result.sent_any);
  }
  EXPECT_TRUE(ask("localhost", good(), answering(kOk), TLS1_2_VERSION).response);
}

TEST_F(TlsClientTest, TellsAnEndFromACut) {
  const std::string until_end = "HTTP/1.1 200 OK\r\n\r\nall";

  const auto ended = ask("localhost", good(), answering(until_end));
  ASSERT_TRUE(ended.response) << ended.response.error().detail;
  EXPECT_EQ(ended.response->body, "all");

  const auto cut = ask("localhost", good(), answering(until_end, false));
  ASSERT_FALSE(cut.response);
  EXPECT_EQ(cut.response.error().code, Errc::ConnectionLost);

  const auto delimited = ask("localhost", good(), answering(kOk, false));
  EXPECT_TRUE(delimited.response);
}

TEST_F(TlsClientTest, AServerThatNeverShakesHandsTimesOutUnsent) {
  std::optional<ClientResult> result;
  const auto scenario = [&]() -> Task<void> {
    RawListener listener{loop};
    ClientRequest request;
    request.url = listener.url("https");
    request.timeout = milliseconds{100};
    result.emplace(co_await send_request(std::move(request)));
  };
  run(scenario());

  EXPECT_EQ(result->response.error().code, Errc::TimedOut);
  EXPECT_FALSE(result->sent_any);
}

TEST_F(TlsClientTest, APlainServerIsNotTakenForATlsServer) {
  std::optional<ClientResult> result;
  const auto server = [](RawListener& listener) -> Task<void> {
    auto peer = co_await listener.accept();
    co_await peer->hear();
    co_await peer->send("HTTP/1.1 400 Bad Request\r\n\r\n");
    co_await peer->hear_all();
  };
  const auto scenario = [&]() -> Task<void> {
    RawListener listener{loop};
    rt::Group group{loop, "test"};
    group.spawn("server", server(listener));
    ClientRequest request;
    request.url = listener.url("https");
    result.emplace(co_await send_request(std::move(request)));
    co_await group.join();
  };
  run(scenario());

  EXPECT_EQ(result->response.error().code, Errc::ConnectFailed);
  EXPECT_FALSE(result->sent_any);
}

TEST(TlsMemory, ABufferForARecordIsKeptForTheNextOneWhateverItsSize) {
  constexpr std::size_t kIn = 16'384 + 333, kOut = 16'384 + 100;
  void* const first = OPENSSL_malloc(kIn);
  void* const second = OPENSSL_malloc(kOut);
  OPENSSL_free(first);
  void* const third = OPENSSL_malloc(kOut);
  EXPECT_EQ(third, first);
  void* const grown = OPENSSL_realloc(second, 3 * kOut);
  EXPECT_EQ(OPENSSL_malloc(0), nullptr);
  for (void* block : {third, grown}) OPENSSL_free(block);
  std::vector<void*> blocks(20);
  for (void*& block : blocks) block = OPENSSL_malloc(kIn);
  for (void* block : blocks) OPENSSL_free(block);  // most of them to the heap
}

}  // namespace
}  // namespace otto::net
