// Why a campaign waits, and what was decided about each of its contacts.
#include "store/campaign_sql.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

ports::ContactDecision decision_of(const Row& row) {
  ports::ContactDecision decision;
  decision.contact = contact_of(row, "id", "state");
  decision.rule = text_of(row["decision"]);
  decision.reason = text_of(row["decision_reason"]);
  decision.at = optional_time(row["decided_at"]);
  decision.last_error = text_of(row["last_error"]);
  decision.suppressed = row["suppressed"].as<bool>();
  return decision;
}

Error no_campaign(const CampaignId& id) {
  return {Errc::NotFound, "There is no campaign \"" + clean(id.value) + "\"."};
}

}  // namespace

Task<Result<ports::CampaignState>> Campaigns::state(CampaignId id, TimePoint now) {
  using State = ports::CampaignState;
  auto read = [id = std::move(id), now](Transaction& tx) -> Result<State> {
    const auto found = tx.exec_params(sql::kLoadCampaign, clean(id.value));
    const auto figures = tx.exec_params(sql::kCampaignState, clean(id.value), to_sql(now));
    if (found.empty() || figures.empty()) return no_campaign(id);
    State state;
    state.campaign = campaign_of(found[0]);
    state.open_calls = figures[0]["calls"].as<int>();
    state.calls_closed = figures[0]["calls_closed"].as<int>();
    state.spent_micros = figures[0]["spent_micros"].as<std::int64_t>();
    state.reserved_micros = figures[0]["reserved"].as<std::int64_t>();
    state.account_calls = figures[0]["account_calls"].as<int>();
    state.calls_of_day = figures[0]["calls_of_day"].as<int>();
    state.rate_wait = milliseconds{figures[0]["rate_wait"].as<std::int64_t>()};
    const auto next = tx.exec_params(sql::kNextDecision, id.value);
    if (!next.empty()) state.next = decision_of(next[0]);
    for (const auto& row : tx.exec_params(sql::kRuleCounts, id.value))
      state.rules.push_back({text_of(row[0]), row[1].as<std::int64_t>(), time_of(row[2]), text_of(row[3])});
    return state;
  };
  co_return co_await pool_.transact<State>("campaign_state", std::move(read));
}

Task<Result<ports::ContactDecision>> Campaigns::decision(CampaignId id, std::string phone) {
  using Decision = ports::ContactDecision;
  auto read = [id = std::move(id), phone = std::move(phone)](Transaction& tx) -> Result<Decision> {
    if (tx.exec_params(sql::kLoadCampaign, clean(id.value)).empty()) return no_campaign(id);
    const auto rows = tx.exec_params(sql::kDecision, id.value, clean(phone));
    if (rows.empty())
      return Error{Errc::NotFound, "The campaign has no contact with the number " + clean(phone) +
                                       "; rows that could not be called are in the trigger's skippedContacts."};
    return decision_of(rows[0]);
  };
  co_return co_await pool_.transact<Decision>("contact_decision", std::move(read));
}

}  // namespace otto::store
