// The protocol's further commits (ARM and its undoing), and what a live call reads and writes.
#include <algorithm>

#include "otto/base/failpoint.hpp"

#include "store/attempt_sql.hpp"
#include "store/contexts.hpp"
#include "store/dial_sql.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

/// Ids arrive in URLs; what is not one names no attempt.
bool names_nothing(const AttemptId& id) { return !is_uuid(id.value); }

bool disarm_in(Transaction& tx, const AttemptId& id) {
  if (tx.exec_params(sql::kDisarm, id.value).affected_rows() == 0) return false;
  tx.exec_params0(sql::kUncountCall, id.value);
  return true;
}

std::string turns_to_jsonb(const std::vector<ports::Turn>& turns) {
  Json list = Json::array();
  for (const ports::Turn& turn : turns) {
    Json entry{{"number", turn.number},
               {"role", turn.role == ports::Turn::Role::Agent ? "agent" : "customer"},
               {"text", turn.text},
               {"at", to_sql(turn.at)}};
    if (!turn.original.empty()) entry["original"] = turn.original;
    list.push_back(std::move(entry));
  }
  return to_jsonb(std::move(list));
}

std::vector<ports::Turn> last_turns_of(Transaction& tx, const crypto::TextSeal& seal, const AttemptId& id) {
  std::vector<ports::Turn> turns;
  for (const auto& row : tx.exec_params(sql::kLastTurns, id.value)) turns.push_back(turn_of(row, seal));
  std::ranges::reverse(turns);
  return turns;
}

}  // namespace

std::string day_full(int calls_per_day) {
  return "within 24 hours " + std::to_string(calls_per_day) +
         " calls were begun over all campaigns, which is the most that OTTO_CALLS_PER_DAY allows";
}

Task<Result<bool>> Attempts::arm(AttemptId id, TimePoint now, TimePoint deadline) {
  if (names_nothing(id)) co_return false;
  auto arm = [id = std::move(id), now, deadline, most = calls_per_day_](Transaction& tx) -> Result<bool> {
    auto running = tx.ask(sql::kShareRunningCampaign, id.value);
    auto arming = tx.ask(sql::kArm, id.value, to_sql(now), to_sql(deadline));
    auto calls_of_day = tx.ask(sql::kCallsOfDay, to_sql(now));
    if (running.rows().empty()) {
      tx.abort();
      return false;
    }
    bool armed = arming.rows().affected_rows() == 1;
    if (armed && most > 0 && calls_of_day.row()[0].as<int>() > most) {
      disarm_in(tx, id);
      tx.exec_params0(sql::kWithdraw, id.value, to_sql(now), day_full(most));
      armed = false;
    }
    failpoint::pass("arm", "before_commit");
    return armed;
  };
  auto armed = co_await pool_.transact<bool>("arm", std::move(arm));
  failpoint::pass("arm", "after_commit");
  co_return armed;
}

Task<Result<bool>> Attempts::disarm(AttemptId id) {
  if (names_nothing(id)) co_return false;
  auto disarm = [id = std::move(id)](Transaction& tx) -> Result<bool> {
    const bool disarmed = disarm_in(tx, id);
    failpoint::pass("disarm", "before_commit");
    return disarmed;
  };
  auto disarmed = co_await pool_.transact<bool>("disarm", std::move(disarm));
  failpoint::pass("disarm", "after_commit");
  co_return disarmed;
}

Task<Result<void>> Attempts::withdraw(AttemptId id, TimePoint next_at, std::string reason) {
  if (names_nothing(id)) co_return Result<void>{};
  Work withdraw = [id = std::move(id), next_at, reason = std::move(reason)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kWithdraw, id.value, to_sql(next_at), clean(reason));
    return std::nullopt;
  };
  co_return co_await pool_.run("withdraw", std::move(withdraw));
}

Task<Result<std::optional<ports::AttemptContext>>> Attempts::load(AttemptId id) {
  using Found = std::optional<ports::AttemptContext>;
  if (names_nothing(id)) co_return Found{};
  auto read = [this, id = std::move(id)](Transaction& tx) -> Result<Found> {
    auto contexts = contexts_of(tx, tx.exec_params(sql::kLoadContext, id.value));
    if (contexts.empty()) return Found{};
    if (contexts.front().call.stream_started) contexts.front().last_turns = last_turns_of(tx, seal_, id);
    return Found{std::move(contexts.front())};
  };
  co_return co_await pool_.transact<Found>("load_attempt", std::move(read));
}

Task<Result<std::optional<AttemptId>>> Attempts::find_by_call(std::string call_sid) {
  using Found = std::optional<AttemptId>;
  auto find = [call_sid = std::move(call_sid)](Transaction& tx) -> Result<Found> {
    const auto rows = tx.exec_params(sql::kFindByCall, clean(call_sid));
    return rows.empty() ? Found{} : Found{AttemptId{text_of(rows[0][0])}};
  };
  co_return co_await pool_.transact<Found>("find_by_call", std::move(find));
}

Task<Result<std::vector<ports::Sighting>>> Attempts::look_at(std::vector<AttemptId> ids) {
  using Sightings = std::vector<ports::Sighting>;
  std::vector<std::string> known;
  for (const AttemptId& id : ids)
    if (!names_nothing(id)) known.push_back(id.value);
  auto look = [known = std::move(known)](Transaction& tx) -> Result<Sightings> {
    Sightings found;
    for (const auto& row : tx.exec_params(sql::kLookAt, to_array(known))) {
      ports::Sighting sighting;
      sighting.attempt = AttemptId{text_of(row["id"])};
      sighting.is_closed = row["closed"].as<bool>();
      sighting.verdict = parse_answered_by(text_of(row["verdict"]));
      sighting.streams = row["streams"].as<int>();
      sighting.streamed_by = text_of(row["streamed_by"]);
      found.push_back(std::move(sighting));
    }
    return found;
  };
  co_return co_await pool_.transact<Sightings>("look_at", std::move(look));
}

Task<Result<void>> Attempts::save_turns(AttemptId id, std::vector<ports::Turn> turns, bool final) {
  const Error unknown{Errc::NotFound, "There is no attempt \"" + clean(id.value) + "\" to save a transcript for."};
  if (names_nothing(id)) co_return unknown;
  Work save = [id = std::move(id), turns = std::move(turns), final, unknown](Transaction& tx) -> std::optional<Error> {
    const auto found =
        final ? tx.exec_params(sql::kShareAttempt, id.value) : tx.exec_params(sql::kAttemptExists, id.value);
    if (found.empty()) return unknown;
    if (!turns.empty()) tx.exec_params0(sql::kSaveTurns, id.value, turns_to_jsonb(turns));
    if (final) tx.exec_params0(sql::kWriteTranscript, id.value);
    return std::nullopt;
  };
  co_return co_await pool_.run("save_turns", std::move(save));
}

}  // namespace otto::store
