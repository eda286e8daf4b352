// When things happened in one call, and the figures that follow from it.
#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/ports/store.hpp"

namespace otto::call {

struct Timeline {
  std::optional<SteadyPoint> answered, agent_ready, stream_started, first_audio_sent;
  std::vector<milliseconds> turn_latencies;
  std::size_t line_drops = 0;      ///< bytes that the line did not take
  std::size_t playout_drops = 0;   ///< bytes beyond the playout's bound
  std::size_t agent_refusals = 0;  ///< pieces that the agent's side did not take
  int interruptions = 0;

  /// The agent begins to speak at `now`, after silence on its side. Turn latency: from the callee's last speech, as
  /// the audio shows it, if that came after the agent's own last words (when it was interrupted: after its first ones)
  /// and is recent enough to be what is answered.
  std::optional<milliseconds> agent_speaks(SteadyPoint now, std::optional<SteadyPoint> callee_spoke);
  void agent_fell_silent(SteadyPoint when) { agent_spoke = when; }
  void agent_was_interrupted() { was_interrupted = true; }
  milliseconds median_latency() const;
  milliseconds worst_latency() const;

  std::optional<SteadyPoint> agent_began, agent_spoke;  ///< of its last turn
  bool was_interrupted = false;
};

/// What is stored of it.
ports::CallFigures make_figures(const Timeline& timeline, std::string stream, TimePoint at, std::size_t dropped_bytes);

/// Milliseconds between two optional moments, -1 when one is missing.
std::int64_t between(const std::optional<SteadyPoint>& from, const std::optional<SteadyPoint>& to);

}  // namespace otto::call
