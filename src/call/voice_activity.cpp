#include "otto/call/voice_activity.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>

#include "otto/audio/g711.hpp"

namespace otto::call {

namespace {

/// Mean |sample| of a frame, about -38 dBFS: telephone speech is well above it, a quiet room and comfort noise below.
constexpr std::uint32_t kLoud = 400;
constexpr std::size_t kFrame = audio::kFrameBytes;
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
  while (!ulaw.empty()) {
    const auto piece = ulaw.first(std::min(ulaw.size(), kFrame - samples_));
    sum_ = std::accumulate(piece.begin(), piece.end(), sum_, [](auto sum, auto code) { return sum + kLevels[code]; });
    samples_ += piece.size();
    ulaw = ulaw.subspan(piece.size());
    if (samples_ < kFrame) continue;
    loud_frames_ = sum_ / kFrame >= kLoud ? loud_frames_ + 1 : 0;
    if (loud_frames_ >= kSpeechFrames) last_speech_ = now;
    sum_ = 0;
    samples_ = 0;
  }
}

}  // namespace otto::call
