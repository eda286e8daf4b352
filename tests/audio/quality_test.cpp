// The sound, by tones between 8 kHz and every other rate: what must pass, what must not, and how late it comes.
#include <gtest/gtest.h>

#include "tests/audio/signals.hpp"

namespace otto::audio {
namespace {

constexpr double kAmplitude = 16'000;
constexpr double kFlat = 0.1;        ///< dB, asked are 0.5
constexpr double kSuppressed = -66;  ///< dB, asked are -60
constexpr double kDelay = 0.0015;    ///< seconds, asked are 0.002

/// A tone's quarter of a second through a converter, without the 10 ms in which the filter fills.
std::vector<double> settled_output(int from, int to, double hertz) {
  auto out = convert(from, to, tone(from, hertz, kAmplitude, 0.25));
  out.erase(out.begin(), out.begin() + to / 100);
  return out;
}

double level_db(std::span<const double> samples) { return decibels(rms(samples) * std::numbers::sqrt2 / kAmplitude); }

class Rates : public testing::TestWithParam<int> {
 protected:
  std::vector<std::pair<int, int>> both_ways() const { return {{8000, GetParam()}, {GetParam(), 8000}}; }
};

TEST_P(Rates, TheTelephoneBandPassesFlatWithoutImagesOrAliases) {
  for (const auto [from, to] : both_ways()) {
    for (double hertz = 50; hertz <= 3400; hertz += 67) {
      const Fit result = fit(settled_output(from, to, hertz), to, hertz);
      ASSERT_NEAR(decibels(result.amplitude / kAmplitude), 0, kFlat) << from << " to " << to << " at " << hertz;
      ASSERT_LT(decibels(result.residual * std::numbers::sqrt2 / kAmplitude), kSuppressed)
          << from << " to " << to << " at " << hertz;
    }
  }
}

TEST_P(Rates, WhatEightKilohertzCannotCarryIsSuppressedInsteadOfFolded) {
  for (double hertz = 4600; hertz < GetParam() / 2.0; hertz += 97) {
    ASSERT_LT(level_db(settled_output(GetParam(), 8000, hertz)), kSuppressed) << GetParam() << " at " << hertz;
  }
}

TEST_P(Rates, BetweenTheBandsNothingIsRaised) {
  for (const auto [from, to] : both_ways()) {
    for (double hertz = 3400; hertz < 3950; hertz += 50) {
      const double level = decibels(fit(settled_output(from, to, hertz), to, hertz).amplitude / kAmplitude);
      ASSERT_LT(level, kFlat) << from << " to " << to << " at " << hertz;
      ASSERT_GT(level, -7) << from << " to " << to << " at "
                           << hertz;  // half at 4 kHz: it ends no earlier than it must
    }
  }
}

/// A chirp: its level is right at every moment, also while the frequency moves.
TEST_P(Rates, ASweepPassesBelowAndVanishesAboveTheBand) {
  const int from = GetParam();
  constexpr double kStart = 300, kSeconds = 2;
  const double end = std::min(from / 2.0, 12'000.0) - 200;
  const double slope = (end - kStart) / kSeconds;
  std::vector<double> sweep(static_cast<std::size_t>(from * kSeconds));
  for (std::size_t i = 0; i < sweep.size(); ++i) {
    const double at = static_cast<double>(i) / from;
    sweep[i] = kAmplitude * std::sin(2 * std::numbers::pi * (kStart + slope / 2 * at) * at);
  }
  const auto out = convert(from, 8000, sweep);
  constexpr std::size_t kWindow = 160;
  for (std::size_t begin = kWindow; begin + kWindow <= out.size(); begin += kWindow) {
    const double level = level_db(std::span{out}.subspan(begin, kWindow));
    const double first = kStart + slope * (static_cast<double>(begin) / 8000 - kDelay);
    const double last = first + slope * kWindow / 8000;
    if (last < 3400) ASSERT_NEAR(level, 0, 0.3) << from << " at " << first;  // a window holds no whole periods
    if (first > 4600) ASSERT_LT(level, kSuppressed) << from << " at " << first;
  }
}

/// Cross-correlates what came out with the same signal as it was, later by `delay`.
double correlation(std::span<const double> out, int rate, double delay) {
  double sum = 0;
  for (std::size_t i = static_cast<std::size_t>(rate) / 100; i < out.size(); ++i) {
    const double at = static_cast<double>(i) / rate - delay;
    double signal = 0;
    for (int k = 1; k <= 9; ++k) signal += std::sin(2 * std::numbers::pi * 347 * k * at + k * k);
    sum += out[i] * signal;
  }
  return sum;
}

TEST_P(Rates, EverythingComesAMillisecondAndAHalfLater) {
  for (const auto [from, to] : both_ways()) {
    std::vector<double> input(static_cast<std::size_t>(from) / 20, 0);
    for (std::size_t i = 0; i < input.size(); ++i) {
      for (int k = 1; k <= 9; ++k) {
        input[i] += 2000 * std::sin(2 * std::numbers::pi * 347 * k * static_cast<double>(i) / from + k * k);
      }
    }
    const auto out = convert(from, to, input);
    double best = 0, highest = 0;
    for (double delay = 0.0005; delay < 0.003; delay += 0.000'01) {
      const double now = correlation(out, to, delay);
      if (now > highest) best = delay, highest = now;
    }
    EXPECT_GT(best, kDelay - 0.000'05) << from << " to " << to;
    EXPECT_LT(best, kDelay + 0.000'01) << from << " to " << to;
  }
}

INSTANTIATE_TEST_SUITE_P(Known, Rates, testing::Values(16000, 22050, 24000, 44100, 48000),
                         [](const auto& info) { return std::to_string(info.param); });

}  // namespace
}  // namespace otto::audio
