#include "otto/model/event.hpp"

#include <optional>
#include <utility>

namespace otto {

namespace {

Json or_null(const std::optional<TimePoint>& time) { return time ? Json(format_iso8601(*time)) : Json(nullptr); }
Json or_null(const std::optional<int>& number) { return number ? Json(*number) : Json(nullptr); }
Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }
template <class Label>
Json label_or_null(const std::optional<Label>& label) {
  return label ? Json(std::string{to_string(*label)}) : Json(nullptr);
}

/// Names as in public."OutboundCall" where it has them.
Json call_data(const CallState& call, const EventContact& contact) {
  return {{"attemptId", contact.attempt.value},
          {"attempt", contact.attempt_number},
          {"row", contact.row},
          {"callSid", or_null(call.call_sid)},
          {"customerName", contact.name},
          {"customerPhone", contact.phone},
          {"customerEmail", or_null(contact.email)},
          {"status", std::string{public_status(call.state)}},
          {"initiatedAt", or_null(call.initiated_at)},
          {"answeredAt", or_null(call.answered_at)},
          {"completedAt", or_null(call.completed_at)},
          {"duration", or_null(call.duration_seconds)},
          {"answeredBy", label_or_null(call.answered_by)},
          {"outcome", label_or_null(call.outcome)},
          {"notes", or_null(call.notes)},
          {"recordingUrl", or_null(call.recording_url)},
          {"recordingDuration", or_null(call.recording_seconds)},
          {"callbackAt", or_null(call.callback_at)},
          {"optedOut", call.opted_out}};
}

}  // namespace

Event campaign_event(std::string_view what, const Campaign& campaign) {
  Json data{{"name", campaign.name},
            {"type", std::string{to_string(campaign.type)}},
            {"status", std::string{to_string(campaign.status)}},
            {"totalContacts", campaign.total_contacts},
            {"contactsCalled", campaign.contacts_called},
            {"contactsCompleted", campaign.contacts_completed},
            {"contactsFailed", campaign.contacts_failed},
            {"startedAt", or_null(campaign.started_at)},
            {"completedAt", or_null(campaign.completed_at)}};
  Json reason = nullptr;
  if (campaign.failure_reason) reason = *campaign.failure_reason;
  if (campaign.hold) reason = campaign.hold_reason;
  data["hold"] = label_or_null(campaign.hold);
  data["reason"] = std::move(reason);
  return {"campaign." + std::string{what}, std::move(data)};
}

std::vector<Event> call_events(const CallState& before, const CallState& after, bool closed_now,
                               const EventContact& contact) {
  std::vector<Event> events;
  const auto add = [&](const char* type) { events.push_back({type, call_data(after, contact)}); };
  if (before.call_sid.empty() && !after.call_sid.empty()) add("call.dialed");
  if (!before.answered_at && after.answered_at) add("call.answered");
  if (closed_now)
    add("call.ended");
  else if (!is_open(after.state) && call_data(before, contact) != call_data(after, contact))
    add("call.updated");
  return events;
}

Event do_not_call_event(const std::string& phone, const std::string& source, const std::string& reason) {
  return {"contact.do_not_call", {{"phone", phone}, {"source", source}, {"reason", reason}}};
}

std::string event_body(const CampaignId& campaign, std::int64_t sequence, const std::string& type, TimePoint at,
                       const std::string& data) {
  Json body{{"type", type},
            {"timestamp", format_iso8601(at)},
            {"campaignId", campaign.value},
            {"sequence", sequence},
            {"data", nullptr}};
  if (auto parsed = parse_json(data)) body["data"] = std::move(*parsed);
  return dump_json(body);
}

}  // namespace otto
