// How calls went: the figures of each media stream, and a report of one call for a person.
#include "store/attempt_sql.hpp"
#include "store/campaign_sql.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"

namespace otto::store {

namespace {

std::optional<int> to_int(const std::optional<milliseconds>& time) {
  return time ? std::optional{static_cast<int>(time->count())} : std::nullopt;
}

std::optional<milliseconds> time_in(const Field& field) {
  const auto ms = optional_int(field);
  return ms ? std::optional{milliseconds{*ms}} : std::nullopt;
}

ports::CallFigures figures_of(const Row& row) {
  ports::CallFigures figures;
  figures.stream = text_of(row["stream"]);
  figures.at = time_of(row["at"]);
  figures.answer_to_ready = time_in(row["answer_to_ready_ms"]);
  figures.answer_to_stream = time_in(row["answer_to_stream_ms"]);
  figures.answer_to_audio = time_in(row["answer_to_audio_ms"]);
  for (const Json& turn : json_of(row["turn_ms"])) figures.turns.emplace_back(turn.get<int>());
  figures.interruptions = row["interruptions"].as<int>();
  figures.dropped_bytes = row["dropped_bytes"].as<std::int64_t>();
  return figures;
}

ports::Evidence evidence_of(const Row& row) {
  ports::Evidence evidence;
  evidence.kind = parse_fact_kind(row["kind"].c_str()).value_or(FactKind::Amd);
  evidence.at = time_of(row["at"]);
  const Fact fact = fact_from_json(evidence.kind, json_of(row["payload"]));
  evidence.answered_by = fact.answered_by;
  evidence.reason = fact.reason;
  evidence.evidence = fact.evidence;
  return evidence;
}

}  // namespace

Task<Result<void>> Attempts::save_figures(AttemptId id, ports::CallFigures figures) {
  const Error unknown{Errc::NotFound, "There is no attempt \"" + clean(id.value) + "\" to save figures for."};
  if (!is_uuid(id.value)) co_return unknown;
  Work save = [id = std::move(id), figures = std::move(figures), unknown](Transaction& tx) -> std::optional<Error> {
    if (tx.exec_params(sql::kAttemptExists, id.value).empty()) return unknown;
    std::string turns = "{";
    for (const milliseconds turn : figures.turns) {
      if (turns.size() > 1) turns += ',';
      turns += std::to_string(turn.count());
    }
    tx.exec_params0(sql::kSaveFigures, id.value, clean(figures.stream), to_sql(figures.at),
                    to_int(figures.answer_to_ready), to_int(figures.answer_to_stream), to_int(figures.answer_to_audio),
                    turns + "}", figures.interruptions, figures.dropped_bytes);
    return std::nullopt;
  };
  co_return co_await pool_.run("save_figures", std::move(save));
}

Task<Result<std::optional<ports::CallReport>>> Attempts::report(std::string call) {
  using Found = std::optional<ports::CallReport>;
  auto read = [this, call = clean(call)](Transaction& tx) -> Result<Found> {
    const auto rows = tx.exec_params(sql::kCall, call);
    if (rows.empty()) return Found{};
    ports::CallReport report;
    report.call = call_of(rows[0], seal_);
    const auto attempts = tx.exec_params(sql::kFindByCall, report.call.call_sid);
    if (attempts.empty()) return Found{std::move(report)};  // another program's call
    const auto attempt = text_of(attempts[0][0]);
    for (const auto& row : tx.exec_params(sql::kFigures, attempt)) report.figures.push_back(figures_of(row));
    for (const auto& row : tx.exec_params(sql::kEvidence, attempt)) report.evidence.push_back(evidence_of(row));
    return Found{std::move(report)};
  };
  co_return co_await pool_.transact<Found>("report", std::move(read));
}

}  // namespace otto::store
