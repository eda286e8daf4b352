// Records survive whatever a dying process or a lying disk does to the bytes around them.
#include "otto/journal/frame.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>
#include <span>
#include <vector>

namespace otto::journal {
namespace {

std::vector<std::string> records_in(std::string_view bytes) {
  std::vector<std::string> records;
  FrameReader reader{bytes};
  for (std::string_view record; reader.next(record);) records.emplace_back(record);
  return records;
}

/// Some that look like the marks around them.
std::vector<std::string> samples(std::mt19937& dice, int count) {
  std::vector<std::string> records;
  for (int i = 0; i < count; ++i) {
    std::string record(dice() % 200, '\0');
    for (char& byte : record) byte = static_cast<char>(dice());
    if (i % 3 == 0) record += "OTJ1";
    records.push_back(record);
  }
  return records;
}

TEST(Frames, ComeBackAsTheyWere) {
  std::mt19937 dice{1};
  auto records = samples(dice, 300);
  std::string inner;
  append_frame(inner, "a frame within a record");
  records.push_back(inner);
  std::string bytes;
  for (const auto& record : records) append_frame(bytes, record);

  EXPECT_EQ(records_in(bytes), records);
  FrameReader reader{bytes};
  for (std::string_view record; reader.next(record);) {
  }
  EXPECT_EQ(reader.damaged(), 0u);
}

TEST(Frames, AreReadUpToWhereTheWritingBrokeOff) {
  std::mt19937 dice{2};
  const auto records = samples(dice, 40);
  std::string bytes;
  std::vector<std::size_t> ends;
  for (const auto& record : records) {
    append_frame(bytes, record);
    ends.push_back(bytes.size());
  }
  for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
    const auto whole = static_cast<std::size_t>(std::ranges::upper_bound(ends, cut) - ends.begin());
    const auto found = records_in(std::string_view{bytes}.substr(0, cut));
    ASSERT_TRUE(std::ranges::equal(found, std::span{records}.first(whole))) << "cut at " << cut;
  }
}

TEST(Frames, ADamagedOneCostsOnlyItself) {
  std::vector<std::string> records;
  for (int i = 0; i < 30; ++i) records.push_back("record number " + std::to_string(i));
  std::string bytes;
  for (const auto& record : records) append_frame(bytes, record);

  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string flipped = bytes;
      flipped[at] = static_cast<char>(static_cast<unsigned char>(flipped[at]) ^ (1U << bit));
      const auto found = records_in(flipped);
      ASSERT_EQ(found.size(), records.size() - 1) << "byte " << at << ", bit " << bit;
      for (const auto& record : found) ASSERT_NE(std::ranges::find(records, record), records.end());
    }
  }
}

TEST(Frames, NoiseIsNoRecord) {
  std::mt19937 dice{4};
  for (int round = 0; round < 200; ++round) {
    std::string noise(dice() % 2000, '\0');
    for (char& byte : noise) byte = static_cast<char>(dice());
    EXPECT_TRUE(records_in(noise).empty());
  }
  EXPECT_TRUE(records_in("OTJ1").empty());
  EXPECT_TRUE(records_in(std::string_view{"OTJ1\xFF\xFF\xFF\xFF\0\0\0\0", 12}).empty()) << "longer than everything";
}

}  // namespace
}  // namespace otto::journal
