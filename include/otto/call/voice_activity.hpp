// Whether the callee speaks, from the audio itself: for the turn latency and the silence watchdog. It decides nothing
// about turn-taking; the agent does.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "otto/base/clock.hpp"

namespace otto::call {

class VoiceActivity {
 public:
  /// 8 kHz µ-law that ended at `now`. Three loud frames in a row are speech; a click is not.
  void feed(std::span<const std::uint8_t> ulaw, SteadyPoint now);
  /// When the callee was last heard speaking.
  std::optional<SteadyPoint> last_speech() const noexcept { return last_speech_; }

 private:
  std::uint32_t sum_ = 0;
  std::size_t samples_ = 0;
  int loud_frames_ = 0;
  std::optional<SteadyPoint> last_speech_;
};

}  // namespace otto::call
