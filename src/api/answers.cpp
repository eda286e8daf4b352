#include "otto/api/answers.hpp"

#include <cmath>
#include <optional>

#include "otto/base/text.hpp"

#include "api/json_values.hpp"

namespace otto::api {

Json triggered(const NewCampaign& campaign, CampaignStatus status, std::size_t contacts,
               const std::vector<SkippedContact>& skipped, const std::vector<std::string>& warnings,
               const std::string& base_url) {
  Json rows = Json::array();
  for (const SkippedContact& row : skipped)
    rows.push_back({{"row", row.row}, {"phone", row.phone}, {"reason", row.reason}});
  return Json{{"success", true},
              {"campaignId", campaign.id.value},
              {"status", std::string{to_string(status)}},
              {"totalContacts", contacts},
              {"skippedContacts", std::move(rows)},
              {"warnings", warnings},
              {"resultsUrl", base_url + "/api/n8n/campaign-results/" + campaign.id.value}};
}

Json call_json(const ports::CallRow& call) {
  return Json{{"id", call.id},
              {"callSid", call.call_sid},
              {"customerName", call.customer_name},
              {"customerPhone", call.customer_phone},
              {"customerEmail", or_null(call.customer_email)},
              {"status", call.status},
              {"direction", call.direction},
              {"initiatedAt", format_iso8601(call.initiated_at)},
              {"answeredAt", or_null(call.answered_at)},
              {"completedAt", or_null(call.completed_at)},
              {"duration", or_null(call.duration)},
              {"answeredBy", or_null(call.answered_by)},
              {"recordingUrl", or_null(call.recording_url)},
              {"recordingSid", or_null(call.recording_sid)},
              {"recordingDuration", or_null(call.recording_duration)},
              {"transcript", or_null(call.transcript)},
              {"outcome", or_null(call.outcome)},
              {"notes", or_null(call.notes)},
              {"campaignId", or_null(call.campaign_id)}};
}

Json call_report(const ports::CallReport& report) {
  const auto ms = [](const std::optional<milliseconds>& time) { return time ? Json(time->count()) : Json(nullptr); };
  Json streams = Json::array();
  for (const ports::CallFigures& figures : report.figures) {
    Json turns = Json::array();
    for (const milliseconds turn : figures.turns) turns.push_back(turn.count());
    streams.push_back({{"endedAt", format_iso8601(figures.at)},
                       {"answerToReadyMs", ms(figures.answer_to_ready)},
                       {"answerToStreamMs", ms(figures.answer_to_stream)},
                       {"answerToAudioMs", ms(figures.answer_to_audio)},
                       {"turnLatenciesMs", std::move(turns)},
                       {"interruptions", figures.interruptions},
                       {"droppedBytes", figures.dropped_bytes}});
  }
  Json evidence = Json::array();
  for (const ports::Evidence& entry : report.evidence) {
    const auto who = entry.answered_by ? Json(to_string(*entry.answered_by)) : Json(nullptr);
    evidence.push_back({{"kind", to_string(entry.kind)},
                        {"at", format_iso8601(entry.at)},
                        {"answeredBy", who},
                        {"reason", entry.reason},
                        {"evidence", entry.evidence}});
  }
  return Json{{"success", true},
              {"call", call_json(report.call)},
              {"streams", std::move(streams)},
              {"evidence", std::move(evidence)}};
}

Json campaign_results(const ports::CampaignResults& results, int limit, const std::string& base_url) {
  const Campaign& campaign = results.campaign;
  const double rate = campaign.total_contacts == 0
                          ? 0.0
                          : std::round(10'000.0 * campaign.contacts_completed / campaign.total_contacts) / 100.0;
  Json outcomes = Json::object();
  for (const auto& [outcome, count] : results.outcomes) outcomes[outcome] = count;
  Json calls = Json::array();
  for (const ports::CallRow& call : results.calls) calls.push_back(call_json(call));
  Json uncalled = Json::array();
  for (const ports::UncalledContact& contact : results.uncalled)
    uncalled.push_back(
        {{"row", contact.row}, {"name", contact.name}, {"phone", contact.phone}, {"reason", contact.reason}});
  Json next = nullptr, cursor = nullptr;
  if (!results.next_cursor.empty()) {
    cursor = results.next_cursor;
    next = base_url + "/api/n8n/campaign-results/" + campaign.id.value + "?limit=" + std::to_string(limit) +
           "&cursor=" + percent_encode(results.next_cursor);
  }
  return Json{{"success", true},
              {"campaignId", campaign.id.value},
              {"name", campaign.name},
              {"type", std::string{to_string(campaign.type)}},
              {"status", std::string{to_string(campaign.status)}},
              {"totalContacts", campaign.total_contacts},
              {"contactsCalled", campaign.contacts_called},
              {"contactsCompleted", campaign.contacts_completed},
              {"contactsFailed", campaign.contacts_failed},
              {"contactsRemaining", results.remaining},
              {"completionRate", rate},
              {"outcomes", std::move(outcomes)},
              {"startedAt", or_null(campaign.started_at)},
              {"completedAt", or_null(campaign.completed_at)},
              {"failureReason", or_null(campaign.failure_reason)},
              {"calls", std::move(calls)},
              {"uncalledContacts", std::move(uncalled)},
              {"nextCursor", std::move(cursor)},
              {"next", std::move(next)}};
}

Json suppression_page(const ports::SuppressionPage& page, int limit, const std::string& base_url) {
  Json entries = Json::array();
  for (const ports::Suppression& entry : page.entries) {
    Json row{
        {"phone", entry.phone}, {"reason", entry.reason}, {"source", entry.source}, {"at", format_iso8601(entry.at)}};
    row["campaignId"] = entry.campaign ? Json(entry.campaign->value) : Json(nullptr);
    row["callId"] = entry.attempt ? Json(entry.attempt->value) : Json(nullptr);
    entries.push_back(std::move(row));
  }
  Json next = nullptr, cursor = nullptr;
  if (!page.next_cursor.empty()) {
    cursor = page.next_cursor;
    next = base_url + "/api/do-not-call?limit=" + std::to_string(limit) + "&cursor=" + percent_encode(page.next_cursor);
  }
  return Json{{"success", true}, {"entries", std::move(entries)}, {"nextCursor", cursor}, {"next", next}};
}

Json stopped(const CampaignId& id, const ports::Stopped& stop) {
  return Json{{"success", true},
              {"campaignId", id.value},
              {"status", std::string{to_string(stop.status)}},
              {"activeCalls", stop.active_calls}};
}

}  // namespace otto::api
