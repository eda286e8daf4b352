// What was said, as ordered turns. Bounded: beyond 1,000 turns or 8 KB per turn text is dropped and counted.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/ports/store.hpp"

namespace otto::call {

class Transcript {
 public:
  /// Turns are numbered from `first_number`: a call that was re-attached goes on behind its earlier turns.
  explicit Transcript(int first_number = 0) : first_number_{first_number} {}

  void add_user(std::string_view text, TimePoint at);
  void add_agent(std::string_view text, std::int64_t event_id, TimePoint at);
  /// The agent was interrupted: what it really said replaces what it meant to say. False: no such turn.
  bool correct(std::string_view original, std::string_view corrected, std::int64_t event_id);
  /// What the callee's side has said so far came from a machine: the turns stay, the counts begin anew.
  void discount_user();
  /// Forgets everything: the conversation failed before the callee heard a word and starts again.
  void restart();

  const std::vector<ports::Turn>& turns() const noexcept { return turns_; }
  int user_turns() const noexcept { return user_turns_; }
  int agent_turns() const noexcept { return agent_turns_; }
  /// Runs of user turns with an agent's turn between them.
  int exchanges() const noexcept { return exchanges_; }
  std::optional<TimePoint> first_user_words() const noexcept { return first_user_words_; }
  std::size_t dropped() const noexcept { return dropped_; }

  bool has_changes() const noexcept { return !changed_.empty(); }
  /// The turns that are new or corrected since the last call.
  std::vector<ports::Turn> take_changes();

 private:
  bool add(ports::Turn::Role role, std::string_view text, std::int64_t event_id, TimePoint at);

  int first_number_;
  std::vector<ports::Turn> turns_;
  std::vector<std::int64_t> event_ids_;  ///< one per turn; -1 for the callee's
  std::set<std::size_t> changed_;
  int user_turns_ = 0, agent_turns_ = 0, exchanges_ = 0;
  std::optional<TimePoint> first_user_words_;
  std::size_t dropped_ = 0;
};

/// "Agent: …\nCustomer: …\n"; turns of which nothing was heard are left out.
std::string format_transcript(std::span<const ports::Turn> turns);

}  // namespace otto::call
