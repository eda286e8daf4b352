#include "otto/model/sheet_row.hpp"

namespace otto {

namespace {

std::string notes_of(const CallState& call) {
  if (!call.outcome) return {};
  if (*call.outcome == Outcome::Voicemail) return call.notes.empty() ? "Voicemail" : "Voicemail: " + call.notes;
  if (*call.outcome == Outcome::HumanAnswered && call.notes.empty())
    return "Answered" + (call.duration_seconds ? ", " + std::to_string(*call.duration_seconds) + " s" : std::string{});
  return call.notes;
}

}  // namespace

SheetRowText sheet_row_text(const CallState& call, TimePoint dialed_at) {
  SheetRowText text;
  if (is_open(call.state)) {
    if (!call.call_sid.empty()) text.status = "CALLING";
  } else if (call.opted_out) {
    text.status = "DO_NOT_CALL";
  } else if (call.outcome && is_connected(*call.outcome)) {
    text.status = "COMPLETED";
  } else {
    text.status = to_string(call.outcome.value_or(Outcome::Failed));
  }
  if (text.status.empty()) return text;
  text.last_called = format_iso8601(call.initiated_at.value_or(dialed_at));
  text.notes = notes_of(call);
  return text;
}

}  // namespace otto
