#include "otto/api/view_answers.hpp"

#include "otto/api/answers.hpp"
#include "otto/api/csv.hpp"
#include "otto/base/text.hpp"

#include "api/json_values.hpp"

namespace otto::api {

namespace {

Json text_or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

double money(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }
Json money_or_null(const std::optional<std::int64_t>& micros) { return micros ? Json(money(*micros)) : Json(nullptr); }

Json sheet_json(const ports::CampaignDetail::Sheet& sheet) {
  std::string url = "https://docs.google.com/spreadsheets/d/" + percent_encode(sheet.id) + "/edit";
  if (sheet.gid) url += "#gid=" + *sheet.gid;
  return Json{{"id", sheet.id}, {"tab", sheet.tab}, {"url", url}};
}

Json turn_json(const ports::Turn& turn) {
  return Json{{"number", turn.number},
              {"role", turn.role == ports::Turn::Role::Agent ? "agent" : "customer"},
              {"text", turn.text},
              {"original", text_or_null(turn.original)},
              {"at", format_iso8601(turn.at)}};
}

}  // namespace

Json campaign_summary(const ports::CampaignLine& line) {
  const int remaining = std::max(0, line.total_contacts - line.contacts_completed - line.contacts_failed);
  return Json{{"campaignId", line.id.value},
              {"name", line.name},
              {"type", std::string{to_string(line.type)}},
              {"status", std::string{to_string(line.status)}},
              {"hold", line.hold ? Json(to_string(*line.hold)) : Json(nullptr)},
              {"holdReason", line.hold ? Json(line.hold_reason) : Json(nullptr)},
              {"totalContacts", line.total_contacts},
              {"contactsCalled", line.contacts_called},
              {"contactsCompleted", line.contacts_completed},
              {"contactsFailed", line.contacts_failed},
              {"contactsRemaining", remaining},
              {"liveCalls", line.live_calls},
              {"createdAt", or_null(line.created_at)},
              {"startedAt", or_null(line.started_at)},
              {"completedAt", or_null(line.completed_at)},
              {"failureReason", or_null(line.failure_reason)}};
}

Json campaign_detail(const ports::CampaignDetail& detail) {
  const Budget& budget = detail.settings.budget;
  Json outcomes = Json::object(), hours = Json::array();
  for (const auto& [outcome, count] : detail.outcomes) outcomes[outcome] = count;
  for (const ports::HourOfCalls& hour : detail.hours)
    hours.push_back({{"hour", format_iso8601(hour.hour)}, {"calls", hour.calls}, {"answered", hour.answered}});
  return Json{{"success", true},
              {"campaign", campaign_summary(detail.line)},
              {"settings", write_settings(detail.settings)},
              {"outcomes", std::move(outcomes)},
              {"sheet", detail.sheet ? sheet_json(*detail.sheet) : Json(nullptr)},
              {"cost",
               {{"spent", money(detail.spent_micros)},
                {"reserved", money(detail.reserved_micros)},
                {"limit", or_null(budget.max_cost)},
                {"pricePerMinute", budget.price_per_minute}}},
              {"hours", std::move(hours)}};
}

Json contact_row(const ports::ContactLine& line) {
  return Json{{"id", std::to_string(line.id.value)},
              {"row", line.row},
              {"name", line.name},
              {"phone", line.phone},
              {"email", text_or_null(line.email)},
              {"state", to_string(line.state)},
              {"attempts", line.attempts},
              {"nextAt", or_null(line.next_at)},
              {"reason", text_or_null(line.reason)},
              {"callId", or_null(line.call_id)},
              {"status", or_null(line.status)},
              {"outcome", or_null(line.outcome)},
              {"answeredBy", or_null(line.answered_by)},
              {"duration", or_null(line.duration)},
              {"lastCallAt", or_null(line.last_call_at)}};
}

Json call_summary(const ports::CallLine& line, const IsHere& is_here) {
  return Json{{"callId", line.id},
              {"callSid", line.call_sid},
              {"campaignId", or_null(line.campaign_id)},
              {"campaignName", or_null(line.campaign_name)},
              {"customerName", line.customer_name},
              {"customerPhone", line.customer_phone},
              {"status", line.status},
              {"state", text_or_null(line.attempt_state)},
              {"outcome", or_null(line.outcome)},
              {"answeredBy", or_null(line.answered_by)},
              {"initiatedAt", format_iso8601(line.initiated_at)},
              {"answeredAt", or_null(line.answered_at)},
              {"completedAt", or_null(line.completed_at)},
              {"duration", or_null(line.duration)},
              {"cost", money_or_null(line.cost_micros)},
              {"hasRecording", line.has_recording},
              {"isHere", line.attempt && is_here(*line.attempt)}};
}

Json call_detail(const ports::CallDetail& detail, const IsHere& is_here) {
  Json answer = call_report(detail.report);
  Json timeline = Json::array(), turns = Json::array(), writes = Json::array();
  for (const TimelineEntry& entry : timeline_of(detail))
    timeline.push_back({{"at", format_iso8601(entry.at)}, {"kind", entry.kind}, {"text", entry.text}});
  const auto answered = detail.line.answered_at;
  for (const ports::Turn& turn : detail.turns) {
    Json json = turn_json(turn);
    json["offsetMs"] = answered ? Json(std::chrono::duration_cast<milliseconds>(turn.at - *answered).count()) : Json();
    turns.push_back(std::move(json));
  }
  for (const ports::SheetWrite& write : detail.sheet_writes)
    writes.push_back({{"at", or_null(write.at)},
                      {"where", write.where},
                      {"value", write.value},
                      {"state", write.is_written ? "written" : "waiting"}});
  answer["summary"] = call_summary(detail.line, is_here);
  answer["campaignName"] = or_null(detail.line.campaign_name);
  answer["cost"] = money_or_null(detail.line.cost_micros);
  answer["timeline"] = std::move(timeline);
  answer["turns"] = std::move(turns);
  answer["sheetWrites"] = std::move(writes);
  return answer;
}

Json turn_event(const ports::TurnLine& line) {
  Json json = turn_json(line.turn);
  json["callId"] = line.call_id;
  return json;
}

std::string contacts_csv_head() {
  return std::string{kByteOrderMark} +
         csv_line({"Row", "Name", "Phone", "Email", "State", "Attempts", "Next attempt", "Reason", "Last call",
                   "Status", "Outcome", "Answered by", "Seconds", "Call"});
}

std::string contact_csv_line(const ports::ContactLine& line) {
  const auto time = [](const std::optional<TimePoint>& at) { return at ? format_iso8601(*at) : std::string{}; };
  return csv_line({std::to_string(line.row), line.name, line.phone, line.email, std::string{to_string(line.state)},
                   std::to_string(line.attempts), time(line.next_at), line.reason, time(line.last_call_at),
                   line.status.value_or(""), line.outcome.value_or(""), line.answered_by.value_or(""),
                   line.duration ? std::to_string(*line.duration) : "", line.call_id.value_or("")});
}

}  // namespace otto::api
