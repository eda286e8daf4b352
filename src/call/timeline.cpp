#include "timeline.hpp"

#include <algorithm>
#include <utility>

namespace otto::call {

namespace {
/// Longer pauses are the agent's own prompting after silence, not an answer. A tool may take half of it.
constexpr seconds kAnswerLimit{30};
}  // namespace

std::optional<milliseconds> Timeline::agent_speaks(SteadyPoint now, std::optional<SteadyPoint> callee_spoke) {
  const auto spoke_last = std::exchange(was_interrupted, false) ? agent_began : agent_spoke;
  agent_began = now;
  if (!callee_spoke || *callee_spoke > now || now - *callee_spoke > kAnswerLimit) return std::nullopt;
  if (spoke_last && *callee_spoke <= *spoke_last) return std::nullopt;
  const auto latency = std::chrono::duration_cast<milliseconds>(now - *callee_spoke);
  turn_latencies.push_back(latency);
  return latency;
}

milliseconds Timeline::median_latency() const {
  if (turn_latencies.empty()) return milliseconds{-1};
  auto sorted = turn_latencies;
  const auto middle = sorted.begin() + std::ssize(sorted) / 2;
  std::ranges::nth_element(sorted, middle);
  return *middle;
}

milliseconds Timeline::worst_latency() const {
  return turn_latencies.empty() ? milliseconds{-1} : *std::ranges::max_element(turn_latencies);
}

ports::CallFigures make_figures(const Timeline& timeline, std::string stream, TimePoint at, std::size_t dropped_bytes) {
  const auto since_answer = [&](const std::optional<SteadyPoint>& when) {
    const auto ms = between(timeline.answered, when);
    return ms < 0 ? std::nullopt : std::optional{milliseconds{ms}};
  };
  ports::CallFigures figures;
  figures.stream = std::move(stream);
  figures.at = at;
  figures.answer_to_ready = since_answer(timeline.agent_ready);
  figures.answer_to_stream = since_answer(timeline.stream_started);
  figures.answer_to_audio = since_answer(timeline.first_audio_sent);
  figures.turns = timeline.turn_latencies;
  figures.interruptions = timeline.interruptions;
  figures.dropped_bytes = static_cast<std::int64_t>(dropped_bytes);
  return figures;
}

std::int64_t between(const std::optional<SteadyPoint>& from, const std::optional<SteadyPoint>& to) {
  if (!from || !to) return -1;
  return std::chrono::duration_cast<milliseconds>(*to - *from).count();
}

}  // namespace otto::call
