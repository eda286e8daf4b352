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

Task<Result<void>> SheetSync::write_rows(Book& book, Tab& tab, const ports::SheetJob& job, ports::SheetSource place,
                                         View view) {
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
    tab.unchecked.emplace();
    tab.unchecked->before = view;
    tab.unchecked->decisions = std::move(decisions);
    tab.unchecked->contacts = std::move(*contacts);
    book.has_written = true;
    const auto may_send = [this, &book] { return holds_lease(book); };
    auto written = co_await deps_.writer->write(place, std::move(cells), may_send);
    if (!written) co_return written.error();
    co_return co_await settle_rows(book, tab, place);
  }
  std::vector<ports::SheetSettled> settled;
  for (RowDecision& decision : decisions) settled.push_back(std::move(decision.settled));
  co_return co_await deps_.store.sheets.settle(std::move(settled), deps_.timers.now());
}

/// Reads the sheet again and believes only what stands in the right row: between reading and writing somebody may have
/// sorted it. What fell into other rows is put back. Until that is done the write stays unchecked, and the next round
/// begins here.
Task<Result<void>> SheetSync::settle_rows(Book& book, Tab& tab, ports::SheetSource place) {
  const auto write = std::make_shared<const Unchecked>(*tab.unchecked);
  Verdict verdict;
  for (int i = 0; i == 0 || !verdict.repairs.empty(); ++i) {
    if (i == kVerifications)
      co_return Error{Errc::ProviderUnavailable, "People keep moving the sheet's rows; what was written is unsure."};
    if (i > 0) {
      log::warn("sheet.rows_moved", {{"cells", std::uint64_t{verdict.repairs.size()}}});
      const auto may_send = [this, &book] { return holds_lease(book); };
      auto repaired = co_await deps_.writer->write(place, verdict.repairs, may_send);
      if (!repaired) co_return repaired.error();
    }
    auto after = co_await read(book, place);
    if (!after) co_return after.error();
    auto check = [write, now = *after] { return verify_rows(*write->before, *now, write->decisions, write->contacts); };
    verdict = co_await rt::offload(deps_.workers, std::move(check));
  }
  std::vector<ports::SheetSettled> settled;
  for (std::size_t i = 0; i < write->decisions.size(); ++i) {
    ports::SheetSettled& row = settled.emplace_back(write->decisions[i].settled);
    row.is_written = row.is_written && verdict.confirmed[i];
  }
  auto stored = co_await deps_.store.sheets.settle(std::move(settled), deps_.timers.now());
  if (stored) tab.unchecked.reset();
  co_return stored;
}

/// An instance that was cut off between a write and its check may have left texts in rows that had moved meanwhile.
/// What it aimed at which contact is known, and what those rows showed before as far as Otto has seen it.
Task<Result<SheetSync::View>> SheetSync::clear_earlier(Book& book, const ports::SheetJob& job, ports::SheetSource place,
                                                       View view) {
  auto aimed = co_await deps_.store.sheets.aimed(job.campaign);
  if (!aimed) co_return aimed.error();
  for (int i = 0; i < kVerifications && !aimed->empty(); ++i) {
    auto look = [view, contacts = *aimed] { return find_strays(*view, contacts); };
    const auto strays = co_await rt::offload(deps_.workers, std::move(look));
    if (strays.empty()) break;
    std::vector<std::string> phones;
    for (const Stray& stray : strays) phones.push_back(stray.phone);
    auto owners = co_await deps_.store.sheets.with_numbers(job.campaign, std::move(phones));
    if (!owners) co_return owners.error();
    auto cells = clear_strays(*view, *aimed, strays, *owners);
    if (cells.empty()) break;
    log::warn("sheet.strays_cleared", {{"campaign", job.campaign.value}, {"cells", std::uint64_t{cells.size()}}});
    const auto may_send = [this, &book] { return holds_lease(book); };
    auto cleared = co_await deps_.writer->write(place, std::move(cells), may_send);
    if (!cleared) co_return cleared.error();
    auto again = co_await read(book, place);
    if (!again) co_return again.error();
    view = *again;
  }
  co_return view;
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
