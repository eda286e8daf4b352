// A campaign as its caller sees it: counters, outcomes and pages of calls.
#include <algorithm>

#include "store/campaign_sql.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

constexpr int kMaxUncalled = 500;

/// A cursor is the id of the last call of the page before.
bool is_cursor(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

}  // namespace

Task<Result<ports::CampaignResults>> Campaigns::results(CampaignId id, int limit, std::string cursor) {
  using Results = ports::CampaignResults;
  if (!is_cursor(cursor) || limit < 0)
    co_return Error{Errc::InvalidInput, "The cursor is not one that an earlier page has given."};
  auto read = [this, id = std::move(id), limit, cursor = std::move(cursor)](Transaction& tx) -> Result<Results> {
    const auto found = tx.exec_params(sql::kLoadCampaign, clean(id.value));
    if (found.empty()) return Error{Errc::NotFound, "There is no campaign \"" + clean(id.value) + "\"."};
    Results results;
    results.campaign = campaign_of(found[0]);
    results.remaining = std::max(
        0, results.campaign.total_contacts - results.campaign.contacts_completed - results.campaign.contacts_failed);
    for (const auto& row : tx.exec_params(sql::kOutcomes, id.value))
      results.outcomes.emplace(row[0].c_str(), row[1].as<int>());
    if (limit == 0) return results;
    if (cursor.empty() && results.campaign.contacts_failed > 0)
      for (const auto& row : tx.exec_params(sql::kUncalled, id.value, kMaxUncalled))
        results.uncalled.push_back({row[0].as<int>(), text_of(row[1]), text_of(row[2]), text_of(row[3])});
    const auto calls = tx.exec_params(sql::kCalls, id.value, cursor, limit + 1);
    for (const auto& row : calls) {
      if (results.calls.size() == static_cast<std::size_t>(limit)) {
        results.next_cursor = results.calls.back().id;
        break;
      }
      results.calls.push_back(call_of(row, seal_));
    }
    return results;
  };
  co_return co_await pool_.transact<Results>("results", std::move(read));
}

}  // namespace otto::store
