// Calls as people look at them, and what the live feed follows.
#include "store/paging.hpp"
#include "store/rows.hpp"
#include "store/tables.hpp"
#include "store/view_rows.hpp"
#include "store/view_sql.hpp"

namespace otto::store {

namespace {

std::vector<ports::SheetWrite> sheet_writes_of(Transaction& tx, const std::string& attempt) {
  std::vector<ports::SheetWrite> writes;
  for (const auto& row : tx.exec_params(sql::kSheetCellsOfCall, attempt)) {
    const bool is_written = row["written"].as<bool>();
    writes.push_back({std::nullopt, "Status", text_of(row["status"]), is_written});
    writes.push_back({std::nullopt, "Last Called", text_of(row["last_called"]), is_written});
    if (!row["notes"].is_null() && !text_of(row["notes"]).empty())
      writes.push_back({std::nullopt, "Notes", text_of(row["notes"]), is_written});
  }
  for (const auto& row : tx.exec_params(sql::kSheetLogOfCall, attempt))
    writes.push_back({optional_time(row["appended_at"]), "Call Log", "", !row["appended_at"].is_null()});
  return writes;
}

std::vector<ports::CallLine> lines_of(const Rows& rows) {
  std::vector<ports::CallLine> lines;
  for (const auto& row : rows) lines.push_back(call_line_of(row));
  return lines;
}

std::vector<std::string> texts_of(const std::vector<CampaignId>& ids) {
  std::vector<std::string> texts;
  for (const CampaignId& id : ids) texts.push_back(clean(id.value));
  return texts;
}

}  // namespace

ports::CallLine call_line_of(const Row& row) {
  ports::CallLine line;
  line.id = text_of(row["id"]);
  line.call_sid = text_of(row["call_sid"]);
  line.customer_name = text_of(row["customer_name"]);
  line.customer_phone = text_of(row["customer_phone"]);
  line.status = text_of(row["status"]);
  line.campaign_id = optional_text(row["campaign_id"]);
  line.campaign_name = optional_text(row["campaign_name"]);
  line.outcome = optional_text(row["outcome"]);
  line.answered_by = optional_text(row["answered_by"]);
  line.initiated_at = time_of(row["initiated_at"]);
  line.answered_at = optional_time(row["answered_at"]);
  line.completed_at = optional_time(row["completed_at"]);
  line.duration = optional_int(row["duration"]);
  line.has_recording = row["has_recording"].as<bool>();
  if (const auto attempt = optional_text(row["attempt"])) line.attempt = AttemptId{*attempt};
  line.attempt_state = text_of(row["attempt_state"]);
  if (!row["cost_micros"].is_null()) line.cost_micros = row["cost_micros"].as<std::int64_t>();
  return line;
}

Task<Result<ports::CallPage>> PostgresViews::calls(ports::CallAsk ask) {
  using Page = ports::CallPage;
  if (!is_id_cursor(ask.cursor) || ask.limit < 1) co_return bad_cursor();
  auto read = [ask = std::move(ask)](Transaction& tx) -> Result<Page> {
    const auto cursor = null_without(ask.cursor);
    Page page;
    page.calls =
        lines_of(ask.campaign ? tx.exec_text(sql::kCallLinesOf, clean(ask.campaign->value), cursor, ask.limit + 1)
                              : tx.exec_text(sql::kCallLines, cursor, ask.limit + 1));
    if (page.calls.size() > static_cast<std::size_t>(ask.limit)) {
      page.calls.pop_back();
      page.next_cursor = page.calls.back().id;
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("view_calls", std::move(read));
}

Task<Result<std::vector<ports::CallLine>>> PostgresViews::live_calls() {
  using Lines = std::vector<ports::CallLine>;
  auto read = [](Transaction& tx) -> Result<Lines> { return lines_of(tx.exec_params(sql::kLiveCalls)); };
  co_return co_await pool_.transact<Lines>("view_live_calls", std::move(read));
}

Task<Result<ports::CallDetail>> PostgresViews::call(std::string call) {
  using Detail = ports::CallDetail;
  auto report = co_await attempts_.report(call);
  if (!report) co_return report.error();
  const Error unknown{Errc::NotFound, "There is no call with this id or CallSid."};
  if (!*report) co_return unknown;
  auto read = [this, call = clean(call), report = std::move(**report), unknown](Transaction& tx) -> Result<Detail> {
    const auto found = tx.exec_params(sql::kCallLine, call);
    if (found.empty()) return unknown;
    Detail detail;
    detail.report = report;
    detail.line = call_line_of(found[0]);
    if (!detail.line.attempt) return detail;  // another program's call
    const std::string attempt = detail.line.attempt->value;
    for (const auto& row : tx.exec_params(sql::kFactsOfCall, attempt, detail.line.call_sid))
      detail.facts.push_back(fact_of(row));
    for (const auto& row : tx.exec_params(sql::kTurns, attempt)) detail.turns.push_back(turn_of(row, seal_));
    detail.sheet_writes = sheet_writes_of(tx, attempt);
    return detail;
  };
  co_return co_await pool_.transact<Detail>("view_call", std::move(read));
}

Task<Result<ports::LiveView>> PostgresViews::live(ports::LiveAsk ask) {
  auto read = [this, ask = std::move(ask)](Transaction& tx) -> Result<ports::LiveView> {
    ports::LiveView view;
    for (const auto& row : tx.exec_params(sql::kLiveCampaigns, to_array(texts_of(ask.campaigns))))
      view.campaigns.push_back(campaign_line_of(row));
    view.calls = lines_of(tx.exec_params(sql::kLiveCalls));
    if (!ask.calls.empty())
      for (auto& line : lines_of(tx.exec_params(sql::kCallLinesById, to_array(ask.calls))))
        view.calls.push_back(std::move(line));
    Json known = Json::array();
    for (const ports::CallLine& line : view.calls) {
      if (!line.attempt) continue;
      const auto number = ask.turns_known.find(*line.attempt);
      known.push_back(
          {{"attempt", line.attempt->value}, {"known", number == ask.turns_known.end() ? -1 : number->second}});
    }
    if (known.empty()) return view;
    for (const auto& row : tx.exec_params(sql::kNewTurns, to_jsonb(std::move(known))))
      view.turns.push_back({text_of(row["call_id"]), turn_of(row, seal_)});
    return view;
  };
  co_return co_await pool_.transact<ports::LiveView>("view_live", std::move(read));
}

}  // namespace otto::store
