// The server's side of WebSockets, against a peer that forms its frames by hand.
#include <stdexcept>

#include "ws_server_fixture.hpp"

namespace otto::net {
namespace {

TEST_F(WsServerTest, ShakesHandsWithoutSubprotocolOrExtension) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await peer.connect(port);
    co_await peer.send(upgrade_request(
        "Sec-WebSocket-Protocol: chat\r\nSec-WebSocket-Extensions: permessage-deflate\r\nX-Twilio-Signature: s\r\n"));
    EXPECT_TRUE(co_await peer.hear_until("\r\n\r\n"));
    EXPECT_TRUE(peer.heard().starts_with("HTTP/1.1 101 Switching Protocols\r\n")) << peer.heard();
    EXPECT_NE(peer.heard().find("Sec-WebSocket-Accept: " + kSampleAccept), std::string::npos) << peer.heard();
    EXPECT_EQ(peer.heard().find("Protocol:"), std::string::npos) << peer.heard();
    EXPECT_EQ(peer.heard().find("Extensions:"), std::string::npos) << peer.heard();
    peer.close();
  });
  ASSERT_EQ(handler.upgrades.size(), 1U);
  EXPECT_EQ(handler.upgrades[0].target, "/socket?token=t");
  EXPECT_EQ(handler.upgrades[0].headers.get("X-Twilio-Signature"), "s");
}

TEST_F(WsServerTest, RefusesHandshakesThatAreNone) {
  const auto with = [](std::string from, std::string to) {
    auto request = upgrade_request();
    request.replace(request.find(from), from.size(), to);
    return request;
  };
  serve([&]() -> Task<void> {
    const auto old_version = co_await exchange(with("Version: 13", "Version: 8"));
    EXPECT_EQ(statuses(old_version), (std::vector<int>{426}));
    EXPECT_NE(old_version.find("Sec-WebSocket-Version: 13"), std::string::npos);
    EXPECT_EQ(statuses(co_await exchange(with(kSampleKey, "c2hvcnQ="))), (std::vector<int>{400}));
    EXPECT_EQ(statuses(co_await exchange(with(kSampleKey, "!"))), (std::vector<int>{400}));
    EXPECT_EQ(statuses(co_await exchange(upgrade_request() + encode(client_frame(1, "early")))),
              (std::vector<int>{400}));
    EXPECT_EQ(statuses(co_await exchange(upgrade_request("Content-Length: 1\r\n") + "x")), (std::vector<int>{400}));
  });
  EXPECT_TRUE(handler.upgrades.empty());
}

TEST_F(WsServerTest, SendsBytesThatAreNoTextAsABinaryMessage) {
  const std::string bytes{"\0\x7f\xff", 3};
  handler.on_upgrade = [&](Request) {
    HttpHandler::Upgrade upgrade;
    upgrade.serve = [&](std::unique_ptr<WebSocket> socket) -> Task<void> {
      EXPECT_TRUE(socket->try_write_binary(bytes));
      std::ignore = co_await socket->read();
    };
    return upgrade;
  };
  with_peer([&](RawPeer& peer) -> Task<void> {
    EXPECT_EQ(co_await peer.take(2 + bytes.size()), "\x82\x03" + bytes);
    peer.close();
  });
}

TEST_F(WsServerTest, LetsTheHandlerRefuse) {
  serve([&]() -> Task<void> {
    handler.on_upgrade = [](Request) {
      HttpHandler::Upgrade upgrade;
      upgrade.refuse = error_response(403, "forbidden", "The signature is wrong.");
      return upgrade;
    };
    EXPECT_EQ(statuses(co_await exchange(upgrade_request())), (std::vector<int>{403}));
    handler.on_upgrade = [](Request) -> HttpHandler::Upgrade { throw std::runtime_error{"secret"}; };
    const auto failed = co_await exchange(upgrade_request());
    EXPECT_EQ(statuses(failed), (std::vector<int>{500}));
    EXPECT_EQ(failed.find("secret"), std::string::npos);
    handler.on_upgrade = [](Request) { return HttpHandler::Upgrade{}; };
    EXPECT_EQ(statuses(co_await exchange(upgrade_request())), (std::vector<int>{500}));
  });
}

TEST_F(WsServerTest, EchoesEverySizeInOneUnmaskedFrame) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    for (const std::size_t size : {0U, 1U, 125U, 126U, 127U, 4'096U, 4'097U, 65'535U, 65'536U}) {
      const std::string text(size, 'x');
      co_await peer.send(encode(client_frame(1, text)));
      const auto heard = co_await hear_frame(peer);
      EXPECT_EQ(heard.payload.size(), size);
      EXPECT_TRUE(heard.fin) << size;
      EXPECT_FALSE(heard.masked);
      EXPECT_EQ(heard.opcode, 1);
    }
    co_await peer.send(encode(client_frame(2, "bytes")));
    co_await hear_frame(peer);
    EXPECT_TRUE(binary);
    peer.close();
  });
}

struct Ending {
  std::string payload;
  std::uint16_t code;
  std::string reason;
};

TEST_F(WsServerTest, TellsThePeersCloseCodeAndReason) {
  const std::vector<Ending> endings{{close_payload(1000, "bye"), 1000, "bye"},
                                    {close_payload(1001), 1001, ""},
                                    {close_payload(4999, "own"), 4999, "own"},
                                    {"", 1005, ""}};
  for (const auto& ending : endings) {
    with_peer([&](RawPeer& peer) -> Task<void> {
      co_await peer.send(encode(client_frame(8, ending.payload)));
      const auto echoed = co_await hear_frame(peer);
      EXPECT_EQ(echoed.opcode, 8);
      if (!ending.payload.empty()) EXPECT_EQ(echoed.payload.substr(0, 2), ending.payload.substr(0, 2));
      co_await peer.hear_all();
      EXPECT_TRUE(peer.ended());
      EXPECT_FALSE(peer.was_reset());
    });
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->code, Errc::Closed);
    EXPECT_EQ(code, ending.code);
    EXPECT_EQ(reason, ending.reason);
  }
}

TEST_F(WsServerTest, ASilentPeerIsCutAfterTheIdleLimit) {
  ws_limits.idle = milliseconds{80};
  with_peer([&](RawPeer& peer) -> Task<void> {
    const auto began = timers.steady();
    co_await peer.hear_all();
    EXPECT_GE(timers.steady() - began, milliseconds{80});
    EXPECT_LT(timers.steady() - began, milliseconds{1'500});
  });
  EXPECT_EQ(ended->code, Errc::TimedOut);
  EXPECT_EQ(code, 1006);
}

TEST_F(WsServerTest, PingsCountAsLife) {
  ws_limits.idle = milliseconds{100};
  with_peer([&](RawPeer& peer) -> Task<void> {
    for (int i = 0; i < 10; ++i) {
      co_await timers.sleep_for(milliseconds{25});
      co_await peer.send(encode(client_frame(9, "")));
      EXPECT_EQ((co_await hear_frame(peer)).opcode, 10);
    }
    co_await peer.send(encode(client_frame(8, close_payload(1000))));
    co_await peer.hear_all();
  });
  EXPECT_EQ(ended->code, Errc::Closed);
}

TEST_F(WsServerTest, APeerThatTakesNothingIsCutAfterTheWriteDeadline) {
  ws_limits.write_deadline = milliseconds{80};
  std::optional<Error> write_error;
  handler.on_upgrade = [&](Request) {
    HttpHandler::Upgrade upgrade;
    upgrade.limits = ws_limits;
    upgrade.serve = [&write_error](std::unique_ptr<WebSocket> socket) -> Task<void> {
      const std::string flood(32 * 1024 * 1024, 'x');
      const auto written = co_await socket->write(flood);
      if (!written) write_error = written.error();
    };
    return upgrade;
  };
  with_peer([&](RawPeer&) -> Task<void> {
    while (server->connections() > 0) co_await timers.sleep_for(milliseconds{5});
  });
  ASSERT_TRUE(write_error);
  EXPECT_EQ(write_error->code, Errc::TimedOut);
}

TEST_F(WsServerTest, ALostConnectionIsNotAClose) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(std::string("\x81\x85\x01\x02", 4));
    peer.end_sending();
    co_await peer.hear_all();
  });
  EXPECT_EQ(ended->code, Errc::ConnectionLost);
  EXPECT_EQ(code, 1006);
  with_peer([&](RawPeer& peer) -> Task<void> {
    peer.reset();
    while (server->connections() > 0) co_await timers.sleep_for(milliseconds{1});
  });
  EXPECT_EQ(ended->code, Errc::ConnectionLost);
}

TEST_F(WsServerTest, ClosesWithItsOwnCodeAndReason) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "please close")));
    const auto frame = co_await hear_frame(peer);
    EXPECT_EQ(frame.opcode, 8);
    EXPECT_EQ(frame.payload, close_payload(4001, "as you wish"));
    co_await peer.send(encode(client_frame(8, frame.payload)));
    co_await peer.hear_all();
    EXPECT_FALSE(peer.was_reset());
  });
  EXPECT_EQ(code, 4001);
}

TEST_F(WsServerTest, APeerThatNeverAnswersACloseIsLeftAfterTwoSeconds) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "please close")));
    const auto began = timers.steady();
    co_await hear_frame(peer);
    co_await peer.hear_all();
    EXPECT_GE(timers.steady() - began, milliseconds{1'900});
    EXPECT_LT(timers.steady() - began, milliseconds{3'500});
  });
}

TEST_F(WsServerTest, AbortEndsTheConnectionAtOnce) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "please abort")));
    co_await peer.hear_all();
    EXPECT_TRUE(peer.ended());
  });
  EXPECT_EQ(ended->code, Errc::ConnectionLost);
}

TEST_F(WsServerTest, StoppingTheServerEndsUpgradedConnections) {
  serve([&]() -> Task<void> {
    RawPeer peer{loop};
    co_await open(peer);
    server->stop_accepting();
    co_await peer.send(encode(client_frame(1, "still here")));
    EXPECT_EQ((co_await hear_frame(peer)).payload, "still here");
    co_await server->stop();
    EXPECT_EQ(server->connections(), 0U);
    co_await peer.hear_all();
    EXPECT_TRUE(peer.ended());
  });
}

TEST_F(WsServerTest, AnExceptionInTheHandlerEndsOneConnectionOnly) {
  handler.on_upgrade = [](Request) {
    HttpHandler::Upgrade upgrade;
    upgrade.serve = [](std::unique_ptr<WebSocket>) -> Task<void> {
      throw std::runtime_error{"broken"};
      co_return;
    };
    return upgrade;
  };
  serve([&]() -> Task<void> {
    EXPECT_EQ(statuses(co_await exchange(upgrade_request())), (std::vector<int>{101}));
    EXPECT_EQ(statuses(co_await exchange("GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")),
              (std::vector<int>{200}));
  });
}

}  // namespace
}  // namespace otto::net
