// The coefficients of a polyphase resampler: one low pass, cut into one short filter per output phase.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace otto::audio {

/// Turns `up` output samples out of every `down` input samples. Immutable, shared by all calls.
struct FilterBank {
  std::size_t up = 1;
  std::size_t down = 1;
  std::size_t taps = 0;                    ///< per phase: kSpan to kMaxTaps, a multiple of kSpan
  int shift = 0;                           ///< a coefficient of one is 1 << shift; every phase's sum is
  std::vector<std::int16_t> coefficients;  ///< up × taps, oldest input first

  static constexpr std::size_t kSpan = 24;     ///< the low pass's length in samples of the lower rate
  static constexpr std::size_t kMaxRatio = 6;  ///< of two rates: 8 and 48 kHz
  static constexpr std::size_t kMaxTaps = kSpan * kMaxRatio;
};

/// The bank between two of the rates that audio_format knows; made at first use. Throws on another rate.
const FilterBank& filter_bank(int from_rate, int to_rate);

}  // namespace otto::audio
