// The callee's speech on its way to the agent: kept while there is nobody to hear it, converted to the agent's format,
// sent on as it comes.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "otto/audio/converter.hpp"
#include "otto/base/audio_format.hpp"
#include "otto/base/clock.hpp"

namespace otto::call {

class Uplink {
 public:
  /// Counts by itself what it does not take.
  using Sink = std::function<void(std::span<const std::uint8_t>)>;

  /// Keeps at most `keep` of audio before there is a sink; the oldest is dropped and counted.
  explicit Uplink(milliseconds keep);

  /// 8 kHz µ-law from the line.
  void feed(std::span<const std::uint8_t> ulaw);
  /// Sends a piece of what was kept: ten times faster than it was spoken, not all at once, for agents judge the
  /// stream's timing. feed() does so too.
  void flush();

  /// The agent hears from now on, in `format`; what was kept comes first.
  void open(AudioFormat format, Sink sink);
  /// The agent is gone, another will come: keep again.
  void pause();
  /// Nothing goes up any more.
  void close();
  Reach reach() const { return converter_ ? converter_->reach() : Reach{}; }  ///< what feed() touches beside itself
  bool has_kept() const noexcept { return !kept_.empty(); }
  bool is_open() const noexcept { return sink_ != nullptr; }
  std::size_t dropped() const noexcept { return dropped_; }

 private:
  void send(std::span<const std::uint8_t> ulaw);

  std::size_t max_kept_;
  std::vector<std::uint8_t> kept_;
  std::optional<audio::Converter> converter_;
  Sink sink_;
  bool closed_ = false;
  std::size_t dropped_ = 0;
};

}  // namespace otto::call
