// A call's facts in plain words.
#include <algorithm>
#include <set>
#include <utility>

#include "otto/api/view_answers.hpp"
#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"

namespace otto::api {

namespace {

constexpr seconds kBetweenKeys{3};  ///< keys that follow each other faster are told as one entry

std::string with(std::string text, std::string_view detail) {
  if (!detail.empty()) text.append(": ").append(detail);
  return text;
}

std::string_view words_of(AnsweredBy who) {
  switch (who) {
    case AnsweredBy::Human:
      return "a person";
    case AnsweredBy::MachineStart:
      return "a machine";
    case AnsweredBy::MachineEndBeep:
    case AnsweredBy::MachineEndSilence:
    case AnsweredBy::MachineEndOther:
      return "a machine, whose greeting is over";
    case AnsweredBy::Fax:
      return "a fax";
    case AnsweredBy::Unknown:
      break;
  }
  return "it cannot tell";
}

std::string ending(const Fact& fact, std::string text) {
  if (fact.duration_seconds) text += " after " + std::to_string(*fact.duration_seconds) + " s";
  if (!fact.error_code.empty()) text += ", error " + fact.error_code;
  if (fact.sip_code && *fact.sip_code != 200) text += ", SIP " + std::to_string(*fact.sip_code);
  return text;
}

TimelineEntry of_status(const Fact& fact) {
  switch (fact.status.value_or(LegStatus::Queued)) {
    case LegStatus::Queued:
    case LegStatus::Initiated:
      return {fact.at, "dialing", "The line is dialing"};
    case LegStatus::Ringing:
      return {fact.at, "ringing", "The phone rings"};
    case LegStatus::InProgress:
      return {fact.at, "answered", "Answered"};
    case LegStatus::Completed:
      return {fact.at, "ended", with(ending(fact, "The call has ended"), fact.reason)};
    case LegStatus::Busy:
      return {fact.at, "ended", ending(fact, "The line is busy")};
    case LegStatus::NoAnswer:
      return {fact.at, "ended", ending(fact, "Nobody answered")};
    case LegStatus::Failed:
      return {fact.at, "ended", with(ending(fact, "The call failed"), fact.reason)};
    case LegStatus::Canceled:
      return {fact.at, "ended", ending(fact, "The call was cancelled before it was answered")};
  }
  return {fact.at, "dialing", "The line is dialing"};
}

std::string machine_text(const Fact& fact) {
  std::string text = "The machine was hung up on";
  if (fact.reason == "message") text = "The machine was left a message";
  if (fact.reason == "agent") text = "The agent spoke to the machine";
  return with(std::move(text), fact.evidence);
}

std::string conversation_end_text(const Fact& fact) {
  std::string text = with("The conversation has ended", fact.reason);
  if (fact.user_turns && fact.agent_turns)
    text += "; " + counted(*fact.agent_turns, "turn") + " of the agent, " + std::to_string(*fact.user_turns) +
            " of the customer";
  return fact.evidence.empty() ? text : text + " (" + fact.evidence + ")";
}

std::string recording_text(const Fact& fact) {
  if (fact.recording_status == "absent") return with("There is no recording", fact.reason);
  if (!fact.recording_status.empty() && fact.recording_status != "completed")
    return "The recording is " + fact.recording_status;
  std::string text = "The recording is ready";
  if (fact.recording_seconds) text += ", " + std::to_string(*fact.recording_seconds) + " s";
  return text;
}

std::string tool_text(const Fact& fact) {
  std::string text = "The agent used " + fact.reason;
  if (!fact.asked.empty()) text += " with " + fact.asked;
  if (fact.is_error) return with(text + ", which failed", fact.evidence);
  return fact.evidence.empty() ? text : text + "; the answer: " + fact.evidence;
}

TimelineEntry of_fact(const Fact& fact) {
  switch (fact.kind) {
    case FactKind::Placed:
      return {fact.at, "dialed", "Dialed: the line has taken the call"};
    case FactKind::Refused:
      return {fact.at, "refused", with("The line refused the call", fact.reason)};
    case FactKind::Ambiguous:
      return {fact.at, "unknown", with("It was not known whether the call had been placed", fact.reason)};
    case FactKind::NotPlaced:
      return {fact.at, "not_placed", "No call was placed"};
    case FactKind::Status:
    case FactKind::Fetched:
      return of_status(fact);
    case FactKind::Amd:
      return {fact.at, "machine_verdict",
              with("The detector's verdict", words_of(fact.answered_by.value_or(AnsweredBy::Unknown)))};
    case FactKind::Recording:
      return {fact.at, "recording", recording_text(fact)};
    case FactKind::Answered:
      return {fact.at, "answered", "Answered"};
    case FactKind::StreamStarted:
      return {fact.at, "stream_opened", "The media stream is open"};
    case FactKind::StreamEnded:
      return {fact.at, "stream_closed", with("The media stream has ended", fact.reason)};
    case FactKind::ConversationStarted:
      return {fact.at, "conversation_started", "The agent is on the call"};
    case FactKind::ConversationEnded:
      return {fact.at, "conversation_ended", conversation_end_text(fact)};
    case FactKind::ConversationAnalysed:
      return {fact.at, "analysed", with("The agent's summary", fact.summary)};
    case FactKind::MachineHandled:
      return {fact.at, "machine_handled", machine_text(fact)};
    case FactKind::GreetingHeard:
      return {fact.at, "greeting_heard",
              with(fact.reason == "screening" ? "A call screener was heard" : "A machine's greeting was heard",
                   fact.evidence)};
    case FactKind::OptedOut:
      return {
          fact.at, "opted_out",
          fact.reason == "key" ? "The key for no further calls was pressed" : "The customer wants no further calls"};
    case FactKind::CallbackAgreed:
      return {fact.at, "callback_agreed",
              with("A callback was agreed", fact.callback_at ? format_iso8601(*fact.callback_at) : std::string{})};
    case FactKind::Transferred:
      return {fact.at, "transferred", with("The customer was connected with somebody else", fact.reason)};
    case FactKind::ToolUsed:
      return {fact.at, "tool", tool_text(fact)};
    case FactKind::KeyPressed:
      return {fact.at, "keys", "The customer pressed " + fact.reason};
    case FactKind::HoursClosed:
      return {fact.at, "hours_closed", with("Answered outside the calling hours, and hung up", fact.reason)};
  }
  return {fact.at, "other", std::string{to_string(fact.kind)}};
}

}  // namespace

std::vector<TimelineEntry> timeline_of(const ports::CallDetail& detail) {
  std::vector<TimelineEntry> timeline;
  const auto add = [&timeline](TimelineEntry entry) {
    timeline.insert(std::ranges::upper_bound(timeline, entry.at, {}, &TimelineEntry::at), std::move(entry));
  };
  // Two reports may tell of one event: the line's callback and what the call itself saw, or a later look at the line.
  std::set<std::string> once;
  TimePoint last_key;
  for (const Fact& fact : detail.facts) {
    if (fact.kind == FactKind::KeyPressed) {
      const bool goes_on = fact.at - std::exchange(last_key, fact.at) <= kBetweenKeys;
      if (goes_on && !timeline.empty() && timeline.back().kind == "keys") {
        timeline.back().text += " " + fact.reason;
        continue;
      }
    }
    TimelineEntry entry = of_fact(fact);
    const bool happens_once =
        entry.kind == "dialing" || entry.kind == "ringing" || entry.kind == "answered" || entry.kind == "ended";
    if (happens_once && !once.insert(entry.kind).second) continue;
    add(std::move(entry));
  }
  for (const ports::CallFigures& figures : detail.report.figures) {
    if (!figures.answer_to_audio || !detail.line.answered_at) continue;
    add({*detail.line.answered_at + *figures.answer_to_audio, "first_word",
         "The agent's first word, " + std::to_string(figures.answer_to_audio->count()) + " ms after the answer"});
  }
  // The line's times are whole seconds: what followed from the dialing may seem to have been before it.
  auto dialed = std::ranges::find(timeline, "dialed", &TimelineEntry::kind);
  if (dialed == timeline.end()) return timeline;
  for (; dialed != timeline.begin(); --dialed) {
    const auto before = std::prev(dialed);
    if (before->kind != "dialing" && before->kind != "ringing") break;
    std::iter_swap(before, dialed);
  }
  return timeline;
}

}  // namespace otto::api
