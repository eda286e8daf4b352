#include "otto/sandbox/uplink_check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "otto/audio/g711.hpp"
#include "otto/sandbox/mind.hpp"

namespace otto::sandbox {
namespace {

constexpr std::int64_t kWindowMs = 5000;
constexpr std::int64_t kStartMs = 3500;  // audio kept back until the agent was ready may come at once
constexpr std::int64_t kGapMs = 1000;
constexpr double kRateTolerance = 0.25;
// Bytes of another coding, read as PCM16, are nearly white: neighbouring samples differ by more than they amount to.
constexpr double kWhite = 1.2;
constexpr int kLoudFramesNeeded = 50;

}  // namespace

std::vector<std::string> UplinkCheck::feed(std::span<const std::uint8_t> bytes, std::int64_t now_ms) {
  std::vector<std::string> wrong;
  if (first_ms_ < 0) {
    first_ms_ = now_ms;
    if (bytes.size() >= 4 && bytes[0] == 'R' && bytes[1] == 'I' && bytes[2] == 'F' && bytes[3] == 'F')
      wrong.push_back("the audio begins with a WAV header");
  } else if (now_ms - last_ms_ > max_gap_ms_) {
    max_gap_ms_ = now_ms - last_ms_;
    if (max_gap_ms_ > kGapMs && !told_gap_) {
      told_gap_ = true;
      wrong.push_back("no audio for " + std::to_string(max_gap_ms_) + " ms; the stream must be continuous");
    }
  }
  last_ms_ = now_ms;
  bytes_ += bytes.size();
  ++chunks_;
  window_.emplace_back(now_ms, bytes.size());
  window_bytes_ += bytes.size();
  check_rate(now_ms, wrong);

  if (taken_ > 8192) {
    samples_.erase(samples_.begin(), samples_.begin() + static_cast<std::ptrdiff_t>(taken_));
    taken_ = 0;
  }
  if (format_.encoding == AudioEncoding::Ulaw) {
    for (const auto code : bytes) samples_.push_back(audio::ulaw_decode(code));
  } else {
    if (bytes.size() % 2 != 0 && !told_odd_) {
      told_odd_ = true;
      wrong.push_back("a chunk of " + std::to_string(bytes.size()) + " bytes is no whole number of 16-bit samples");
    }
    for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
      samples_.push_back(static_cast<std::int16_t>(static_cast<unsigned>(bytes[i]) | unsigned{bytes[i + 1]} << 8));
  }
  if (!told_coding_ && loud_frames_ >= kLoudFramesNeeded && noisy_frames_ * 2 > loud_frames_) {
    told_coding_ = true;
    wrong.push_back("the audio is noise when it is read as " + to_string(format_));
  }
  return wrong;
}

void UplinkCheck::check_rate(std::int64_t now_ms, std::vector<std::string>& wrong) {
  while (!window_.empty() && window_.front().first <= now_ms - kWindowMs) {
    window_bytes_ -= window_.front().second;
    window_.pop_front();
  }
  if (told_rate_ || now_ms - first_ms_ < kStartMs + kWindowMs) return;
  const auto expected = static_cast<double>(bytes_for(format_, kWindowMs));
  const auto ratio = static_cast<double>(window_bytes_) / expected;
  if (std::abs(ratio - 1) <= kRateTolerance) return;
  told_rate_ = true;
  wrong.push_back(std::to_string(window_bytes_ * 1000 / kWindowMs) + " bytes a second came; " + to_string(format_) +
                  " has " + std::to_string(bytes_for(format_, 1000)));
}

void UplinkCheck::check_coding(std::span<const std::int16_t> frame) {
  double level = 0, change = 0;
  for (std::size_t i = 1; i < frame.size(); ++i) {
    level += std::abs(double{1.0 * frame[i]});
    change += std::abs(double{1.0 * frame[i]} - frame[i - 1]);
  }
  if (level < 300.0 * static_cast<double>(frame.size())) return;
  ++loud_frames_;
  if (change > kWhite * level) ++noisy_frames_;
}

std::span<const std::int16_t> UplinkCheck::next_frame() {
  const auto size = static_cast<std::size_t>(format_.sample_rate / 50);
  if (samples_.size() - taken_ < size) return {};
  const auto frame = std::span{samples_}.subspan(taken_, size);
  taken_ += size;
  if (format_.encoding == AudioEncoding::Pcm16) check_coding(frame);
  return frame;
}

}  // namespace otto::sandbox
