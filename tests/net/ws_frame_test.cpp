// The frame codec by itself: every length's form, every cut of a header, masks of every length.
#include "src/net/ws_frame.hpp"

#include <gtest/gtest.h>
#include <random>

namespace otto::net {
namespace {

constexpr MaskKey kKey{0x12, 0x00, 0xff, 0x80};

TEST(WsFrame, WritesEachLengthInItsShortestFormAndReadsItBack) {
  for (const std::size_t size : {0U, 1U, 125U, 126U, 65'535U, 65'536U, 100'000U}) {
    for (const MaskKey* key : {static_cast<const MaskKey*>(nullptr), &kKey}) {
      const std::string payload(size, 'p');
      std::string out;
      append_frame(out, Opcode::Text, payload, key);

      FrameHeader header;
      ASSERT_EQ(read_frame_header(out, header), HeaderRead::Complete) << size;
      EXPECT_EQ(header.size, (size < 126 ? 2U : size < 65'536 ? 4U : 10U) + (key != nullptr ? 4U : 0U));
      EXPECT_EQ(header.length, size);
      EXPECT_EQ(header.masked, key != nullptr);
      EXPECT_TRUE(header.fin);
      auto body = out.substr(header.size);
      if (header.masked) apply_mask(body.data(), body.size(), header.key);
      EXPECT_EQ(body, payload);
    }
  }
}

TEST(WsFrame, AHeaderIsIncompleteAtEveryCut) {
  for (const std::size_t size : {5U, 300U, 70'000U}) {
    std::string out;
    append_frame(out, Opcode::Binary, std::string(size, 'p'), &kKey);
    FrameHeader whole;
    ASSERT_EQ(read_frame_header(out, whole), HeaderRead::Complete);
    for (std::size_t cut = 0; cut < whole.size; ++cut) {
      FrameHeader header;
      EXPECT_EQ(read_frame_header(std::string_view{out}.substr(0, cut), header), HeaderRead::Incomplete) << cut;
    }
  }
}

TEST(WsFrame, AMaskIsTheSameHoweverLongThePieceIs) {
  std::mt19937 random{7};
  for (std::size_t size = 0; size < 70; ++size) {
    std::string bytes(size, '\0');
    for (auto& byte : bytes) byte = static_cast<char>(random());
    std::string expected = bytes;
    for (std::size_t i = 0; i < size; ++i)
      expected[i] = static_cast<char>(static_cast<std::uint8_t>(expected[i]) ^ kKey.at(i % 4));

    apply_mask(bytes.data(), bytes.size(), kKey);

    EXPECT_EQ(bytes, expected) << size;
  }
}

TEST(WsFrame, ACloseReasonIsCutAtACharactersEdge) {
  std::string reason;
  while (reason.size() < 200) reason += "ü";

  const auto payload = format_close(4000, reason);

  CloseFrame close;
  EXPECT_LE(payload.size(), kMaxControlPayload);
  ASSERT_TRUE(read_close(payload, close));
  EXPECT_EQ(close.code, 4000);
  EXPECT_EQ(close.reason, reason.substr(0, 122));
}

}  // namespace
}  // namespace otto::net
