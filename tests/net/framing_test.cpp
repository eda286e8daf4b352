// The table of framing cases, over a socket in one piece and byte by byte; and the guard by itself on mutilated input.
#include <algorithm>
#include <random>

#include "framing_cases.hpp"
#include "server_fixture.hpp"
#include "src/net/guard.hpp"

namespace otto::net {
namespace {

class FramingTest : public ServerTest {
 protected:
  Task<void> check(const FramingCase& framing, bool byte_by_byte) {
    handler.seen.clear();
    RawPeer peer{loop};
    co_await peer.connect(port);
    if (byte_by_byte) {
      for (const char byte : framing.bytes) {
        if (!co_await peer.send({&byte, 1})) break;
      }
    } else {
      co_await peer.send(framing.bytes);
    }
    const auto heard = co_await peer.hear_all();
    EXPECT_EQ(statuses(heard), framing.answers) << framing.name << ": " << heard;
    EXPECT_EQ(handler.seen.size(), static_cast<std::size_t>(framing.handled)) << framing.name;
    const bool smuggled = std::any_of(handler.seen.begin(), handler.seen.end(),
                                      [](const Request& request) { return request.path == "/smuggled"; });
    EXPECT_FALSE(smuggled) << framing.name;
    EXPECT_TRUE(peer.ended()) << framing.name;
  }
};

TEST_F(FramingTest, EveryCaseGetsItsVerdict) {
  const auto cases = framing_cases();
  EXPECT_GE(cases.size(), 150U);
  serve([&]() -> Task<void> {
    for (const auto& framing : cases) co_await check(framing, false);
  });
}

TEST_F(FramingTest, EveryCaseGetsTheSameVerdictByteByByte) {
  auto cases = framing_cases();
  // Long inputs would take longer than the header's deadline; late ones take it in full.
  std::erase_if(cases, [](const FramingCase& framing) {
    return framing.bytes.size() > 2'000 || framing.answers == std::vector<int>{408};
  });
  limits.header_deadline = limits.body_deadline = milliseconds{5'000};
  serve([&]() -> Task<void> {
    for (const auto& framing : cases) co_await check(framing, true);
  });
}

TEST(Guard, FindsTheHeadHoweverItArrives) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  for (std::size_t first = 0; first <= head.size(); ++first) {
    std::size_t scanned = 0;
    std::size_t length = 0;
    const auto early = find_head(std::string_view{head}.substr(0, first), 100, scanned, length);
    EXPECT_EQ(early, first == head.size() ? HeadState::Complete : HeadState::Incomplete) << first;
    if (first == head.size()) continue;
    EXPECT_EQ(find_head(head + "rest", 100, scanned, length), HeadState::Complete) << first;
    EXPECT_EQ(length, head.size());
  }
}

TEST(Guard, KeepsToTheLimitExactly) {
  const std::string head = "GET / HTTP/1.1\r\nHost: h\r\n\r\n";
  std::size_t scanned = 0;
  std::size_t length = 0;
  EXPECT_EQ(find_head(head, head.size(), scanned, length), HeadState::Complete);
  scanned = 0;
  EXPECT_EQ(find_head(head, head.size() - 1, scanned, length), HeadState::TooLarge);
}

/// Whatever a mutation does to a request, the guard answers, and what it lets through is framed in one way only.
TEST(Guard, JudgesMutilatedHeadsWithoutFault) {
  std::mt19937 random{20261122};
  const auto cases = framing_cases();
  for (int round = 0; round < 20'000; ++round) {
    auto bytes = cases[random() % cases.size()].bytes.substr(0, 600);
    for (auto changes = random() % 4; changes > 0 && !bytes.empty(); --changes) {
      const auto at = random() % bytes.size();
      switch (random() % 3) {
        case 0:
          bytes[at] = static_cast<char>(random() % 256);
          break;
        case 1:
          bytes.erase(at, 1 + random() % 8);
          break;
        default:
          bytes.insert(at, cases[random() % cases.size()].bytes.substr(0, random() % 40));
          break;
      }
    }
    std::size_t scanned = 0;
    std::size_t length = 0;
    if (find_head(bytes, 8192, scanned, length) != HeadState::Complete) continue;
    ASSERT_LE(length, bytes.size());
    const auto head = bytes.substr(0, length);
    if (check_head(head, 64)) continue;
    const auto lower = to_lower(head);
    const auto count = [&lower](std::string_view name) {
      std::size_t found = 0;
      for (auto at = lower.find(name); at != std::string::npos; at = lower.find(name, at + 1)) ++found;
      return found;
    };
    EXPECT_LE(count("\r\ncontent-length:") + count("\r\ntransfer-encoding:"), 1U) << head;
    EXPECT_LE(count("\r\nhost:"), 1U) << head;
    EXPECT_EQ(count("\r\n ") + count("\r\n\t"), 0U) << head;
  }
}

}  // namespace
}  // namespace otto::net
