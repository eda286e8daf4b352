// The coefficients of a polyphase resampler: a windowed sinc, cut into one short filter per output phase.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace otto::audio {

/// Turns `up` output samples out of every `down` input samples. Immutable, shared by all calls.
struct FilterBank {
  std::size_t up = 1;
  std::size_t down = 1;
  std::size_t taps = 0;             ///< per phase, a multiple of kLanes
  std::vector<float> coefficients;  ///< up × taps, oldest input first

  static constexpr std::size_t kLanes = 8;
  std::span<const float> phase(std::size_t index) const { return {coefficients.data() + index * taps, taps}; }
};

/// The bank between two of the rates that audio_format knows; made at first use. Throws on another rate.
const FilterBank& filter_bank(int from_rate, int to_rate);

}  // namespace otto::audio
