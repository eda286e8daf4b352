// The client's side of WebSockets: against raw servers and against our own.
#include <random>

#include "ws_client_fixture.hpp"

namespace otto::net {
namespace {

TEST_F(WsClientTest, AsksForTheUpgradeWithoutAnOrigin) {
  std::string heard;
  WsConnect request;
  request.headers.add("X-One", "1");
  talk(
      [&](RawPeer& peer) -> Task<void> {
        co_await peer.hear_until("\r\n\r\n");
        heard = peer.heard();
        co_await peer.send(upgrade_answer(heard));
        co_await peer.hear_all();
      },
      [](Opened opened) -> Task<void> {
        EXPECT_TRUE(opened);
        (*opened)->abort();
        co_return;
      },
      request);

  EXPECT_TRUE(heard.starts_with("GET /path?secret=s HTTP/1.1\r\n")) << heard;
  EXPECT_NE(heard.find("\r\nHost: 127.0.0.1:"), std::string::npos);
  EXPECT_NE(heard.find("\r\nX-One: 1\r\n"), std::string::npos);
  EXPECT_NE(heard.find("\r\nSec-WebSocket-Version: 13\r\n"), std::string::npos);
  EXPECT_EQ(heard.find("Origin"), std::string::npos);
  EXPECT_EQ(heard.find("Extensions"), std::string::npos);
}

TEST_F(WsClientTest, TellsTheStatusAndTheWordsOfARefusal) {
  const auto error = refusal("HTTP/1.1 401 Unauthorized\r\nContent-Length: 15\r\n\r\nkey is revoked.");

  EXPECT_EQ(error.code, Errc::ProviderRefused);
  EXPECT_NE(error.detail.find("HTTP 401: key is revoked."), std::string::npos) << error.detail;
  EXPECT_EQ(error.detail.find("secret"), std::string::npos);
  const auto silent = refusal("HTTP/1.1 503 X\r\nContent-Length: 0\r\n\r\n");
  EXPECT_NE(silent.detail.find("HTTP 503"), std::string::npos) << silent.detail;
  const auto long_winded = refusal("HTTP/1.1 400 X\r\nContent-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  EXPECT_LT(long_winded.detail.size(), 500U);
  const auto redirected = refusal("HTTP/1.1 302 Found\r\nLocation: ws://other/\r\nContent-Length: 0\r\n\r\n");
  EXPECT_EQ(redirected.code, Errc::ProviderRefused);
}

TEST_F(WsClientTest, DoesNotBelieveAHandshakeThatIsWrong) {
  const auto wrong_key = refusal(
      "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
      "Sec-WebSocket-Accept: " +
      kSampleAccept + "\r\n\r\n");
  EXPECT_EQ(wrong_key.code, Errc::Protocol) << wrong_key.detail;
  EXPECT_EQ(refusal("SSH-2.0-x\r\n\r\n").code, Errc::Protocol);
  EXPECT_EQ(refusal("").code, Errc::ConnectFailed);
  EXPECT_EQ(refusal("HTTP/1.1 101 Sw").code, Errc::ConnectFailed);
}

TEST_F(WsClientTest, KeepsItsDeadlineAtEveryStep) {
  for (const std::string scheme : {"ws", "wss"}) {
    std::optional<Error> error;
    RawListener silent{loop};
    WsConnect request;
    request.url = silent.url(scheme);
    request.timeout = milliseconds{80};
    const auto scenario = [&]() -> Task<void> {
      const auto began = timers.steady();
      auto opened = co_await connect_websocket(request);
      EXPECT_LT(timers.steady() - began, milliseconds{1'500});
      if (!opened) error = opened.error();
    };
    run(scenario());
    ASSERT_TRUE(error) << scheme;
    EXPECT_EQ(error->code, Errc::TimedOut) << scheme;
  }
}

TEST_F(WsClientTest, NamesWhyItCannotConnect) {
  const std::vector<std::pair<std::string, Errc>> cases{{"http://127.0.0.1/", Errc::InvalidInput},
                                                        {"nonsense", Errc::InvalidInput},
                                                        {"ws://127.0.0.1:1/?secret=s", Errc::ConnectFailed},
                                                        {"ws://no.such.host.invalid/", Errc::ConnectFailed}};
  for (const auto& [url, code] : cases) {
    WsConnect request;
    request.url = url;
    const auto scenario = [&]() -> Task<void> {
      const auto opened = co_await connect_websocket(request);
      EXPECT_FALSE(opened) << url;
      EXPECT_EQ(opened.error().code, code) << url;
      EXPECT_EQ(opened.error().detail.find("secret"), std::string::npos);
    };
    run(scenario());
  }
}

TEST_F(WsClientTest, MasksEveryFrameAndNeverFragments) {
  talk_open(
      [](RawPeer& peer) -> Task<void> {
        for (const std::size_t size : {0U, 5U, 126U, 70'000U}) {
          const auto frame = co_await hear_frame(peer);
          EXPECT_TRUE(frame.masked);
          EXPECT_TRUE(frame.fin);
          EXPECT_EQ(frame.payload, std::string(size, 'y'));
        }
      },
      [](WebSocket& socket) -> Task<void> {
        for (const std::size_t size : {0U, 5U, 126U, 70'000U}) {
          const std::string text(size, 'y');
          EXPECT_TRUE(co_await socket.write(text));
        }
      });
}

TEST_F(WsClientTest, ReadsWhatComesRightBehindTheHandshake) {
  talk(
      [](RawPeer& peer) -> Task<void> {
        co_await peer.hear_until("\r\n\r\n");
        Frame frame;
        frame.payload = "first";
        co_await peer.send(upgrade_answer(peer.heard()) + encode(frame));
        co_await peer.hear_all();
      },
      [](Opened opened) -> Task<void> {
        const auto message = co_await (*opened)->read();
        EXPECT_TRUE(message);
        if (message) EXPECT_EQ(message->text, "first");
        (*opened)->abort();
      });
}

TEST_F(WsClientTest, AMaskedFrameFromAServerBreaksTheProtocol) {
  talk_open(
      [](RawPeer& peer) -> Task<void> {
        co_await peer.send(encode(client_frame(1, "x")));
        const auto frame = co_await hear_frame(peer);
        EXPECT_EQ(frame.opcode, 8);
        EXPECT_EQ(frame.payload.substr(0, 2), close_payload(1002));
      },
      [](WebSocket& socket) -> Task<void> {
        const auto message = co_await socket.read();
        EXPECT_EQ(message.error().code, Errc::Protocol);
      });
}

TEST_F(WsClientTest, SeesTheServersEnd) {
  struct Case {
    std::string bytes;
    Errc code;
    std::uint16_t close_code;
  };
  Frame closing;
  closing.opcode = 8;
  closing.payload = close_payload(1008, "quota");
  Frame large;
  large.payload = std::string(101, 'x');
  const std::vector<Case> cases{
      {encode(closing), Errc::Closed, 1008}, {encode(large), Errc::TooLarge, 1006}, {"", Errc::ConnectionLost, 1006}};
  WsLimits small;
  small.max_message = 100;
  for (const auto& one : cases) {
    talk_open(
        [&](RawPeer& peer) -> Task<void> {
          co_await peer.send(one.bytes);
          if (one.bytes.empty()) peer.end_sending();
          co_await peer.hear_all();
        },
        [&](WebSocket& socket) -> Task<void> {
          const auto message = co_await socket.read();
          EXPECT_EQ(message.error().code, one.code) << message.error().detail;
          EXPECT_EQ(socket.close_code(), one.close_code);
          const auto again = co_await socket.read();
          EXPECT_FALSE(again);
          EXPECT_FALSE(co_await socket.write("x"));
          co_await socket.close(1000, "");
        },
        small);
  }
}

TEST_F(WsClientTest, AReaderBesideACloseSeesItClosed) {
  talk_open(
      [](RawPeer& peer) -> Task<void> {
        const auto frame = co_await hear_frame(peer);
        EXPECT_EQ(frame.payload, close_payload(1000, "done"));
        Frame answer;
        answer.opcode = 8;
        answer.payload = frame.payload;
        co_await peer.send(encode(answer));
        co_await peer.hear_all();
      },
      [&](WebSocket& socket) -> Task<void> {
        rt::Group group{loop, "reader"};
        std::optional<Errc> seen;
        const auto reader = [](WebSocket& from, std::optional<Errc>& out) -> Task<void> {
          const auto message = co_await from.read();
          if (!message) out = message.error().code;
        };
        group.spawn("reader", reader(socket, seen));
        co_await timers.sleep_for(milliseconds{1});
        co_await socket.close(1000, "done");
        co_await socket.close(1000, "twice");
        co_await group.join();
        EXPECT_EQ(seen, Errc::Closed);
      });
}

/// A whole conversation with our own server, both directions at once.
TEST_F(WsClientTest, TalksToOurServer) {
  handler.on_upgrade = [](Request) {
    HttpHandler::Upgrade upgrade;
    upgrade.limits.max_message = 200'000;
    upgrade.serve = [](std::unique_ptr<WebSocket> socket) -> Task<void> {
      for (;;) {
        const auto message = co_await socket->read();
        if (!message) break;
        const std::string copy{message->text};
        if (!co_await socket->write(copy)) break;
      }
      EXPECT_EQ(socket->close_code(), 1000);
    };
    return upgrade;
  };
  serve([&]() -> Task<void> {
    WsConnect request;
    request.url = "ws://localhost:" + std::to_string(port) + "/x";
    request.limits.max_message = 200'000;
    auto opened = co_await connect_websocket(request);
    EXPECT_TRUE(opened);
    auto& socket = **opened;
    std::mt19937 random{7};
    for (int i = 0; i < 300; ++i) {
      std::string text(random() % 3 == 0 ? random() % 100'000 : random() % 300, ' ');
      for (auto& letter : text) letter = static_cast<char>('a' + random() % 26);
      EXPECT_TRUE(co_await socket.write(text));
      const auto message = co_await socket.read();
      EXPECT_TRUE(message);
      if (message) EXPECT_EQ(message->text, text);
    }
    co_await socket.close(1000, "");
  });
}

}  // namespace
}  // namespace otto::net
