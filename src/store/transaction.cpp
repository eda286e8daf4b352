#include "store/transaction.hpp"

#include <cstdint>
#include <string_view>

namespace otto::store {

namespace {

constexpr std::size_t kMostPending = 100;  // then it waits for their answers

std::shared_ptr<PGresult> next_answer(PGconn* wire) { return {PQgetResult(wire), &PQclear}; }

std::vector<const char*> texts_of(const std::vector<std::optional<std::string>>& values) {
  std::vector<const char*> texts;
  texts.reserve(values.size());
  for (const auto& value : values) texts.push_back(value ? value->c_str() : nullptr);
  return texts;
}

pqxx::sql_error error_of(const PGresult* answer) {
  const char* state = PQresultErrorField(answer, PG_DIAG_SQLSTATE);
  return pqxx::sql_error{PQresultErrorMessage(answer), "", state == nullptr ? "" : state};
}

}  // namespace

Transaction::Transaction(Session& session) : session_{session} {
  send_text("BEGIN", {});
  statements_ = 0;
}

Row Transaction::Asked::row() {
  const std::size_t count = rows().size();
  if (count != 1) throw pqxx::unexpected_rows{std::to_string(count) + " rows instead of one"};
  return rows()[0];
}

Transaction::Asked Transaction::send_prepared(const char* sql, const Values& values) {
  const std::string name = std::to_string(reinterpret_cast<std::uintptr_t>(sql));
  const auto texts = texts_of(values);
  const auto count = static_cast<int>(texts.size());
  if (!session_.prepared.contains(sql)) sent(PQsendPrepare(session_.wire(), name.c_str(), sql, 0, nullptr), sql);
  ++statements_;
  return sent(PQsendQueryPrepared(session_.wire(), name.c_str(), count, texts.data(), nullptr, nullptr, 0));
}

Transaction::Asked Transaction::send_text(const std::string& sql, const Values& values) {
  const auto texts = texts_of(values);
  const auto count = static_cast<int>(texts.size());
  ++statements_;
  return sent(PQsendQueryParams(session_.wire(), sql.c_str(), count, nullptr, texts.data(), nullptr, nullptr, 0));
}

Transaction::Asked Transaction::sent(int success, const char* prepares) {
  if (success != 1) lost();
  auto rows = std::make_shared<Rows>();
  pending_.push_back({rows, prepares});
  // What is prepared twice within one batch would be an error: the next of its kind may trust this one.
  if (prepares != nullptr) session_.prepared.insert(prepares);
  if (pending_.size() >= kMostPending) flush();
  return {*this, std::move(rows)};
}

void Transaction::flush() {
  if (pending_.empty()) return;
  ++round_trips_;
  const auto pending = std::exchange(pending_, {});
  PGconn* wire = session_.wire();
  if (PQpipelineSync(wire) != 1) lost();
  std::shared_ptr<PGresult> error;
  bool has_failed = false;
  for (const Pending& each : pending) {
    auto answer = next_answer(wire);
    const ExecStatusType status = PQresultStatus(answer.get());
    const bool succeeded = status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    if (succeeded) *each.rows = Rows{answer};
    has_failed |= !succeeded;
    if (!succeeded && each.prepares != nullptr) session_.prepared.erase(each.prepares);
    if (status == PGRES_FATAL_ERROR && !error) error = answer;
    if (!answer || PQstatus(wire) != CONNECTION_OK) break;
    next_answer(wire);  // the end of this one's
  }
  const bool is_at_end =
      PQstatus(wire) == CONNECTION_OK && PQresultStatus(next_answer(wire).get()) == PGRES_PIPELINE_SYNC;
  if (error && PQresultErrorField(error.get(), PG_DIAG_SQLSTATE) != nullptr) throw error_of(error.get());
  if (has_failed || !is_at_end) lost();  // also where libpq itself could not take an answer
}

void Transaction::lost() const { throw pqxx::broken_connection{PQerrorMessage(session_.wire())}; }

void Transaction::copy(const std::string& table, const std::vector<std::string>& columns,
                       const std::function<void(pqxx::stream_to&)>& write) {
  flush();
  const Session::Plain plain{session_};
  pqxx::nontransaction bare{session_};  // within ours
  pqxx::stream_to stream{bare, table, columns};
  write(stream);
  stream.complete();
}

bool Transaction::is_over() const { return pending_.empty() && PQtransactionStatus(session_.wire()) == PQTRANS_IDLE; }

void Transaction::commit() {
  if (is_over()) return;
  auto committed = send_text("COMMIT", {});
  if (std::string_view{committed.rows().tag()} != "COMMIT")
    throw pqxx::failure{"the transaction was rolled back instead of committed"};
}

void Transaction::abort() noexcept {
  // What was still to be sent may fail, and ROLLBACK with it; the second one stands alone.
  for (int tries = 0; tries < 2 && !is_over(); ++tries) {
    try {
      send_text("ROLLBACK", {}).rows();
    } catch (const std::exception&) {  // wall: whether it is over is what counts
    }
  }
}

}  // namespace otto::store
