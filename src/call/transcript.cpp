#include "otto/call/transcript.hpp"

#include "otto/base/text.hpp"

namespace otto::call {

using Role = ports::Turn::Role;

namespace {
constexpr std::size_t kMaxTurns = 1000;
constexpr std::size_t kMaxTurnBytes = 8192;
}  // namespace

bool Transcript::add(Role role, std::string_view text, std::int64_t event_id, TimePoint at) {
  text = trim(text);
  if (text.empty()) return false;
  if (turns_.size() >= kMaxTurns) {
    ++dropped_;
    return false;
  }
  ports::Turn turn;
  turn.number = first_number_ + static_cast<int>(turns_.size());
  turn.role = role;
  turn.text = truncate_utf8(text, kMaxTurnBytes);
  turn.at = at;
  if (turn.text.size() < text.size()) ++dropped_;
  changed_.insert(turns_.size());
  turns_.push_back(std::move(turn));
  event_ids_.push_back(event_id);
  return true;
}

void Transcript::add_user(std::string_view text, TimePoint at) {
  const bool continues = !turns_.empty() && turns_.back().role == Role::Customer;
  if (!add(Role::Customer, text, -1, at)) return;
  ++user_turns_;
  if (!continues) ++exchanges_;
  if (!first_user_words_) first_user_words_ = at;
}

void Transcript::add_agent(std::string_view text, std::int64_t event_id, TimePoint at) {
  if (add(Role::Agent, text, event_id, at)) ++agent_turns_;
}

bool Transcript::correct(std::string_view original, std::string_view corrected, std::int64_t event_id) {
  // The correction names its response by the event id; servers that number the two differently are matched by text.
  std::optional<std::size_t> by_id, by_text;
  for (std::size_t i = turns_.size(); i-- > 0;) {
    if (turns_[i].role != Role::Agent) continue;
    if (!by_id && event_ids_[i] == event_id) by_id = i;
    if (!by_text && !trim(original).empty() && turns_[i].text == trim(original)) by_text = i;
  }
  const auto found = by_text ? by_text : by_id;
  if (!found) return false;
  ports::Turn& turn = turns_[*found];
  if (turn.original.empty()) turn.original = turn.text;
  turn.text = truncate_utf8(trim(corrected), kMaxTurnBytes);
  changed_.insert(*found);
  return true;
}

void Transcript::discount_user() {
  user_turns_ = exchanges_ = 0;
  first_user_words_.reset();
}

void Transcript::restart() { *this = Transcript{first_number_}; }

std::vector<ports::Turn> Transcript::take_changes() {
  std::vector<ports::Turn> changes;
  changes.reserve(changed_.size());
  for (const std::size_t i : changed_) changes.push_back(turns_[i]);
  changed_.clear();
  return changes;
}

std::string format_transcript(std::span<const ports::Turn> turns) {
  std::string text;
  for (const ports::Turn& turn : turns) {
    if (turn.text.empty()) continue;
    text += turn.role == Role::Agent ? "Agent: " : "Customer: ";
    text += turn.text;
    text += '\n';
  }
  return text;
}

}  // namespace otto::call
