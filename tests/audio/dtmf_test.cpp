#include "otto/audio/dtmf.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <numbers>
#include <span>
#include <string>

#include "otto/audio/g711.hpp"

namespace otto::audio {
namespace {

constexpr std::array kTones{697.0, 770.0, 852.0, 941.0, 1209.0, 1336.0, 1477.0, 1633.0};
constexpr std::string_view kKeypad = "123A456B789C*0#D";

/// The level of one frequency, as a receiver measures it (Goertzel), in dB over one quantization step.
double level(std::span<const std::uint8_t> ulaw, double hertz) {
  const double w = 2 * std::cos(2 * std::numbers::pi * hertz / 8000);
  double s1 = 0, s2 = 0;
  for (const auto code : ulaw) {
    const double s = ulaw_decode(code) + w * s1 - s2;
    s2 = s1;
    s1 = s;
  }
  const double amplitude = 2 * std::sqrt(s1 * s1 + s2 * s2 - w * s1 * s2) / static_cast<double>(ulaw.size());
  return 20 * std::log10(std::max(amplitude, 1.0));
}

/// What a receiver makes of it: keys told apart by silence.
std::string heard(std::span<const std::uint8_t> ulaw) {
  std::string keys;
  bool was_tone = false;
  for (std::size_t at = 0; at + 160 <= ulaw.size(); at += 160) {  // 20 ms at a time
    const auto piece = ulaw.subspan(at, 160);
    const auto strongest = [&](std::size_t from) {
      std::size_t best = from;
      for (std::size_t i = from; i < from + 4; ++i)
        if (level(piece, kTones[i]) > level(piece, kTones[best])) best = i;
      return best;
    };
    const auto row = strongest(0), column = strongest(4);
    const bool is_tone = level(piece, kTones[row]) > 60 && level(piece, kTones[column]) > 60;
    if (is_tone && !was_tone) keys += kKeypad[row * 4 + column - 4];
    was_tone = is_tone;
  }
  return keys;
}

TEST(Dtmf, EachKeyIsItsTwoTonesAndNoOther) {
  for (std::size_t key = 0; key < kKeypad.size(); ++key) {
    const auto ulaw = dtmf_ulaw(kKeypad.substr(key, 1));
    ASSERT_EQ(ulaw.size(), 1600U);
    const auto tone = std::span{ulaw}.first(960);

    const double row = level(tone, kTones[key / 4]), column = level(tone, kTones[4 + key % 4]);

    EXPECT_NEAR(column - row, 2, 0.5) << kKeypad[key] << ": twist";
    for (std::size_t i = 0; i < kTones.size(); ++i) {
      if (i == key / 4 || i == 4 + key % 4) continue;
      EXPECT_LT(level(tone, kTones[i]), row - 25) << kKeypad[key] << " at " << kTones[i];
    }
    for (const auto code : std::span{ulaw}.subspan(960)) ASSERT_EQ(code, kUlawSilence);
  }
}

TEST(Dtmf, AReceiverHearsTheKeysInOrderAlsoTheSameTwice) {
  EXPECT_EQ(heard(dtmf_ulaw("0123456789*#ABCD")), "0123456789*#ABCD");
  EXPECT_EQ(heard(dtmf_ulaw("1w1W1")), "111");
  EXPECT_EQ(heard(dtmf_ulaw("9911")), "9911");
}

TEST(Dtmf, WaitsAreSilence) {
  EXPECT_EQ(dtmf_ulaw("w"), std::vector<std::uint8_t>(4000, kUlawSilence));
  EXPECT_EQ(dtmf_ulaw("W"), std::vector<std::uint8_t>(8000, kUlawSilence));
}

TEST(Dtmf, BeginsAndEndsWithoutAClick) {
  const auto ulaw = dtmf_ulaw("5");
  EXPECT_LT(std::abs(ulaw_decode(ulaw[0])), 200);
  EXPECT_LT(std::abs(ulaw_decode(ulaw[959])), 200);
}

TEST(Dtmf, NothingElseIsAKey) {
  for (const std::string& wrong : {std::string{}, std::string{"1 2"}, std::string{"E"}, std::string{"a"},
                                   std::string{"+1"}, std::string{"1,2"}, std::string(65, '1')}) {
    EXPECT_FALSE(is_dtmf(wrong)) << wrong;
    EXPECT_TRUE(dtmf_ulaw(wrong).empty()) << wrong;
  }
  EXPECT_TRUE(is_dtmf(std::string(64, '1')));
}

}  // namespace
}  // namespace otto::audio
