// fold(): facts are first put into one canonical order; after that each field follows its own rule (highest rank,
// earliest time, highest authority), in which a later fact of that order wins a tie and a repeat changes nothing. So
// the result depends on the set of facts alone.
#include <algorithm>
#include <set>
#include <tuple>
#include <vector>

#include "otto/model/state.hpp"

namespace otto {

namespace {

/// GET beats callbacks; among callbacks the higher SequenceNumber.
struct Authority {
  bool fetched = false;
  int sequence = -1;
  friend auto operator<=>(const Authority&, const Authority&) = default;
};

template <class T>
struct Claimed {  // a value and who said so
  std::optional<T> value;
  Authority by;
  void offer(const T& candidate, Authority authority) {
    if (value && authority < by) return;
    value = candidate;
    by = authority;
  }
};

AttemptState state_of(LegStatus status) noexcept {
  switch (status) {
    case LegStatus::Queued:
      return AttemptState::Accepted;
    case LegStatus::Initiated:
      return AttemptState::Initiated;
    case LegStatus::Ringing:
      return AttemptState::Ringing;
    case LegStatus::InProgress:
      return AttemptState::InProgress;
    case LegStatus::Completed:
      return AttemptState::Completed;
    case LegStatus::Busy:
      return AttemptState::Busy;
    case LegStatus::NoAnswer:
      return AttemptState::NoAnswer;
    case LegStatus::Failed:
      return AttemptState::Failed;
    case LegStatus::Canceled:
      return AttemptState::Canceled;
  }
  return AttemptState::Accepted;
}

/// none < unknown < {human, machine_start, fax} < machine_end_*
int amd_rank(AnsweredBy who) noexcept {
  switch (who) {
    case AnsweredBy::Unknown:
      return 1;
    case AnsweredBy::Human:
    case AnsweredBy::MachineStart:
    case AnsweredBy::Fax:
      return 2;
    case AnsweredBy::MachineEndBeep:
    case AnsweredBy::MachineEndSilence:
    case AnsweredBy::MachineEndOther:
      return 3;
  }
  return 0;
}

/// none < in-progress < {failed, absent} < completed: of several recordings the one that can be heard counts.
int recording_rank(const Fact& fact) noexcept {
  if (fact.recording_sid.empty() && fact.recording_status.empty()) return 0;
  if (fact.recording_status == "completed") return 3;
  if (fact.recording_status == "absent" || fact.recording_status == "failed") return 2;
  return 1;
}

void keep_earliest(std::optional<TimePoint>& kept, TimePoint at) {
  if (!kept || at < *kept) kept = at;
}

class Folding {
 public:
  explicit Folding(AttemptState protocol_state) { call_.state = protocol_state; }

  void add(const Fact& fact) {
    switch (fact.kind) {
      case FactKind::Ambiguous:
        return raise(AttemptState::Unknown);
      case FactKind::NotPlaced:
        return raise(AttemptState::NotPlaced);
      case FactKind::Refused:
        raise(AttemptState::Refused);
        refusal_code_ = fact.error_code;
        refusal_ = fact.reason;
        return;
      case FactKind::Placed:
      case FactKind::Status:
      case FactKind::Fetched:
        add_leg(fact);
        break;
      case FactKind::Amd:
        break;
      case FactKind::Recording:
        add_recording(fact);
        break;
      case FactKind::Answered:
        answered(fact);
        break;
      case FactKind::StreamStarted:
        call_.stream_started = true;
        streams_.insert(fact.dedupe_key);
        call_.streams = static_cast<int>(streams_.size());
        answered(fact);
        break;
      case FactKind::StreamEnded:
        call_.stream_ended = true;
        break;
      case FactKind::OptedOut:
        call_.opted_out = true;
        break;
      case FactKind::CallbackAgreed:
        call_.callback_at = fact.callback_at;
        break;
      case FactKind::Transferred:
        call_.transferred_to = fact.reason;
        break;
      case FactKind::HoursClosed:
        call_.hours_closed = true;
        hours_ = fact.reason;
        break;
      case FactKind::ToolUsed:
      case FactKind::KeyPressed:
        break;  // told, and nothing follows from them
      default:
        add_conversation(fact);
    }
    // Whatever names a call proves that one exists.
    if (!fact.call_sid.empty()) raise(AttemptState::Accepted);
    if (fact.answered_by && (!call_.answered_by || amd_rank(*fact.answered_by) >= amd_rank(*call_.answered_by)))
      call_.answered_by = fact.answered_by;
  }

  CallState finish() && {
    if (final_.value) call_.state = *final_.value;
    call_.duration_seconds = duration_.value;
    call_.sip_code = sip_code_.value;
    call_.error_code = error_code_.value.value_or("");
    if (call_.state == AttemptState::Refused) call_.error_code = refusal_code_;
    if (call_.state == AttemptState::Completed && !call_.answered_at && call_.completed_at && call_.duration_seconds)
      call_.answered_at = *call_.completed_at - seconds{*call_.duration_seconds};
    if (!begun_.empty()) call_.conversation_id = begun_;
    if (!is_open(call_.state)) call_.outcome = outcome();
    call_.notes = notes();
    return std::move(call_);
  }

 private:
  void raise(AttemptState state) { call_.state = std::max(call_.state, state); }

  void add_leg(const Fact& fact) {
    keep_earliest(call_.initiated_at, fact.at);
    const Authority by{fact.kind == FactKind::Fetched, fact.sequence.value_or(-1)};
    if (fact.duration_seconds) duration_.offer(*fact.duration_seconds, by);
    if (fact.sip_code) sip_code_.offer(*fact.sip_code, by);
    if (!fact.error_code.empty()) error_code_.offer(fact.error_code, by);
    if (!fact.status) return raise(AttemptState::Accepted);
    const AttemptState state = state_of(*fact.status);
    if (!is_final(*fact.status)) {
      raise(state);
      if (state == AttemptState::InProgress) keep_earliest(call_.answered_at, fact.at);
      return;
    }
    final_.offer(state, by);
    failure_.offer(fact.reason, by);
    keep_earliest(call_.completed_at, fact.at);
  }

  void answered(const Fact& fact) {
    raise(AttemptState::InProgress);
    keep_earliest(call_.initiated_at, fact.at);
    keep_earliest(call_.answered_at, fact.at);
  }

  void add_recording(const Fact& fact) {
    const int rank = recording_rank(fact);
    if (rank == 0 || rank < recording_rank_) return;
    recording_rank_ = rank;
    call_.recording_sid = fact.recording_sid;
    const bool is_there = fact.recording_status == "completed";
    call_.recording_url = is_there ? fact.recording_url : "";
    call_.recording_seconds = is_there ? fact.recording_seconds : std::nullopt;
  }

  /// A call that was re-attached has had several conversations: the id of the one begun last, the last end, the most
  /// turns.
  void add_conversation(const Fact& fact) {
    if (fact.kind == FactKind::ConversationStarted) begun_ = fact.conversation_id;
    if (!fact.conversation_id.empty()) call_.conversation_id = fact.conversation_id;
    if (fact.kind == FactKind::ConversationEnded) {
      call_.end_reason = fact.reason;
      loss_ = fact.evidence;
      call_.user_turns = std::max(call_.user_turns, fact.user_turns.value_or(0));
      call_.agent_turns = std::max(call_.agent_turns, fact.agent_turns.value_or(0));
    }
    if (fact.kind == FactKind::ConversationAnalysed) summary_ = fact.summary;
    if (fact.kind == FactKind::MachineHandled) {
      call_.machine_action = fact.reason;
      machine_evidence_ = fact.evidence;
    }
    if (fact.kind == FactKind::GreetingHeard && fact.reason == "screening") call_.screened = true;
  }

  /// Behind a screener whoever speaks is a person: its own words are not counted as turns.
  bool real_dialog() const { return call_.user_turns >= (call_.screened ? 1 : 2); }
  bool fax() const { return call_.answered_by == AnsweredBy::Fax && !real_dialog(); }
  bool machine() const {
    if (call_.machine_action == "hangup" || call_.machine_action == "message") return true;
    const bool says_so =
        call_.screened || call_.machine_action == "agent" || (call_.answered_by && is_machine(*call_.answered_by));
    return says_so && !real_dialog();
  }
  bool silent_agent() const { return call_.end_reason == "agent_failed" && call_.agent_turns == 0; }
  bool lost_agent() const { return call_.end_reason == "agent_lost"; }

  Outcome outcome() const {
    if (call_.state == AttemptState::Busy) return Outcome::Busy;
    if (call_.state == AttemptState::NoAnswer) return Outcome::NoAnswer;
    if (call_.state != AttemptState::Completed || fax() || call_.hours_closed) return Outcome::Failed;
    if (machine()) return Outcome::Voicemail;
    return silent_agent() || lost_agent() ? Outcome::Failed : Outcome::HumanAnswered;
  }

  std::string failure() const {
    switch (call_.state) {
      case AttemptState::Refused:
        return refusal_.empty() ? "The line refused the call." : refusal_;
      case AttemptState::NotPlaced:
        return "No sign of this call was found at the line; it counts as not placed.";
      case AttemptState::Canceled:
        return "The call was ended before it was answered.";
      case AttemptState::Failed:
        if (failure_.value && !failure_.value->empty()) return *failure_.value;
        if (!call_.error_code.empty()) return "The line reports error " + call_.error_code + ".";
        if (call_.sip_code) return "The carrier answered with SIP code " + std::to_string(*call_.sip_code) + ".";
        return "The line could not complete the call.";
      case AttemptState::Completed:
        if (call_.hours_closed)
          return "It was answered when no call is allowed, and hung up on before a word: " + hours_ + ".";
        if (fax()) return "A fax machine answered.";
        if (machine()) return machine_sentence();
        if (silent_agent()) return with_reason("The call was answered, but the agent could not be reached");
        if (lost_agent()) return with_reason("The agent was lost in the middle of the conversation");
        return call_.screened ? "A call screener was answered first." : "";
      default:
        return {};
    }
  }

  std::string with_reason(std::string sentence) const { return sentence + (loss_.empty() ? "." : ": " + loss_); }

  std::string machine_sentence() const {
    std::string text = call_.screened ? "A call screener answered" : "A machine answered";
    if (call_.machine_action == "hangup") text += " and was hung up on";
    if (call_.machine_action == "message") text += " and was left the message";
    if (call_.machine_action == "agent") text += " and talked to the agent";
    if (call_.machine_action.empty() && call_.screened) text += " and nobody came to the phone";
    return text + "." + (machine_evidence_.empty() ? "" : " ") + machine_evidence_;
  }

  std::string notes() const {
    std::string text = failure();
    const auto add = [&text](const std::string& sentence) { text += (text.empty() ? "" : " ") + sentence; };
    if (call_.opted_out) add("The callee asked not to be called again.");
    if (call_.callback_at && !call_.opted_out)
      add("A callback was agreed for " + format_iso8601(*call_.callback_at) + ".");
    if (!call_.transferred_to.empty()) add("The call was transferred to " + call_.transferred_to + ".");
    if (!summary_.empty()) add(summary_);
    return text;
  }

  CallState call_;
  std::set<std::string_view> streams_;  ///< the media streams seen, by their facts' keys
  Claimed<AttemptState> final_;
  Claimed<int> duration_, sip_code_;
  Claimed<std::string> error_code_, failure_;
  std::string refusal_, refusal_code_, begun_, summary_, loss_, machine_evidence_, hours_;
  int recording_rank_ = 0;
};

std::vector<const Fact*> in_canonical_order(std::span<const Fact> facts) {
  std::vector<const Fact*> ordered;
  ordered.reserve(facts.size());
  for (const Fact& fact : facts) ordered.push_back(&fact);
  std::ranges::sort(ordered, [](const Fact* a, const Fact* b) {
    return std::tie(a->at, a->kind, a->sequence, a->dedupe_key) < std::tie(b->at, b->kind, b->sequence, b->dedupe_key);
  });
  return ordered;
}

}  // namespace

CallState fold(AttemptState protocol_state, std::span<const Fact> facts) {
  const auto ordered = in_canonical_order(facts);
  const auto bound = std::ranges::find_if(ordered, [](const Fact* fact) { return !fact->call_sid.empty(); });
  const std::string call_sid = bound == ordered.end() ? std::string{} : (*bound)->call_sid;

  Folding folding{protocol_state};
  for (const Fact* fact : ordered) {
    // Another call's facts never mix with the bound one's; the store binds, and hands over the bound call's only.
    if (fact->call_sid.empty() || fact->call_sid == call_sid) folding.add(*fact);
  }
  CallState call = std::move(folding).finish();
  call.call_sid = call_sid;
  return call;
}

}  // namespace otto
