// The outbox of campaign callbacks; rows are queued by whatever ends a campaign (campaigns.cpp).
#include "store/lease_sql.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

Task<Result<std::vector<ports::DueHook>>> Hooks::take_due(int limit, seconds hold, TimePoint now) {
  using Due = std::vector<ports::DueHook>;
  auto take = [limit, hold, now](Transaction& tx) -> Result<Due> {
    Due due;
    for (const auto& row : tx.exec_params(sql::kTakeDueHooks, to_sql(now), to_sql(now + hold), limit)) {
      ports::DueHook hook;
      hook.id = text_of(row["id"]);
      hook.campaign = CampaignId{text_of(row["campaign_id"])};
      hook.url = text_of(row["url"]);
      hook.tries = row["tries"].as<int>();
      due.push_back(std::move(hook));
    }
    return due;
  };
  co_return co_await pool_.transact<Due>("take_hooks", std::move(take));
}

Task<Result<void>> Hooks::delivered(std::string id, TimePoint now) {
  Work mark = [id = std::move(id), now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kHookDelivered, id, to_sql(now));
    return std::nullopt;
  };
  co_return co_await pool_.run("hook_delivered", std::move(mark));
}

Task<Result<void>> Hooks::retry(std::string id, TimePoint next, std::string reason) {
  Work mark = [id = std::move(id), next, reason = std::move(reason)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kHookRetry, id, to_sql(next), clean(reason));
    return std::nullopt;
  };
  co_return co_await pool_.run("hook_retry", std::move(mark));
}

Task<Result<void>> Hooks::give_up(std::string id, std::string reason, TimePoint now) {
  Work mark = [id = std::move(id), reason = std::move(reason), now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kHookGiveUp, id, to_sql(now), clean(reason));
    return std::nullopt;
  };
  co_return co_await pool_.run("hook_give_up", std::move(mark));
}

}  // namespace otto::store
