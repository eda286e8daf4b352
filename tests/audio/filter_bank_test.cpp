#include "src/audio/filter_bank.hpp"

#include <algorithm>
#include <cstdlib>
#include <gtest/gtest.h>

#include "tests/audio/signals.hpp"

namespace otto::audio {
namespace {

constexpr int kRates[] = {8000, 16000, 22050, 24000, 44100, 48000};

template <class F>
void for_each_pair(F&& f) {
  for (const int from : kRates) {
    for (const int to : kRates) {
      if (from != to) f(from, to);
    }
  }
}

TEST(FilterBank, EveryPhaseLetsAConstantThroughAsItIs) {
  for_each_pair([](int from, int to) {
    const FilterBank& bank = filter_bank(from, to);
    for (std::size_t phase = 0; phase < bank.up; ++phase) {
      int sum = 0;
      for (std::size_t i = 0; i < bank.taps; ++i) sum += bank.coefficients[phase * bank.taps + i];
      ASSERT_EQ(sum, 1 << bank.shift) << from << " to " << to << " phase " << phase;
    }
  });
}

TEST(FilterBank, NoInputOverflowsTheSum) {
  for_each_pair([](int from, int to) {
    const FilterBank& bank = filter_bank(from, to);
    for (std::size_t phase = 0; phase < bank.up; ++phase) {
      std::int64_t worst = 1 << (bank.shift - 1);
      for (std::size_t i = 0; i < bank.taps; ++i) {
        worst += std::int64_t{32768} * std::abs(bank.coefficients[phase * bank.taps + i]);
      }
      ASSERT_LE(worst, INT32_MAX) << from << " to " << to << " phase " << phase;
    }
  });
}

/// Nothing but the definition: the newest input of output `n` is floor(n · down / up), its phase is the rest.
std::vector<double> reference(const FilterBank& bank, std::span<const double> in) {
  std::vector<double> out;
  for (std::size_t n = 0; n * bank.down / bank.up < in.size(); ++n) {
    const std::size_t newest = n * bank.down / bank.up;
    const auto* taps = bank.coefficients.data() + n * bank.down % bank.up * bank.taps;
    std::int64_t sum = 1 << (bank.shift - 1);
    for (std::size_t i = 0; i < std::min(bank.taps, newest + 1); ++i) {
      sum += taps[bank.taps - 1 - i] * static_cast<std::int64_t>(in[newest - i]);
    }
    out.push_back(static_cast<double>(std::clamp<std::int64_t>(sum >> bank.shift, -32768, 32767)));
  }
  return out;
}

TEST(FilterBank, TheConverterDoesExactlyWhatTheBankSays) {
  for_each_pair([](int from, int to) {
    std::vector<double> loud;
    for (const auto byte : noise(static_cast<std::size_t>(from) / 10, 3)) {
      loud.push_back(byte % 3 == 0 ? 32767 : byte % 3 == 1 ? -32768 : byte * 200.0 - 25'000);
    }
    ASSERT_EQ(convert(from, to, loud), reference(filter_bank(from, to), loud)) << from << " to " << to;
  });
}

TEST(FilterBank, AnUnknownRateIsABrokenInvariant) {
  EXPECT_THROW((Converter{pcm(11025), kUlaw}), std::invalid_argument);
}

}  // namespace
}  // namespace otto::audio
