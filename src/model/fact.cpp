#include "otto/model/fact.hpp"

#include "model/labels.hpp"

namespace otto {

namespace {

using Label = std::string_view;
constexpr std::array<Label, 9> kLegStatuses{"queued", "initiated", "ringing", "in-progress", "completed",
                                            "busy",   "no-answer", "failed",  "canceled"};
constexpr std::array<Label, 7> kAnsweredBy{
    "human", "machine_start", "machine_end_beep", "machine_end_silence", "machine_end_other", "fax", "unknown"};
constexpr std::array<Label, 22> kKinds{"placed",
                                       "refused",
                                       "ambiguous",
                                       "not_placed",
                                       "status",
                                       "fetched",
                                       "amd",
                                       "recording",
                                       "answered",
                                       "stream_started",
                                       "stream_ended",
                                       "conversation_started",
                                       "conversation_ended",
                                       "conversation_analysed",
                                       "machine_handled",
                                       "greeting_heard",
                                       "opted_out",
                                       "callback_agreed",
                                       "transferred",
                                       "hours_closed",
                                       "tool_used",
                                       "key_pressed"};

void put(Json& object, const char* key, const std::string& text) {
  if (!text.empty()) object[key] = text;
}
void put(Json& object, const char* key, const std::optional<int>& number) {
  if (number) object[key] = *number;
}
std::optional<int> number(const Json& object, std::string_view key) {
  const auto value = integer_at(object, key);
  return value ? std::optional{static_cast<int>(*value)} : std::nullopt;
}

}  // namespace

std::string_view to_string(LegStatus status) noexcept { return model::label_of(kLegStatuses, status); }
std::string_view to_string(AnsweredBy who) noexcept { return model::label_of(kAnsweredBy, who); }
std::string_view to_string(FactKind kind) noexcept { return model::label_of(kKinds, kind); }

std::optional<LegStatus> parse_leg_status(std::string_view text) noexcept {
  return model::parse_label<LegStatus>(kLegStatuses, text);
}
std::optional<AnsweredBy> parse_answered_by(std::string_view text) noexcept {
  return model::parse_label<AnsweredBy>(kAnsweredBy, text);
}
std::optional<FactKind> parse_fact_kind(std::string_view text) noexcept {
  return model::parse_label<FactKind>(kKinds, text);
}

Json fact_to_json(const Fact& fact) {
  Json payload = Json::object();
  if (fact.status) payload["status"] = to_string(*fact.status);
  if (fact.answered_by) payload["answered_by"] = to_string(*fact.answered_by);
  put(payload, "duration_seconds", fact.duration_seconds);
  put(payload, "sip_code", fact.sip_code);
  put(payload, "error_code", fact.error_code);
  put(payload, "reason", fact.reason);
  put(payload, "recording_sid", fact.recording_sid);
  put(payload, "recording_url", fact.recording_url);
  put(payload, "recording_status", fact.recording_status);
  put(payload, "recording_seconds", fact.recording_seconds);
  put(payload, "conversation_id", fact.conversation_id);
  put(payload, "user_turns", fact.user_turns);
  put(payload, "agent_turns", fact.agent_turns);
  put(payload, "summary", fact.summary);
  put(payload, "evidence", fact.evidence);
  if (fact.callback_at) payload["callback_at"] = format_iso8601(*fact.callback_at);
  put(payload, "asked", fact.asked);
  if (fact.is_error) payload["is_error"] = true;
  return payload;
}

Fact fact_from_json(FactKind kind, const Json& payload) {
  Fact fact{kind};
  fact.status = parse_leg_status(text_at(payload, "status"));
  fact.answered_by = parse_answered_by(text_at(payload, "answered_by"));
  fact.duration_seconds = number(payload, "duration_seconds");
  fact.sip_code = number(payload, "sip_code");
  fact.error_code = text_at(payload, "error_code");
  fact.reason = text_at(payload, "reason");
  fact.recording_sid = text_at(payload, "recording_sid");
  fact.recording_url = text_at(payload, "recording_url");
  fact.recording_status = text_at(payload, "recording_status");
  fact.recording_seconds = number(payload, "recording_seconds");
  fact.conversation_id = text_at(payload, "conversation_id");
  fact.user_turns = number(payload, "user_turns");
  fact.agent_turns = number(payload, "agent_turns");
  fact.summary = text_at(payload, "summary");
  fact.evidence = text_at(payload, "evidence");
  if (const auto at = parse_iso8601(text_at(payload, "callback_at"))) fact.callback_at = *at;
  fact.asked = text_at(payload, "asked");
  fact.is_error = text_at(payload, "is_error") == "true";
  return fact;
}

}  // namespace otto
