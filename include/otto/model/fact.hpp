// Facts: immutable reports about one attempt, from the line, the agent or ourselves. They are stored as they came
// and never changed; what an attempt is follows from them (model/state.hpp).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/base/json.hpp"

namespace otto {

/// A call leg's progress in the line's words. The order is the fold's rank.
enum class LegStatus : std::uint8_t {
  Queued,
  Initiated,
  Ringing,
  InProgress,
  Completed,
  Busy,
  NoAnswer,
  Failed,
  Canceled
};
std::string_view to_string(LegStatus status) noexcept;  ///< "queued", "in-progress", "no-answer", … as on the wire
std::optional<LegStatus> parse_leg_status(std::string_view text) noexcept;
constexpr bool is_final(LegStatus status) noexcept { return status >= LegStatus::Completed; }

/// What an answering-machine detector says.
enum class AnsweredBy : std::uint8_t {
  Human,
  MachineStart,
  MachineEndBeep,
  MachineEndSilence,
  MachineEndOther,
  Fax,
  Unknown
};
std::string_view to_string(AnsweredBy who) noexcept;  ///< "machine_end_beep", … as on the wire
std::optional<AnsweredBy> parse_answered_by(std::string_view text) noexcept;
constexpr bool is_machine(AnsweredBy who) noexcept { return who >= AnsweredBy::MachineStart && who <= AnsweredBy::Fax; }

enum class FactKind : std::uint8_t {
  Placed,                ///< the create request was accepted: call_sid
  Refused,               ///< the create request was refused for good: error_code, reason
  Ambiguous,             ///< the create request ended without a usable answer: reason
  NotPlaced,             ///< settled: no call exists for this attempt
  Status,                ///< a status callback
  Fetched,               ///< the call as the line's API shows it; the highest authority
  Amd,                   ///< the detector's verdict
  Recording,             ///< a recording's state
  Answered,              ///< the TwiML request: the call was answered
  StreamStarted,         ///< media flows
  StreamEnded,           ///< media has ended: reason
  ConversationStarted,   ///< conversation_id
  ConversationEnded,     ///< reason, user_turns, agent_turns; evidence: the agent's own words about a loss
  ConversationAnalysed,  ///< summary
  MachineHandled,        ///< what was done about a machine: reason is "hangup", "message" or "agent"; evidence
  GreetingHeard,         ///< a machine's words: reason is "screening" or "voicemail", evidence quotes them
  OptedOut,              ///< the callee wants no further call: reason is "agent" (its tool) or "key" (pressed)
  CallbackAgreed,        ///< callback_at
  Transferred,           ///< the line took the callee to another number: reason names it
  HoursClosed,           ///< answered when no call is allowed any more, and hung up before a word: reason
  ToolUsed,              ///< the agent's tool: reason is its name; asked, evidence (its answer), is_error
  KeyPressed,            ///< by the callee: reason is the key
};
std::string_view to_string(FactKind kind) noexcept;  ///< "status", "stream_started", …
std::optional<FactKind> parse_fact_kind(std::string_view text) noexcept;

/// Flat on purpose: each kind uses the fields that its comment names, all others stay empty.
struct Fact {
  FactKind kind = FactKind::Status;
  std::string dedupe_key;       ///< equal for repeats of one report, distinct otherwise; never empty
  TimePoint at;                 ///< when it happened: the provider's own time where it gives one, else ours
  std::string call_sid;         ///< empty only before the SID is known
  std::optional<int> sequence;  ///< status callbacks' SequenceNumber
  std::optional<LegStatus> status;
  std::optional<AnsweredBy> answered_by;
  std::optional<int> duration_seconds;
  std::optional<int> sip_code;
  std::string error_code;  ///< the provider's own number
  std::string reason;
  std::string recording_sid, recording_url, recording_status;
  std::optional<int> recording_seconds;
  std::string conversation_id;
  std::optional<int> user_turns, agent_turns;
  std::string summary;
  std::string evidence;  ///< one sentence for a person
  std::optional<TimePoint> callback_at;
  std::string asked;  ///< a tool's parameters, JSON as text, cut short
  bool is_error = false;

  explicit Fact(FactKind k) : kind{k} {}
};

/// otto.call_fact's payload; only the fields that are set.
Json fact_to_json(const Fact& fact);
/// kind, dedupe_key, at, call_sid and sequence are columns of their own and are not in the payload.
Fact fact_from_json(FactKind kind, const Json& payload);

}  // namespace otto
