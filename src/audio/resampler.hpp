// One stream through a filter bank, with its history. What it works in belongs to all of them, so that it stays warm.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "audio/filter_bank.hpp"

namespace otto::audio {

class Resampler {
 public:
  static constexpr std::size_t kBlock = 320;  ///< input samples that process() takes at most
  static constexpr std::size_t kMaxOut = kBlock * FilterBank::kMaxRatio;

  explicit Resampler(const FilterBank& bank);
  /// Where the next input samples go; process() comes before another resampler's input.
  std::int16_t* input() noexcept { return work().data() + bank_->taps - 1; }
  /// Filters `count` of them into `out`, which has room for kMaxOut; returns how many samples that made.
  std::size_t process(std::size_t count, std::int16_t* out) noexcept;
  void reset() noexcept;

 private:
  template <std::size_t kTaps>
  std::int16_t* filter(std::size_t count, std::int16_t* out) noexcept;

  using Work = std::array<std::int16_t, FilterBank::kMaxTaps - 1 + kBlock>;  ///< taps - 1 of history, then the input
  static Work& work() noexcept;

  const FilterBank* bank_;
  std::size_t phase_ = 0;  ///< of the next output
  std::size_t skip_ = 0;   ///< input samples until the next output
  std::array<std::int16_t, FilterBank::kMaxTaps - 1> history_;
};

}  // namespace otto::audio
