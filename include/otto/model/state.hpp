// What an attempt is: a pure, order-free fold over its facts. Any order and any number of repeats of the same facts
// give the same state, so a lost, doubled or late callback can never make a row wrong for good.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"

namespace otto {

/// Stored attempt states. Open ones (Intent … InProgress) lock the contact and the number.
///
///   Intent → Sending → Accepted → Initiated → Ringing → InProgress → Completed | Busy | NoAnswer | Failed | Canceled
///                  ↘ Unknown → (any of the above, by evidence) | NotPlaced
///                  ↘ Refused
/// Intent and Sending come from the protocol's two commits; everything else from facts.
enum class AttemptState : std::uint8_t {
  Intent,
  Sending,
  Unknown,
  NotPlaced,
  Refused,
  Accepted,
  Initiated,
  Ringing,
  InProgress,
  Completed,
  Busy,
  NoAnswer,
  Failed,
  Canceled
};
std::string_view to_string(AttemptState state) noexcept;  ///< "intent", "in_progress", …
std::optional<AttemptState> parse_attempt_state(std::string_view text) noexcept;
constexpr bool is_open(AttemptState s) noexcept {
  return s != AttemptState::NotPlaced && s != AttemptState::Refused && s < AttemptState::Completed;
}

enum class Outcome : std::uint8_t { HumanAnswered, Voicemail, NoAnswer, Busy, Failed };
std::string_view to_string(Outcome outcome) noexcept;  ///< "HUMAN_ANSWERED", …
std::optional<Outcome> parse_outcome(std::string_view text) noexcept;

/// Everything that the two public tables and the engine need to know about one attempt.
struct CallState {
  AttemptState state = AttemptState::Sending;
  std::string call_sid;
  std::optional<TimePoint> initiated_at, answered_at, completed_at;
  std::optional<int> duration_seconds;
  std::optional<AnsweredBy> answered_by;
  std::string recording_sid, recording_url;
  std::optional<int> recording_seconds;
  std::optional<int> sip_code;
  std::string error_code;
  bool stream_started = false, stream_ended = false;
  int streams = 0;  ///< how many media streams the call has had: more than one after an instance died
  std::string conversation_id;
  int user_turns = 0, agent_turns = 0;
  std::string end_reason;      ///< why the conversation ended, in our words: "agent_ended", "callee_hung_up", …
  std::string machine_action;  ///< "hangup", "message", "agent" or empty
  bool screened = false;       ///< a call screener took the call first
  bool hours_closed = false;   ///< it was answered outside the calling hours, and hung up before a word
  bool opted_out = false;      ///< the callee wants no further call
  std::optional<TimePoint> callback_at;  ///< what was agreed last
  std::string transferred_to;            ///< the number to which the line took the callee
  std::string notes;  ///< a person's sentences: the refusal, the failure, the machine, what was agreed, the summary
  std::optional<Outcome> outcome;  ///< set once the state is final
  friend bool operator==(const CallState&, const CallState&) = default;
};

/// `protocol_state` is what the two commits have written (Intent, Sending or Unknown); facts can only add to it.
CallState fold(AttemptState protocol_state, std::span<const Fact> facts);

/// "INITIATED", "RINGING", "ANSWERED", "COMPLETED", "FAILED", "NO_ANSWER", "BUSY": public."OutboundCall"."status".
std::string_view public_status(AttemptState state) noexcept;

/// True when the attempt ended with a connected call (the contact counts as completed).
bool is_connected(Outcome outcome) noexcept;

/// What becomes of the contact when its attempt has closed. Pure.
struct AfterAttempt {
  ContactState contact = ContactState::Failed;
  std::optional<TimePoint> next_at;  ///< set when contact is Due
  bool is_callback = false;          ///< next_at is what the contact asked for
  std::string rule, reason;          ///< why, in one word ("retry", "callback", "completed", "ended") and in a sentence
};
AfterAttempt after_attempt(const CallState& call, int attempts_used, const CampaignSettings& settings, TimePoint now);
/// The same when nobody may call the contact again.
AfterAttempt ended_for_good(const CallState& call);
/// The most that one call can cost, in millionths of the price's currency: its longest duration, what the line may need
/// to end it, and the ringing, in full minutes.
std::int64_t worst_cost_micros(const CampaignSettings& settings) noexcept;
/// What a call that has ended has cost: its minutes, begun ones in full. A call that nobody answered costs nothing.
std::int64_t cost_micros(const CallState& call, std::int64_t price_micros_per_minute) noexcept;
/// A price or a bound as it is stored.
std::int64_t to_micros(double amount) noexcept;

/// Whether an agreed callback is still dialed: beyond the campaign's attempts, but not for ever.
bool may_call_back(int attempts_used, const CampaignSettings& settings) noexcept;

}  // namespace otto
