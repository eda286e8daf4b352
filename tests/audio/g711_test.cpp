#include "otto/audio/g711.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <gtest/gtest.h>
#include <vector>

namespace otto::audio {
namespace {

/// G.711's own words: 14-bit values, 33 · 2^segment - 33 and so on, by arithmetic instead of bits.
int reference_decode(int code) {
  const int inverted = 255 - code;
  const int sign = inverted / 128 == 1 ? -1 : 1;
  const int segment = inverted % 128 / 16;
  const int step = inverted % 16;
  return sign * 4 * ((2 * step + 33) * static_cast<int>(std::pow(2, segment)) - 33);
}

TEST(Ulaw, DecodesEveryCodeAsTheFormulaSays) {
  for (int code = 0; code < 256; ++code) {
    EXPECT_EQ(ulaw_decode(static_cast<std::uint8_t>(code)), reference_decode(code)) << code;
  }
  EXPECT_EQ(ulaw_decode(kUlawSilence), 0);
}

/// The published encoder: bias, find the segment, take the four bits below its leading one.
int reference_encode(int sample) {
  const int magnitude = std::min(std::abs(sample), 32635) + 132;
  const int segment = static_cast<int>(std::floor(std::log2(magnitude))) - 7;
  const int step = magnitude / static_cast<int>(std::pow(2, segment + 3)) % 16;
  return 255 - ((sample < 0 ? 128 : 0) + 16 * segment + step);
}

TEST(Ulaw, EncodesEverySampleAsTheFormulaSays) {
  for (int sample = -32768; sample <= 32767; ++sample) {
    ASSERT_EQ(ulaw_encode(static_cast<std::int16_t>(sample)), reference_encode(sample)) << sample;
  }
}

TEST(Ulaw, NoSampleMovesByMoreThanHalfAStep) {
  for (int sample = -32635; sample <= 32635; ++sample) {
    const auto code = ulaw_encode(static_cast<std::int16_t>(sample));
    const int half_step = 4 << (~code >> 4 & 7);
    ASSERT_LE(std::abs(ulaw_decode(code) - sample), half_step) << sample;
  }
}

TEST(Ulaw, EveryCodeComesBackToItselfButNegativeZero) {
  for (int code = 0; code < 256; ++code) {
    const auto back = ulaw_encode(ulaw_decode(static_cast<std::uint8_t>(code)));
    EXPECT_EQ(back, code == 0x7F ? kUlawSilence : code);
  }
}

TEST(Ulaw, KnownValues) {
  EXPECT_EQ(ulaw_encode(0), 0xFF);
  EXPECT_EQ(ulaw_encode(32767), 0x80);
  EXPECT_EQ(ulaw_encode(-32768), 0x00);
  EXPECT_EQ(ulaw_decode(0x80), 32124);
  EXPECT_EQ(ulaw_decode(0x00), -32124);
}

TEST(Ulaw, SpansAreConvertedSampleBySample) {
  std::array<std::uint8_t, 256> codes{};
  for (std::size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<std::uint8_t>(i);
  std::array<std::int16_t, 256> samples{};
  ulaw_decode(codes, samples);
  std::array<std::uint8_t, 256> back{};
  ulaw_encode(samples, back);

  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(samples[i], ulaw_decode(codes[i]));
    EXPECT_EQ(back[i], ulaw_encode(samples[i]));
  }
}

}  // namespace
}  // namespace otto::audio
