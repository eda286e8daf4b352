#include "otto/sandbox/playout.hpp"

#include <algorithm>
#include <array>
#include <gtest/gtest.h>
#include <numeric>

namespace otto::sandbox {
namespace {

using Marks = std::vector<std::string>;

std::vector<std::uint8_t> sound(std::size_t count, std::uint8_t value = 0x10) {
  return std::vector<std::uint8_t>(count, value);
}

std::size_t tick(Playout& playout, std::array<std::uint8_t, 160>* out = nullptr) {
  std::array<std::uint8_t, 160> frame{};
  const auto count = playout.play(frame);
  if (out != nullptr) *out = frame;
  return count;
}

TEST(Playout, AMarkReturnsWhenTheAudioBeforeItHasPlayed) {
  Playout playout;
  playout.push(sound(400));
  playout.mark("a");
  playout.push(sound(80));
  playout.mark("b");

  tick(playout), tick(playout);
  EXPECT_EQ(playout.take_marks(), Marks{});
  tick(playout);
  EXPECT_EQ(playout.take_marks(), (Marks{"a", "b"})) << "480 of 480 bytes";
  EXPECT_EQ(playout.take_marks(), Marks{});
}

TEST(Playout, AMarkWithoutAudioReturnsAtOnce) {
  Playout playout;
  playout.mark("now");
  EXPECT_EQ(playout.take_marks(), Marks{"now"});
}

TEST(Playout, ClearEmptiesTheBufferAndReturnsAllMarks) {
  Playout playout;
  playout.push(sound(8000));
  playout.mark("a");
  playout.push(sound(8000));
  playout.mark("b");
  tick(playout);
  playout.clear();

  EXPECT_EQ(playout.take_marks(), (Marks{"a", "b"}));
  EXPECT_EQ(playout.buffered(), 0U);
  EXPECT_EQ(tick(playout), 0U);
  playout.push(sound(10));
  playout.mark("c");
  EXPECT_EQ(playout.take_marks(), Marks{}) << "positions go on after a clear";
  tick(playout);
  EXPECT_EQ(playout.take_marks(), Marks{"c"});
}

TEST(Playout, WhatIsMissingPlaysAsSilence) {
  Playout playout;
  playout.push(sound(100));
  std::array<std::uint8_t, 160> frame{};

  EXPECT_EQ(tick(playout, &frame), 100U);
  EXPECT_EQ(frame[99], 0x10);
  EXPECT_EQ(frame[100], 0xFF);
  EXPECT_EQ(frame[159], 0xFF);
}

TEST(Playout, MoreThanTenMinutesAreDropped) {
  Playout playout;
  EXPECT_TRUE(playout.push(sound(Playout::kBound)));
  EXPECT_FALSE(playout.push(sound(1)));
  EXPECT_EQ(playout.buffered(), Playout::kBound);
}

TEST(Playout, OrderIsKeptOverLongStreams) {
  Playout playout;
  std::vector<std::uint8_t> sent(200'000), played;
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::uint8_t>(i * 7 % 251);
  for (std::size_t at = 0; at < sent.size(); at += 1000) {
    playout.push(std::span{sent}.subspan(at, 1000));
    while (playout.buffered() >= 160) {
      std::array<std::uint8_t, 160> frame{};
      tick(playout, &frame);
      played.insert(played.end(), frame.begin(), frame.end());
    }
  }
  EXPECT_TRUE(std::equal(played.begin(), played.end(), sent.begin()));
  EXPECT_GT(played.size(), 199'000U);
}

}  // namespace
}  // namespace otto::sandbox
