// What the reconciler looks for: work that a dead process, a lost callback or an ambiguous answer has left behind.
// Lists are at most 100 rows, oldest first.
#include "store/attempt_sql.hpp"
#include "store/contexts.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

using Contexts = std::vector<ports::AttemptContext>;

/// Whom `take` has taken for now.
template <std::size_t N>
Contexts taken(Transaction& tx, const char (&take)[N], TimePoint now) {
  std::vector<std::string> ids;
  for (const auto& row : tx.exec_params(take, to_sql(now))) ids.push_back(text_of(row[0]));
  return ids.empty() ? Contexts{} : contexts_of(tx, tx.exec_params(sql::kTaken, to_array(ids)));
}

}  // namespace

Task<Result<int>> Attempts::release_abandoned_intents(TimePoint older_than, TimePoint now) {
  auto release = [older_than, now](Transaction& tx) -> Result<int> {
    return tx.exec_params(sql::kReleaseAbandoned, to_sql(older_than), to_sql(now)).affected_rows();
  };
  co_return co_await pool_.transact<int>("release_intents", std::move(release));
}

Task<Result<int>> Attempts::mark_overdue_unknown(TimePoint now) {
  auto mark = [now](Transaction& tx) -> Result<int> {
    return tx.exec_params(sql::kMarkOverdue, to_sql(now)).affected_rows();
  };
  co_return co_await pool_.transact<int>("mark_unknown", std::move(mark));
}

Task<Result<Contexts>> Attempts::unknown() {
  auto read = [](Transaction& tx) -> Result<Contexts> { return contexts_of(tx, tx.exec_params(sql::kUnknown)); };
  co_return co_await pool_.transact<Contexts>("unknown", std::move(read));
}

Task<Result<Contexts>> Attempts::silent(TimePoint quiet_since, std::vector<AttemptId> known_to_live) {
  std::vector<std::string> except;
  for (AttemptId& id : known_to_live)
    if (is_uuid(id.value)) except.push_back(std::move(id.value));
  auto read = [quiet_since, except = std::move(except)](Transaction& tx) -> Result<Contexts> {
    return contexts_of(tx, tx.exec_params(sql::kSilent, to_sql(quiet_since), to_array(except)));
  };
  co_return co_await pool_.transact<Contexts>("silent", std::move(read));
}

Task<Result<Contexts>> Attempts::take_unanalysed(TimePoint now) {
  auto take = [now](Transaction& tx) -> Result<Contexts> { return taken(tx, sql::kTakeUnanalysed, now); };
  co_return co_await pool_.transact<Contexts>("unanalysed", std::move(take));
}

Task<Result<Contexts>> Attempts::take_unrecorded(TimePoint now) {
  auto take = [now](Transaction& tx) -> Result<Contexts> { return taken(tx, sql::kTakeUnrecorded, now); };
  co_return co_await pool_.transact<Contexts>("unrecorded", std::move(take));
}

}  // namespace otto::store
