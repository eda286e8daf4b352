#include "otto/call/voice_activity.hpp"

#include <array>
#include <cstdlib>

#include "otto/audio/g711.hpp"

namespace otto::call {

namespace {

/// Mean |sample| of a frame, about -38 dBFS: telephone speech is well above it, a quiet room and comfort noise below.
constexpr std::uint32_t kLoud = 400;
constexpr int kSpeechFrames = 3;

std::array<std::uint16_t, 256> make_levels() {
  std::array<std::uint16_t, 256> levels{};
  for (unsigned code = 0; code < levels.size(); ++code)
    levels[code] = static_cast<std::uint16_t>(std::abs(audio::ulaw_decode(static_cast<std::uint8_t>(code))));
  return levels;
}

}  // namespace

void VoiceActivity::feed(std::span<const std::uint8_t> ulaw, SteadyPoint now) {
  static const auto kLevels = make_levels();
  for (const std::uint8_t code : ulaw) {
    sum_ += kLevels[code];
    if (++samples_ < audio::kFrameBytes) continue;
    loud_frames_ = sum_ / audio::kFrameBytes >= kLoud ? loud_frames_ + 1 : 0;
    if (loud_frames_ >= kSpeechFrames) last_speech_ = now;
    sum_ = 0;
    samples_ = 0;
  }
}

}  // namespace otto::call
