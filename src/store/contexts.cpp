#include "store/contexts.hpp"

#include <map>

#include "otto/model/state.hpp"

#include "store/attempt_sql.hpp"

namespace otto::store {

AttemptState protocol_state(std::string_view stored_state) {
  return stored_state == to_string(AttemptState::Intent) ? AttemptState::Intent : AttemptState::Sending;
}

std::vector<ports::AttemptContext> contexts_of(Transaction& tx, const Rows& rows) {
  if (rows.empty()) return {};
  std::vector<std::string> ids;
  for (const auto& row : rows) ids.push_back(text_of(row["id"]));
  std::map<std::string, std::vector<Fact>, std::less<>> facts;
  for (const auto& row : tx.exec_params(sql::kFactsOfMany, to_array(ids)))
    facts[text_of(row["attempt_id"])].push_back(fact_of(row));

  std::vector<ports::AttemptContext> contexts;
  for (const auto& row : rows) {
    ports::AttemptContext context;
    context.attempt = AttemptId{text_of(row["id"])};
    context.campaign = CampaignId{text_of(row["campaign_id"])};
    context.type = parse_campaign_type(row["type"].c_str()).value_or(CampaignType::General);
    context.settings = settings_of(row["settings"]);
    context.campaign_status = parse_campaign_status(row["status"].c_str()).value_or(CampaignStatus::Stopped);
    context.contact = contact_of(row, "contact_id", "contact_state");
    context.from = text_of(row["from_e164"]);
    context.call = fold(protocol_state(row["attempt_state"].c_str()), facts[context.attempt.value]);
    context.sending_at = time_of(row["sending_at"]);
    context.dealership_id = optional_text(row["dealership"]);
    contexts.push_back(std::move(context));
  }
  return contexts;
}

}  // namespace otto::store
