// RFC 6455's framing at the server: what it joins, what it refuses and with which code.
#include "ws_server_fixture.hpp"

namespace otto::net {
namespace {

class WsFramingTest : public WsServerTest {};

TEST_F(WsFramingTest, JoinsFragmentsAndAnswersPingsBetweenThem) {
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

TEST_F(WsFramingTest, UnderstandsFramesThatComeByteByByte) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    const auto bytes = encode(client_frame(1, "gr\xc3\xbc\xc3\x9f", false)) + encode(client_frame(0, " dich"));
    for (const char byte : bytes) co_await peer.send({&byte, 1});
    EXPECT_EQ((co_await hear_frame(peer)).payload, "gr\xc3\xbc\xc3\x9f dich");
    peer.close();
  });
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

TEST_F(WsFramingTest, EndsTheConnectionWithTheRightCodeAtEveryViolation) {
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

TEST_F(WsFramingTest, RefusesMessagesOverTheLimitBeforeTheyArrive) {
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

TEST_F(WsFramingTest, APeerThatBreaksTheProtocolAndStaysIsLeftAfterTwoSeconds) {
  with_peer([&](RawPeer& peer) -> Task<void> {
    co_await peer.send(encode(client_frame(3, "x")));
    const auto began = timers.steady();
    while (server->connections() > 0) co_await timers.sleep_for(milliseconds{10});
    EXPECT_LT(timers.steady() - began, milliseconds{3'500});
  });
  EXPECT_EQ(ended->code, Errc::Protocol);
}

}  // namespace
}  // namespace otto::net
