#include "otto/sandbox/ear.hpp"

#include "otto/audio/g711.hpp"

namespace otto::sandbox {
namespace {
constexpr int kFrameMs = 20;
constexpr int kOnsetFrames = 3;   // 60 ms of energy: a click is no speech
constexpr int kHangoverMs = 100;  // pauses inside words
constexpr int kUtterancePauseMs = 500;
}  // namespace

void Ear::hear(std::span<const std::int16_t> samples) noexcept {
  double sum = 0;
  for (const auto sample : samples) sum += static_cast<double>(sample) * sample;
  frame(samples.empty() ? 0 : sum / static_cast<double>(samples.size()));
}

void Ear::hear_ulaw(std::span<const std::uint8_t> codes) noexcept {
  double sum = 0;
  for (const auto code : codes) {
    const double sample = audio::ulaw_decode(code);
    sum += sample * sample;
  }
  frame(codes.empty() ? 0 : sum / static_cast<double>(codes.size()));
}

void Ear::frame(double mean_square) noexcept {
  const bool loud = mean_square > threshold_ * threshold_;
  loud_run_ = loud ? loud_run_ + 1 : 0;
  silence_ms_ = loud ? 0 : silence_ms_ + kFrameMs;
  utterance_ms_ = silence_ms_ > kUtterancePauseMs ? 0 : utterance_ms_ + (loud ? kFrameMs : 0);
  if (!loud_recently_ && loud_run_ >= kOnsetFrames) {
    loud_recently_ = true;
    speech_ms_ = loud_run_ * kFrameMs;
  } else if (loud_recently_ && silence_ms_ > kHangoverMs) {
    loud_recently_ = false;
    speech_ms_ = 0;
  } else if (loud_recently_) {
    speech_ms_ += kFrameMs;
  }
}

}  // namespace otto::sandbox
