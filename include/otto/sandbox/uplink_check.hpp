// Whether what the agent hears can be what its agent is configured for: the right amount of audio over time, without
// holes, in the right coding. Pure; it reports each kind of fault once per conversation.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

#include "otto/base/audio_format.hpp"

namespace otto::sandbox {

class UplinkCheck {
 public:
  explicit UplinkCheck(AudioFormat format) : format_{format} {}

  /// One decoded user_audio_chunk. Sentences about what is wrong with it, if anything.
  std::vector<std::string> feed(std::span<const std::uint8_t> bytes, std::int64_t now_ms);
  /// 20 ms frames of what has come so far, taken from the front; empty when there is no whole one.
  std::span<const std::int16_t> next_frame();

  std::uint64_t bytes() const noexcept { return bytes_; }
  std::uint64_t chunks() const noexcept { return chunks_; }
  std::int64_t max_gap_ms() const noexcept { return max_gap_ms_; }
  std::int64_t first_ms() const noexcept { return first_ms_; }  ///< -1: nothing has come
  std::int64_t last_ms() const noexcept { return last_ms_; }

 private:
  void check_rate(std::int64_t now_ms, std::vector<std::string>& wrong);
  void check_coding(std::span<const std::int16_t> frame);
  AudioFormat format_;
  std::vector<std::int16_t> samples_;  ///< decoded, not yet taken
  std::size_t taken_ = 0;
  std::deque<std::pair<std::int64_t, std::size_t>> window_;
  std::size_t window_bytes_ = 0;
  std::uint64_t bytes_ = 0, chunks_ = 0;
  std::int64_t first_ms_ = -1, last_ms_ = 0, max_gap_ms_ = 0;
  int loud_frames_ = 0, noisy_frames_ = 0;
  bool told_rate_ = false, told_gap_ = false, told_coding_ = false, told_odd_ = false, told_header_ = false;
};

}  // namespace otto::sandbox
