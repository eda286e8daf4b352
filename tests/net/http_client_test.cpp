#include "otto/net/http_client.hpp"

#include "client_fixture.hpp"
#include "src/net/dialer.hpp"

namespace otto::net {
namespace {

const std::string kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ClientTest {};

TEST_F(HttpClientTest, SendsTheRequestAsTold) {
  ClientRequest request;
  request.method = "POST";
  request.headers.add("X-One", "1");
  request.headers.add("X-Evil", "a\r\nX-Injected: 1");
  request.headers.add("Content-Length", "999");
  request.body = "body";
  const auto result = ask(std::move(request), [](RawPeer& peer) -> Task<void> {
    co_await peer.hear_until("\r\n\r\nbody");
    co_await peer.send(kOk);
    co_await peer.hear_all();
  });

  EXPECT_TRUE(heard.starts_with("POST /path?q=1 HTTP/1.1\r\nHost: 127.0.0.1:")) << heard;
  EXPECT_NE(heard.find("\r\nX-One: 1\r\n"), std::string::npos);
  EXPECT_NE(heard.find("\r\nContent-Length: 4\r\n"), std::string::npos);
  EXPECT_NE(heard.find("\r\nUser-Agent: otto\r\n"), std::string::npos);
  EXPECT_NE(heard.find("\r\nConnection: close\r\n"), std::string::npos);
  EXPECT_EQ(heard.find("\r\nX-Injected"), std::string::npos);
  EXPECT_EQ(heard.find("999"), std::string::npos);
  ASSERT_TRUE(result.response) << result.response.error().detail;
  EXPECT_EQ(result.response->status, 200);
  EXPECT_EQ(result.response->body, "ok");
  EXPECT_EQ(result.response->headers.get("content-length"), "2");
}

TEST_F(HttpClientTest, AGetHasNoLengthAndAPostWithoutBodyHasZero) {
  EXPECT_TRUE(answered(kOk).response);
  EXPECT_EQ(heard.find("Content-Length"), std::string::npos);
  ClientRequest post;
  post.method = "POST";
  EXPECT_TRUE(answered(kOk, post).response);
  EXPECT_NE(heard.find("\r\nContent-Length: 0\r\n"), std::string::npos);
}

TEST_F(HttpClientTest, UnderstandsEveryKindOfBody) {
  const std::vector<std::pair<std::string, std::string>> cases{
      {kOk, "ok"},
      {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3;x=y\r\nyes\r\n0\r\nX-T: 1\r\n\r\n", "okyes"},
      {"HTTP/1.1 200 OK\r\n\r\nuntil the end", "until the end"},
      {"HTTP/1.0 200 OK\r\n\r\nold", "old"},
      {"HTTP/1.1 204 No Content\r\n\r\n", ""},
      {"HTTP/1.1 304 Not Modified\r\nContent-Length: 100\r\n\r\n", ""},
      {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + kOk, "ok"},
      {"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n", ""},
      {kOk + "and more than announced", "ok"},
  };
  for (const auto& [bytes, body] : cases) {
    const auto result = answered(bytes);
    ASSERT_TRUE(result.response) << bytes << ": " << result.response.error().detail;
    EXPECT_EQ(result.response->body, body) << bytes;
    EXPECT_TRUE(result.sent_any);
  }
}

TEST_F(HttpClientTest, UnderstandsAnAnswerThatComesByteByByte) {
  for (const std::string& bytes :
       {kOk, std::string{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n"},
        "HTTP/1.1 100 Continue\r\n\r\n" + kOk}) {
    const auto result = ask({}, [bytes](RawPeer& peer) -> Task<void> {
      co_await peer.hear_until("\r\n\r\n");
      for (const char byte : bytes) co_await peer.send({&byte, 1});
      co_await peer.hear_all();
    });
    ASSERT_TRUE(result.response) << result.response.error().detail;
    EXPECT_EQ(result.response->body, "ok");
  }
}

TEST_F(HttpClientTest, TakesNoBodyAfterHead) {
  ClientRequest request;
  request.method = "HEAD";
  const auto result = answered("HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n", request);

  ASSERT_TRUE(result.response);
  EXPECT_EQ(result.response->body, "");
}

TEST_F(HttpClientTest, GivesRefusalsAndRedirectsAsAnswers) {
  for (const int status : {302, 400, 429, 500, 503}) {
    const auto result = answered("HTTP/1.1 " + std::to_string(status) +
                                 " X\r\nLocation: http://other/\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n");
    ASSERT_TRUE(result.response);
    EXPECT_EQ(result.response->status, status);
    EXPECT_EQ(result.response->headers.get("retry-after"), "3");
  }
}

struct BrokenAnswer {
  const char* name;
  std::string bytes;
  Errc code;
};

TEST_F(HttpClientTest, NamesWhatIsWrongWithABrokenAnswer) {
  const std::vector<BrokenAnswer> cases{
      {"nothing", "", Errc::ConnectionLost},
      {"half a header", "HTTP/1.1 200 OK\r\nConte", Errc::ConnectionLost},
      {"half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", Errc::ConnectionLost},
      {"chunks without end", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n", Errc::ConnectionLost},
      {"only interim answers", "HTTP/1.1 100 Continue\r\n\r\n", Errc::ConnectionLost},
      {"another protocol", "SSH-2.0-OpenSSH_9.2\r\n\r\n", Errc::Protocol},
      {"a status that is no number", "HTTP/1.1 abc OK\r\n\r\n", Errc::Protocol},
      {"a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", Errc::Protocol},
      {"an endless header", "HTTP/1.1 200 OK\r\nX: " + std::string(70'000, 'x'), Errc::Protocol},
      {"announced too large", "HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n", Errc::TooLarge},
      {"too large in chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + std::string(101, 'x'),
       Errc::TooLarge},
      {"too large until the end", "HTTP/1.1 200 OK\r\n\r\n" + std::string(101, 'x'), Errc::TooLarge},
  };
  for (const auto& broken : cases) {
    ClientRequest request;
    request.max_body = 100;
    const auto result = answered(broken.bytes, request);
    ASSERT_FALSE(result.response) << broken.name;
    EXPECT_EQ(result.response.error().code, broken.code) << broken.name << ": " << result.response.error().detail;
    EXPECT_TRUE(result.sent_any) << broken.name;
  }
}

TEST_F(HttpClientTest, AResetAnywhereInTheAnswerIsALostConnection) {
  for (std::size_t cut = 0; cut < kOk.size(); cut += 3) {
    const auto result = ask({}, [cut](RawPeer& peer) -> Task<void> {
      co_await peer.hear_until("\r\n\r\n");
      co_await peer.send(kOk.substr(0, cut));
      peer.reset();
    });
    ASSERT_FALSE(result.response) << cut;
    EXPECT_EQ(result.response.error().code, Errc::ConnectionLost) << cut;
    EXPECT_TRUE(result.sent_any);
  }
}

TEST_F(HttpClientTest, ReadsARefusalThatComesBeforeTheBodyIsWritten) {
  ClientRequest request;
  request.method = "POST";
  request.body = std::string(16 * 1024 * 1024, 'x');
  const auto result = ask(std::move(request), [](RawPeer& peer) -> Task<void> {
    co_await peer.hear_until("\r\n\r\n");
    co_await peer.send("HTTP/1.1 413 X\r\nContent-Length: 0\r\n\r\n");
    peer.end_sending();
    co_await peer.hear(milliseconds{100});
    peer.close();
  });

  EXPECT_TRUE(result.sent_any);
  if (result.response) {
    EXPECT_EQ(result.response->status, 413);
  } else {
    EXPECT_EQ(result.response.error().code, Errc::ConnectionLost);
  }
}

TEST_F(HttpClientTest, KeepsItsDeadlineWhateverThePeerDoes) {
  const std::vector<Script> scripts{
      [](RawPeer& peer) -> Task<void> { co_await peer.hear_all(); },
      [](RawPeer& peer) -> Task<void> {
        co_await peer.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nab");
        co_await peer.hear_all();
      },
      [](RawPeer& peer) -> Task<void> {
        while (co_await peer.send("HTTP/1.1 100 Continue\r\n\r\n") && !peer.ended())
          co_await peer.hear(milliseconds{5});
      },
  };
  for (const auto& script : scripts) {
    ClientRequest request;
    request.timeout = milliseconds{100};
    const auto began = timers.steady();
    const auto result = ask(std::move(request), script);
    ASSERT_FALSE(result.response);
    EXPECT_EQ(result.response.error().code, Errc::TimedOut) << result.response.error().detail;
    EXPECT_TRUE(result.sent_any);
    EXPECT_GE(timers.steady() - began, milliseconds{100});
    EXPECT_LT(timers.steady() - began, milliseconds{2'000});
  }
}

TEST_F(HttpClientTest, AsksMaySendOnceConnectedAndSendsNothingAfterANo) {
  int asked = 0;
  ClientRequest request;
  request.may_send = [&] {
    ++asked;
    return false;
  };
  const auto result = ask(std::move(request), [](RawPeer& peer) -> Task<void> { co_await peer.hear_all(); });

  EXPECT_EQ(asked, 1);
  EXPECT_EQ(connections, 1);
  EXPECT_EQ(heard, "");
  EXPECT_EQ(result.response.error().code, Errc::Cancelled);
  EXPECT_FALSE(result.sent_any);
}

TEST_F(HttpClientTest, SaysThatNothingWasSentWhenNothingWas) {
  int asked = 0;
  for (const std::string url :
       {"nonsense", "ftp://h/", "ws://127.0.0.1/", "http://no.such.host.invalid/", "http://127.0.0.1:1/"}) {
    ClientRequest request;
    request.url = url;
    request.may_send = [&asked] {
      ++asked;
      return true;
    };
    const auto result = ask(std::move(request), [](RawPeer&) -> Task<void> { co_return; });
    ASSERT_FALSE(result.response) << url;
    const bool is_url_error = result.response.error().code == Errc::InvalidInput;
    EXPECT_TRUE(is_url_error || result.response.error().code == Errc::ConnectFailed) << url;
    EXPECT_FALSE(result.sent_any) << url;
  }
  EXPECT_EQ(asked, 0);
}

TEST_F(HttpClientTest, AStoppedTaskEndsAtOnceAndSaysWhetherItHadSent) {
  std::optional<ClientResult> result;
  const auto request_task = [](std::string url, std::optional<ClientResult>& out) -> Task<void> {
    ClientRequest request;
    request.url = std::move(url);
    out.emplace(co_await send_request(std::move(request)));
  };
  const auto scenario = [&]() -> Task<void> {
    RawListener listener{loop};
    rt::Group group{loop, "test"};
    group.spawn("request", request_task(listener.url("http"), result));
    auto peer = co_await listener.accept();
    co_await peer->hear_until("\r\n\r\n");
    group.stop();
    co_await group.join();
  };
  run(scenario());

  ASSERT_TRUE(result);
  EXPECT_EQ(result->response.error().code, Errc::Cancelled);
  EXPECT_TRUE(result->sent_any);
}

TEST_F(HttpClientTest, PublicOnlyRefusesEveryWayToNameThisMachine) {
  for (const std::string host : {"127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
                                 "0.0.0.0", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "10.0.0.1", "169.254.169.254",
                                 "[fd00::1]", "[fe80::1]", "[64:ff9b::7f00:1]"}) {
    const auto scenario = [&]() -> Task<void> {
      RawListener listener{loop};
      ClientRequest request;
      request.url = "http://" + host + ":" + std::to_string(listener.port()) + "/";
      request.public_only = true;
      const auto result = co_await send_request(std::move(request));
      EXPECT_FALSE(result.response) << host;
      const auto code = result.response.error().code;
      // A resolver may not know the odd spellings at all.
      EXPECT_TRUE(code == Errc::Forbidden || code == Errc::ConnectFailed) << host;
      EXPECT_FALSE(result.sent_any);
      listener.socket().non_blocking(true);
      boost::system::error_code ec;
      std::ignore = listener.socket().accept(ec);
      EXPECT_EQ(ec, boost::asio::error::would_block) << host << " was connected to";
    };
    run(scenario());
  }
}

/// What a name leads to is known only when it is connected to: the addresses that were judged are those that are
/// dialed.
TEST_F(HttpClientTest, ANameThatLeadsHomeIsRefusedWhenItIsConnectedTo) {
  host = "rebound.example.com";
  const auto result_for = [&](std::vector<std::string> addresses, bool is_allowed) {
    int lookups = 0;
    resolve_for_test([&](const std::string& name, std::uint16_t port) {
      EXPECT_EQ(name, "rebound.example.com");
      if (++lookups > 1) addresses = {"127.0.0.1"};  // whoever asks twice is told this machine the second time
      std::vector<boost::asio::ip::tcp::endpoint> found;
      for (const std::string& address : addresses) found.emplace_back(boost::asio::ip::make_address(address), port);
      return found;
    });
    ClientRequest request;
    request.public_only = true;
    request.allow_private = [is_allowed](const std::string& name, std::uint16_t) {
      return is_allowed && name == "rebound.example.com";
    };
    connections = 0;
    auto result = answered(kOk, std::move(request));
    resolve_for_test({});
    EXPECT_EQ(lookups, 1) << "a second lookup would open a window";
    EXPECT_EQ(connections, is_allowed ? 1 : 0) << addresses.back();
    return result;
  };

  for (const std::string home : {"127.0.0.1",
                                 "127.255.0.1",
                                 "0.0.0.0",
                                 "::1",
                                 "::",
                                 "::ffff:127.0.0.1",
                                 "10.1.2.3",
                                 "172.16.9.9",
                                 "192.168.1.1",
                                 "169.254.169.254",
                                 "100.100.100.200",
                                 "100.64.0.1",
                                 "224.0.0.1",
                                 "255.255.255.255",
                                 "fd12::1",
                                 "fe80::1",
                                 "ff02::1",
                                 "64:ff9b::7f00:1",
                                 "64:ff9b::a9fe:a9fe",
                                 "2002:7f00:1::1"}) {
    EXPECT_EQ(result_for({home}, false).response.error().code, Errc::Forbidden) << home;
    EXPECT_EQ(result_for({"93.184.216.34", home}, false).response.error().code, Errc::Forbidden)
        << "one of two: " << home;
  }
  EXPECT_TRUE(result_for({"127.0.0.1"}, true).response) << "OTTO_CALLBACK_HOSTS allows it";
}

TEST_F(HttpClientTest, PublicOnlyLetsThroughWhatThePredicateAllows) {
  ClientRequest request;
  request.public_only = true;
  std::string asked_host;
  std::uint16_t asked_port = 0;
  request.allow_private = [&](const std::string& host, std::uint16_t port) {
    asked_host = host;
    asked_port = port;
    return true;
  };
  const auto result = answered(kOk, request);

  EXPECT_TRUE(result.response);
  EXPECT_EQ(asked_host, "127.0.0.1");
  EXPECT_NE(asked_port, 0);
}

}  // namespace
}  // namespace otto::net
