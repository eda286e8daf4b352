// The server's side of WebSockets, against a peer that forms its frames by hand.
#include <stdexcept>

#include "otto/net/websocket.hpp"

#include "server_fixture.hpp"
#include "ws_peer.hpp"

namespace otto::net {
namespace {

class WsServerTest : public ServerTest {
 protected:
  WsServerTest() {
    handler.on_upgrade = [this](Request) {
      HttpHandler::Upgrade upgrade;
      upgrade.limits = ws_limits;
      upgrade.serve = [this](std::unique_ptr<WebSocket> socket) { return echo(std::move(socket)); };
      return upgrade;
    };
  }

  /// Echoes until the end and notes how it came.
  Task<void> echo(std::unique_ptr<WebSocket> socket) {
    for (;;) {
      auto message = co_await socket->read();
      if (!message) {
        ended = message.error();
        break;
      }
      ++messages;
      binary = message->binary;
      EXPECT_GE(message->capacity, message->text.size() + 64);
      if (message->text == "please close") {
        co_await socket->close(4001, "as you wish");
        break;
      }
      if (message->text == "please abort") {
        socket->abort();
        continue;
      }
      const std::string copy{message->text};
      if (!co_await socket->write(copy)) break;
    }
    code = socket->close_code();
    reason = socket->close_reason();
  }

  void with_peer(std::function<Task<void>(RawPeer&)> scenario) {
    serve([&]() -> Task<void> {
      RawPeer peer{loop};
      co_await open(peer);
      co_await scenario(peer);
    });
  }
  Task<void> open(RawPeer& peer) {
    co_await peer.connect(port);
    co_await peer.send(upgrade_request());
    EXPECT_TRUE(co_await peer.hear_until("\r\n\r\n"));
    EXPECT_TRUE(peer.heard().starts_with("HTTP/1.1 101 ")) << peer.heard();
    peer.heard().clear();
  }

  WsLimits ws_limits;
  int messages = 0;
  bool binary = false;
  std::optional<Error> ended;
  std::uint16_t code = 0;
  std::string reason;
};

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

TEST_F(WsServerTest, JoinsFragmentsAndAnswersPingsBetweenThem) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(1, "one ", false)) + encode(client_frame(9, "are you there?")) +
                       encode(client_frame(0, "two ", false)) + encode(client_frame(0, "", false)) +
                       encode(client_frame(0, "three")));
    const auto pong = co_await hear_frame(peer);
    EXPECT_EQ(pong.opcode, 10);
    EXPECT_EQ(pong.payload, "are you there?");
    EXPECT_EQ((co_await hear_frame(peer)).payload, "one two three");
    peer.close();
  });
}

TEST_F(WsServerTest, UnderstandsFramesThatComeByteByByte) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    const auto bytes = encode(client_frame(1, "gr\xc3\xbc\xc3\x9f", false)) + encode(client_frame(0, " dich"));
    for (const char byte : bytes) co_await peer.send({&byte, 1});
    EXPECT_EQ((co_await hear_frame(peer)).payload, "gr\xc3\xbc\xc3\x9f dich");
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

struct Violation {
  const char* name;
  std::string bytes;
  std::uint16_t code;
};

std::vector<Violation> violations() {
  Frame unmasked = client_frame(1, "x");
  unmasked.masked = false;
  const auto rsv = [](int bits) {
    auto frame = client_frame(1, "x");
    frame.rsv = bits;
    return encode(frame);
  };
  std::vector<Violation> all{
      {"unmasked frame", encode(unmasked), 1002},
      {"RSV1", rsv(4), 1002},
      {"RSV2", rsv(2), 1002},
      {"RSV3", rsv(1), 1002},
      {"ping in fragments", encode(client_frame(9, "x", false)), 1002},
      {"close in fragments", encode(client_frame(8, close_payload(1000), false)), 1002},
      {"ping over 125 bytes", encode(client_frame(9, std::string(126, 'x'))), 1002},
      {"close over 125 bytes", encode(client_frame(8, close_payload(1000, std::string(124, 'x')))), 1002},
      {"continuation of nothing", encode(client_frame(0, "x")), 1002},
      {"text inside a text", encode(client_frame(1, "a", false)) + encode(client_frame(1, "b")), 1002},
      {"binary inside a text", encode(client_frame(1, "a", false)) + encode(client_frame(2, "b")), 1002},
      {"close of one byte", encode(client_frame(8, "x")), 1002},
      {"close reason that is no UTF-8", encode(client_frame(8, close_payload(1000, "\xff"))), 1002},
      {"text that is no UTF-8", encode(client_frame(1, "a\xff")), 1007},
      {"text that ends inside a character", encode(client_frame(1, "a\xc3")), 1007},
      {"a surrogate", encode(client_frame(1, "\xed\xa0\x80")), 1007},
      {"over U+10FFFF", encode(client_frame(1, "\xf4\x90\x80\x80")), 1007},
      {"overlong slash", encode(client_frame(1, "\xc0\xaf")), 1007},
      {"short length in 16 bits", std::string("\x81\xfe\x00\x01\x01\x02\x03\x04\x79", 9), 1002},
      {"short length in 64 bits", std::string("\x81\xff\x00\x00\x00\x00\x00\x00\x00\x01\x01\x02\x03\x04\x79", 15),
       1002},
  };
  for (const int opcode : {3, 4, 5, 6, 7, 11, 12, 13, 14, 15})
    all.push_back({"reserved opcode", encode(client_frame(opcode, "x")), 1002});
  for (const int bad : {0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999})
    all.push_back(
        {"forbidden close code", encode(client_frame(8, close_payload(static_cast<std::uint16_t>(bad)))), 1002});
  return all;
}

TEST_F(WsServerTest, EndsTheConnectionWithTheRightCodeAtEveryViolation) {
  for (const auto& violation : violations()) {
    ended.reset();
    with_peer([&](RawPeer& peer) -> Task<void> {
      co_await peer.send(violation.bytes);
      const auto frame = co_await hear_frame(peer);
      EXPECT_EQ(frame.opcode, 8) << violation.name;
      EXPECT_EQ(frame.payload.substr(0, 2), close_payload(violation.code)) << violation.name;
      co_await peer.hear_all();
    });
    ASSERT_TRUE(ended) << violation.name;
    EXPECT_EQ(ended->code, Errc::Protocol) << violation.name << ": " << ended->detail;
  }
}

TEST_F(WsServerTest, RefusesMessagesOverTheLimitBeforeTheyArrive) {
  ws_limits.max_message = 100;
  const std::string announced{"\x81\xff\x00\x00\x00\x10\x00\x00\x00\x00\x01\x02\x03\x04", 14};
  const std::string top_bit{"\x81\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x02\x03\x04", 14};
  const std::vector<std::string> too_large{
      announced, top_bit, encode(client_frame(1, std::string(101, 'x'))),
      encode(client_frame(1, std::string(60, 'x'), false)) + encode(client_frame(0, std::string(60, 'x'), false))};
  for (const auto& bytes : too_large) {
    ended.reset();
    with_peer([&](RawPeer& peer) -> Task<void> {
      co_await peer.send(encode(client_frame(1, std::string(100, 'x'))));
      EXPECT_EQ((co_await hear_frame(peer)).payload.size(), 100U);
      co_await peer.send(bytes);
      const auto frame = co_await hear_frame(peer);
      EXPECT_EQ(frame.payload.substr(0, 2), close_payload(1009));
      co_await peer.hear_all();
    });
    ASSERT_TRUE(ended);
    EXPECT_EQ(ended->code, Errc::TooLarge);
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

TEST_F(WsServerTest, APeerThatBreaksTheProtocolAndStaysIsLeftAfterTwoSeconds) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(3, "x")));
    const auto began = timers.steady();
    while (server->connections() > 0) co_await timers.sleep_for(milliseconds{10});
    EXPECT_LT(timers.steady() - began, milliseconds{3'500});
  });
  EXPECT_EQ(ended->code, Errc::Protocol);
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
