// The audio: 20 ms frames that say whose they are, which one, and when they were due, inside the audio bytes
// themselves. What carries them may cut and join them as it likes: they are found again by their place in the stream.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "bench/bridge/stats.hpp"

namespace otto::bench {

inline constexpr std::size_t kFrameBytes = 160;                  ///< µ-law, 8 kHz
inline constexpr std::size_t kWideFrameBytes = 4 * kFrameBytes;  ///< pcm_16000
inline constexpr std::int64_t kFrameNs = 20'000'000;

enum class Way : std::uint32_t { Up = 0x7055544F, Down = 0x6E44544F };  ///< "OTUp", "OTDn"

/// One call's voice in one direction: a tone of its own behind a stamp that changes with each frame.
class Voice {
 public:
  Voice(Way way, std::uint32_t call);
  /// The frame `number`; valid until the next one.
  std::span<const std::uint8_t> frame(std::uint32_t number, std::int64_t due);

 private:
  friend class Meter;
  std::array<std::uint8_t, kFrameBytes> bytes_;
};

/// What arrived of all calls in one direction. Latencies of frames that were due within the window only.
struct Arrivals {
  Histogram latency;
  std::int64_t window_from = INT64_MAX, window_to = INT64_MAX;
  std::uint64_t sent = 0, frames = 0, lost = 0, reordered = 0, foreign = 0, damaged = 0;
  bool clean() const { return lost + reordered + foreign + damaged == 0; }
  Json json() const;
};

/// Judges one call's stream at its end.
class Meter {
 public:
  Meter(Way way, std::uint32_t call, Arrivals& all) : expected_{way, call}, all_{all} {}

  /// Stamped µ-law.
  void feed(std::span<const std::uint8_t> bytes, std::int64_t now);
  /// Audio that was converted on its way, and so lost its stamps: counted. Frame n is told by sent() and has arrived
  /// when all but a tenth of it has: a converter holds some samples back.
  void count(std::size_t bytes, std::size_t frame_bytes, std::int64_t now);
  void sent(std::int64_t due, bool is_converted);
  /// Audio was taken back on purpose: what is missing before the next frame is not lost.
  void forgive() { forgiven_ = true; }
  /// What was sent and has not come counts as lost.
  void finish(bool is_converted);
  std::uint32_t next() const { return sent_; }
  std::uint64_t missing() const { return sent_ - seen_; }

 private:
  void judge(std::int64_t now);
  void arrived(std::int64_t due, std::int64_t now);
  /// Drops what comes before the next stamp in `part_`.
  void seek();

  Voice expected_;
  Arrivals& all_;
  std::array<std::uint8_t, kFrameBytes> part_{};
  std::size_t have_ = 0;
  std::uint32_t sent_ = 0, seen_ = 0;
  std::uint64_t bytes_ = 0;
  std::vector<std::int64_t> due_;  ///< of the frames sent last, as a ring; only for counted audio
  bool forgiven_ = false;
};

}  // namespace otto::bench
