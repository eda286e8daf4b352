// Sessions that were signed out.
#include "store/sql.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

Task<Result<void>> Sessions::revoke(std::vector<std::string> ids, TimePoint until, TimePoint now) {
  Work add = [ids = std::move(ids), until, now](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kForgetRevoked, to_sql(now));
    tx.exec_params0(sql::kRevokeSessions, to_array(ids), to_sql(until));
    return std::nullopt;
  };
  co_return co_await pool_.run("revoke_sessions", std::move(add));
}

Task<Result<std::vector<std::string>>> Sessions::revoked(TimePoint now) {
  using Ids = std::vector<std::string>;
  auto read = [now](Transaction& tx) -> Result<Ids> {
    Ids ids;
    for (const auto& row : tx.exec_params(sql::kRevokedSessions, to_sql(now))) ids.push_back(text_of(row[0]));
    return ids;
  };
  co_return co_await pool_.transact<Ids>("revoked_sessions", std::move(read));
}

}  // namespace otto::store
