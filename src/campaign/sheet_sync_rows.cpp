// What SheetSync writes: the contacts' rows and the call log.
#include <algorithm>

#include "otto/base/log.hpp"
#include "otto/campaign/call_log.hpp"

#include "campaign/sheet_book.hpp"

namespace otto::campaign {

namespace {

constexpr minutes kHeaderIsFresh{10};
constexpr int kLogBatch = 500;
constexpr int kVerifications = 3;

}  // namespace

Task<Result<void>> SheetSync::write_rows(Book& book, const ports::SheetJob& job, ports::SheetSource place,
                                         std::shared_ptr<const SheetView> view) {
  auto contacts = co_await deps_.store.sheets.unwritten(job.campaign, options_.batch);
  if (!contacts) co_return contacts.error();
  if (contacts->empty()) co_return Result<void>{};
  auto decide = [view, rows = *contacts] { return decide_rows(*view, rows); };
  std::vector<RowDecision> decisions = co_await rt::offload(deps_.workers, std::move(decide));

  std::vector<ports::SheetCell> cells;
  std::vector<std::pair<ContactId, SheetRowText>> aims;
  for (const RowDecision& decision : decisions) {
    if (!decision.settled.remark.empty())
      log::info("sheet.row_remark", {{"contact", decision.settled.id.value}, {"remark", decision.settled.remark}});
    if (decision.cells.empty()) continue;
    aims.emplace_back(decision.settled.id, decision.text);
    cells.insert(cells.end(), decision.cells.begin(), decision.cells.end());
  }
  if (!cells.empty()) {
    auto aimed = co_await deps_.store.sheets.aim(std::move(aims));
    if (!aimed) co_return aimed.error();
    book.has_written = true;
    const auto may_send = [this, &book] { return holds_lease(book); };
    auto written = co_await deps_.writer->write(place, std::move(cells), may_send);
    if (!written) co_return written.error();
    auto settled = co_await settle_rows(book, place, view, std::move(decisions), std::move(*contacts));
    if (!settled) co_return settled.error();
    co_return Result<void>{};
  }
  std::vector<ports::SheetSettled> settled;
  for (RowDecision& decision : decisions) settled.push_back(std::move(decision.settled));
  co_return co_await deps_.store.sheets.settle(std::move(settled), deps_.timers.now());
}

/// Reads the sheet again and believes only what stands in the right row: between reading and writing somebody may have
/// sorted it. What fell into other rows is put back. True when all stands where it should.
Task<Result<bool>> SheetSync::settle_rows(Book& book, ports::SheetSource place, std::shared_ptr<const SheetView> before,
                                          std::vector<RowDecision> decisions,
                                          std::vector<ports::SheetContact> contacts) {
  Verdict verdict;
  for (int i = 0; i < kVerifications; ++i) {
    auto after = co_await read(book, place);
    if (!after) co_return after.error();
    auto check = [before, now = *after, decisions, contacts] {
      return verify_rows(*before, *now, decisions, contacts);
    };
    verdict = co_await rt::offload(deps_.workers, std::move(check));
    if (verdict.repairs.empty()) break;
    log::warn("sheet.rows_moved", {{"cells", std::uint64_t{verdict.repairs.size()}}});
    const auto may_send = [this, &book] { return holds_lease(book); };
    auto repaired = co_await deps_.writer->write(place, verdict.repairs, may_send);
    if (!repaired) co_return repaired.error();
  }
  std::vector<ports::SheetSettled> settled;
  bool all = true;
  for (std::size_t i = 0; i < decisions.size(); ++i) {
    ports::SheetSettled& row = settled.emplace_back(std::move(decisions[i].settled));
    row.is_written = row.is_written && verdict.confirmed[i];
    all = all && (row.is_written || row.is_missing);
  }
  auto stored = co_await deps_.store.sheets.settle(std::move(settled), deps_.timers.now());
  if (!stored) co_return stored.error();
  co_return all;
}

Task<Result<void>> SheetSync::write_log(Book& book, const ports::SheetJob& job) {
  auto entries = co_await deps_.store.sheets.due_log(job.campaign, kLogBatch, deps_.timers.now());
  if (!entries) co_return entries.error();
  if (entries->empty()) co_return Result<void>{};
  ports::SheetSource place;
  place.id = book.id;
  place.tab = kCallLogTab;
  const auto may_send = [this, &book] { return holds_lease(book); };
  const bool look =
      std::ranges::any_of(*entries, &ports::SheetLogEntry::was_sent) || deps_.timers.steady() >= book.log_header_until;
  std::vector<AttemptId> appended;
  if (look) {
    auto log = co_await deps_.sheet.read(place);
    if (log) {
      book.log_header = log->header;
      auto missing = missing_lines(*log, *entries);
      for (const ports::SheetLogEntry& entry : *entries)
        if (std::ranges::find(missing, entry.attempt, &ports::SheetLogEntry::attempt) == missing.end())
          appended.push_back(entry.attempt);
      *entries = std::move(missing);
    } else if (log.error().code == Errc::NotFound) {
      book.has_written = true;
      auto added = co_await deps_.writer->add_tab(place, call_log_header(), may_send);
      if (!added) co_return added.error();
      book.log_header = call_log_header();
    } else if (log.error().code != Errc::InvalidInput && log.error().code != Errc::TooLarge) {
      co_return log.error();  // an empty tab, or one too long to look through, still takes lines
    }
    book.log_header_until = deps_.timers.steady() + kHeaderIsFresh;
  }
  if (!entries->empty()) {
    std::vector<AttemptId> ids;
    std::vector<std::vector<std::string>> lines;
    for (const ports::SheetLogEntry& entry : *entries) {
      ids.push_back(entry.attempt);
      lines.push_back(call_log_line(book.log_header, entry));
    }
    auto sent = co_await deps_.store.sheets.log_sent(ids);
    if (!sent) co_return sent.error();
    book.has_written = true;
    auto written = co_await deps_.writer->append(place, std::move(lines), may_send);
    if (!written) {
      if (written.error().code == Errc::NotFound) book.log_header_until = {};  // somebody has deleted the tab
      co_return written.error();
    }
    appended.insert(appended.end(), ids.begin(), ids.end());
  }
  co_return co_await deps_.store.sheets.log_appended(std::move(appended), deps_.timers.now());
}

}  // namespace otto::campaign
