// The dashboard's sessions and the codes of its second factor.
#include "store/session_sql.hpp"
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

Task<Result<bool>> Sessions::use(ports::SessionInUse session) {
  auto note = [session = std::move(session)](Transaction& tx) -> Result<bool> {
    if (session.signed_in == session.last_used) tx.exec_params0(sql::kForgetSessions, to_sql(session.last_used));
    const auto row = tx.exec_params1(sql::kUseSession, session.id, session.role, clean(session.peer),
                                     to_sql(session.signed_in), to_sql(session.last_used), to_sql(session.until));
    return row[0].as<bool>();
  };
  co_return co_await pool_.transact<bool>("use_session", std::move(note));
}

Task<Result<std::vector<ports::SessionInUse>>> Sessions::in_use(std::string role, TimePoint since, TimePoint now) {
  using Rows = std::vector<ports::SessionInUse>;
  auto read = [role = std::move(role), since, now](Transaction& tx) -> Result<Rows> {
    Rows rows;
    for (const auto& row : tx.exec_params(sql::kSessionsInUse, role, to_sql(since), to_sql(now))) {
      ports::SessionInUse session;
      session.id = text_of(row["id_hash"]);
      session.role = text_of(row["role"]);
      session.peer = text_of(row["peer"]);
      session.signed_in = time_of(row["signed_in_at"]);
      session.last_used = time_of(row["last_used_at"]);
      session.until = time_of(row["until"]);
      rows.push_back(std::move(session));
    }
    return rows;
  };
  co_return co_await pool_.transact<Rows>("sessions_in_use", std::move(read));
}

Task<Result<bool>> Sessions::take_code(std::string role, std::int64_t step) {
  auto take = [role = std::move(role), step](Transaction& tx) -> Result<bool> {
    tx.exec_params0(sql::kForgetCodes, role, step);
    return tx.exec_params(sql::kTakeCode, role, step).affected_rows() == 1;
  };
  co_return co_await pool_.transact<bool>("take_code", std::move(take));
}

}  // namespace otto::store
