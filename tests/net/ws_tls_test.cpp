// WebSockets over TLS.
#include "tls_peer.hpp"
#include "ws_client_fixture.hpp"

namespace otto::net {
namespace {

class WsTlsTest : public WsClientTest {
 protected:
  void talk_tls(const std::string& names, std::function<Task<void>(TlsPeer&)> server_side, Client client_side) {
    CertificateWish wish;
    wish.alternative_names = names;
    const auto identity = trusted_ca().issue(wish);
    const auto scenario = [&]() -> Task<void> {
      RawListener listener{loop};
      rt::Group group{loop, "test"};
      group.spawn("server", tls_server(listener, identity, server_side));
      WsConnect request;
      request.url = "wss://localhost:" + std::to_string(listener.port()) + "/x?secret=s";
      co_await client_side(co_await connect_websocket(request));
      listener.close();
      co_await group.join();
    };
    run(scenario());
  }

 private:
  static Task<void> tls_server(RawListener& listener, const Issued& identity,
                               const std::function<Task<void>(TlsPeer&)>& server_side) {
    auto accepted = co_await listener.try_accept();
    if (!accepted) co_return;
    TlsPeer peer{std::move(accepted->socket()), identity};
    if (co_await peer.handshake()) co_await server_side(peer);
    peer.cut();
  }
};

TEST_F(WsTlsTest, TalksOverTls) {
  talk_tls(
      "DNS:localhost",
      [](TlsPeer& peer) -> Task<void> {
        co_await peer.hear_until("\r\n\r\n");
        Frame frame;
        frame.payload = std::string(20'000, 'z');
        co_await peer.send(upgrade_answer(peer.heard()) + encode(frame));
        peer.heard().clear();
        co_await peer.hear_all();
      },
      [](Opened opened) -> Task<void> {
        EXPECT_TRUE(opened);
        if (!opened) co_return;
        const auto message = co_await (*opened)->read();
        EXPECT_TRUE(message);
        if (message) {
          EXPECT_EQ(message->text, std::string(20'000, 'z'));
          EXPECT_GE(message->capacity, message->text.size() + 64);
        }
        EXPECT_TRUE(co_await (*opened)->write("hello"));
        (*opened)->abort();
        EXPECT_EQ((co_await (*opened)->read()).error().code, Errc::ConnectionLost);
      });
}

TEST_F(WsTlsTest, ClosesInOrderOverTls) {
  std::string heard;
  talk_tls(
      "DNS:localhost",
      [&](TlsPeer& peer) -> Task<void> {
        co_await peer.hear_until("\r\n\r\n");
        co_await peer.send(upgrade_answer(peer.heard()));
        peer.heard().clear();
        co_await peer.hear_until("\x88");
        Frame answer;
        answer.opcode = 8;
        answer.payload = close_payload(1000);
        co_await peer.send(encode(answer));
        heard = co_await peer.hear_all();
        co_await peer.close();
      },
      [](Opened opened) -> Task<void> {
        EXPECT_TRUE(opened);
        if (opened) co_await (*opened)->close(1000, "");
      });
  EXPECT_EQ(heard.size(), 8U) << "a masked close frame with a code";
}

TEST_F(WsTlsTest, DoesNotTalkToAServerOfAnotherName) {
  talk_tls(
      "DNS:example.com", [](TlsPeer&) -> Task<void> { co_return; },
      [](Opened opened) -> Task<void> {
        EXPECT_FALSE(opened);
        EXPECT_EQ(opened.error().code, Errc::ConnectFailed);
        EXPECT_NE(opened.error().detail.find("hostname mismatch"), std::string::npos) << opened.error().detail;
        EXPECT_EQ(opened.error().detail.find("secret"), std::string::npos);
        co_return;
      });
}

}  // namespace
}  // namespace otto::net
