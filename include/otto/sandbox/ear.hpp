// Hearing by energy: good enough for clean speech on a loopback line, and simple enough to be believed.
#pragma once

#include <cstdint>
#include <span>

namespace otto::sandbox {

/// Fed one 20 ms frame after the other.
class Ear {
 public:
  explicit Ear(double threshold = 300) : threshold_{threshold} {}
  void hear(std::span<const std::int16_t> frame) noexcept;
  void hear_ulaw(std::span<const std::uint8_t> frame) noexcept;
  /// Speech now, with the last loud frame at most 100 ms ago.
  bool speech() const noexcept { return loud_recently_; }
  int speech_ms() const noexcept { return speech_ms_; }    ///< length of the running speech
  int silence_ms() const noexcept { return silence_ms_; }  ///< since the last loud frame
  /// Loud time of the running utterance: pauses shorter than half a second do not end it.
  int utterance_ms() const noexcept { return utterance_ms_; }

 private:
  void frame(double mean_square) noexcept;
  double threshold_;
  bool loud_recently_ = false;
  int speech_ms_ = 0, silence_ms_ = 0, loud_run_ = 0, utterance_ms_ = 0;
};

}  // namespace otto::sandbox
