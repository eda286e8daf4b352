// One stream through a filter bank, with its history.
#pragma once

#include <cstddef>
#include <vector>

#include "audio/filter_bank.hpp"

namespace otto::audio {

class Resampler {
 public:
  explicit Resampler(const FilterBank& bank);
  /// Where `count` further input samples go; valid until process().
  float* prepare(std::size_t count);
  /// Filters the prepared samples; `out` is replaced.
  void process(std::vector<float>& out);
  void reset();

 private:
  const FilterBank* bank_;
  std::vector<float> input_;  ///< taps - 1 samples of history, then the new ones
  std::size_t phase_ = 0;     ///< of the next output
  std::size_t skip_ = 0;      ///< input samples until the next output
};

}  // namespace otto::audio
