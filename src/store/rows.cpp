#include "store/rows.hpp"

namespace otto::store {

CampaignSettings settings_of(const Field& settings) {
  std::vector<FieldError> ignored;  // we have written it; a newer version's further key changes nothing here
  const Json object = json_of(settings);
  return read_settings(&object, ignored);
}

Campaign campaign_of(const Row& row) {
  Campaign campaign;
  campaign.id = CampaignId{text_of(row["id"])};
  campaign.name = text_of(row["name"]);
  campaign.type = parse_campaign_type(row["type"].c_str()).value_or(CampaignType::General);
  campaign.status = parse_campaign_status(row["status"].c_str()).value_or(CampaignStatus::Stopped);
  campaign.settings = settings_of(row["settings"]);
  campaign.dealership_id = optional_text(row["dealership"]);
  campaign.sheet_id = optional_text(row["sheet"]);
  campaign.callback_url = optional_text(row["callback_url"]);
  campaign.failure_reason = optional_text(row["failure_reason"]);
  const bool is_active = campaign.status == CampaignStatus::Pending || campaign.status == CampaignStatus::Running;
  if (is_active) campaign.hold = parse_campaign_hold(optional_text(row["hold"]).value_or(""));
  campaign.hold_reason = optional_text(row["hold_reason"]).value_or("");
  campaign.held_at = optional_time(row["held_at"]);
  campaign.test_of = optional_text(row["test_of"]);
  campaign.scheduled_time = optional_time(row["scheduled_time"]);
  campaign.started_at = optional_time(row["started_at"]);
  campaign.completed_at = optional_time(row["completed_at"]);
  campaign.total_contacts = row["total"].as<int>();
  campaign.contacts_called = row["called"].as<int>();
  campaign.contacts_completed = row["completed"].as<int>();
  campaign.contacts_failed = row["failed"].as<int>();
  return campaign;
}

Contact contact_of(const Row& row, const char* id_column, const char* state_column) {
  Contact contact;
  contact.id = ContactId{row[id_column].as<std::int64_t>()};
  contact.campaign = CampaignId{text_of(row["campaign_id"])};
  contact.row = row["row_number"].as<int>();
  contact.name = text_of(row["name"]);
  contact.phone = text_of(row["phone"]);
  contact.email = text_of(row["email"]);
  const Json variables = json_of(row["variables"]);
  for (const auto& [key, value] : variables.items()) {
    if (value.is_string()) contact.variables.emplace(key, value.get<std::string>());
  }
  contact.zones = strings_of(json_of(row["zones"]));
  contact.state = parse_contact_state(row[state_column].c_str()).value_or(ContactState::Failed);
  contact.attempts = row["attempts"].as<int>();
  contact.next_at = time_of(row["next_at"]);
  contact.is_callback = row["is_callback"].as<bool>();
  return contact;
}

/// libpq folds the case of a column's name when it looks one up, so the query gives them names without capitals.
ports::CallRow call_of(const Row& row, const crypto::TextSeal& seal) {
  ports::CallRow call;
  call.id = text_of(row["id"]);
  call.call_sid = text_of(row["call_sid"]);
  call.customer_name = text_of(row["customer_name"]);
  call.customer_phone = text_of(row["customer_phone"]);
  call.customer_email = optional_text(row["customer_email"]);
  call.status = text_of(row["status"]);
  call.direction = text_of(row["direction"]);
  call.initiated_at = time_of(row["initiated_at"]);
  call.answered_at = optional_time(row["answered_at"]);
  call.completed_at = optional_time(row["completed_at"]);
  call.duration = optional_int(row["duration"]);
  call.answered_by = optional_text(row["answered_by"]);
  call.recording_url = optional_text(row["recording_url"]);
  call.recording_sid = optional_text(row["recording_sid"]);
  call.recording_duration = optional_int(row["recording_duration"]);
  if (const auto transcript = optional_text(row["transcript"])) call.transcript = seal.open(*transcript);
  call.outcome = optional_text(row["outcome"]);
  call.notes = optional_text(row["notes"]);
  call.campaign_id = optional_text(row["campaign_id"]);
  return call;
}

ports::Turn turn_of(const Row& row, const crypto::TextSeal& seal) {
  ports::Turn turn;
  turn.number = row["number"].as<int>();
  turn.role = text_of(row["role"]) == "agent" ? ports::Turn::Role::Agent : ports::Turn::Role::Customer;
  turn.text = seal.open(text_of(row["text"]));
  turn.original = seal.open(text_of(row["original"]));
  turn.at = time_of(row["at"]);
  return turn;
}

Fact fact_of(const Row& row) {
  Fact fact = fact_from_json(parse_fact_kind(row["kind"].c_str()).value_or(FactKind::Status), json_of(row["payload"]));
  fact.dedupe_key = text_of(row["dedupe_key"]);
  fact.at = time_of(row["at"]);
  fact.call_sid = text_of(row["call_sid"]);
  fact.sequence = optional_int(row["sequence"]);
  return fact;
}

std::string facts_to_jsonb(const std::vector<Fact>& facts) {
  Json list = Json::array();
  for (const Fact& fact : facts) {
    Json entry{{"dedupe_key", fact.dedupe_key},
               {"kind", to_string(fact.kind)},
               {"at", to_sql(fact.at)},
               {"call_sid", fact.call_sid},
               {"payload", fact_to_json(fact)}};
    if (fact.sequence) entry["sequence"] = *fact.sequence;
    list.push_back(std::move(entry));
  }
  return to_jsonb(std::move(list));
}

}  // namespace otto::store
