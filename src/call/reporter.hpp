// Carries a call's facts and turns to the recorder by a task of its own, so that the media never waits for the store.
// Bounded by nature: a call has a handful of facts, and of a turn only the latest form waits.
#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "otto/call/calls.hpp"
#include "otto/call/transcript.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::call {

class Reporter {
 public:
  Reporter(Loop& loop, const Recorder& recorder, AttemptId attempt, Transcript& transcript);

  void fact(Fact fact);
  /// Turns are held back until the stream has started: without one nobody has heard or said anything.
  void release_turns();
  void turns_changed();
  void figures(ports::CallFigures figures) { figures_ = std::move(figures); }
  /// No further reports; run() ends once everything, the final turns included, has been handed over.
  void finish();
  /// The recorder has taken too long: nothing more is handed over, run() ends with the report that is under way.
  void abandon() noexcept { abandoned_ = true; }
  rt::Event& done() noexcept { return done_; }
  std::size_t pending_facts() const noexcept { return facts_.size(); }

  Task<void> run();

 private:
  Task<void> hand_over_turns(bool is_last);

  const Recorder& recorder_;
  AttemptId attempt_;
  Transcript& transcript_;
  std::vector<Fact> facts_;
  std::optional<ports::CallFigures> figures_;
  bool may_send_turns_ = false, finished_ = false, abandoned_ = false;
  rt::Event wake_, done_;
};

}  // namespace otto::call
