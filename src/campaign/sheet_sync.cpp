#include "otto/campaign/sheet_sync.hpp"

#include <algorithm>
#include <set>
#include <unordered_set>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/campaign/call_log.hpp"

namespace otto::campaign {

namespace {

constexpr seconds kLease{45};
constexpr seconds kLeaseMargin{3};
constexpr seconds kLongestPause{64};
constexpr milliseconds kWithoutAccount{30'000};  // the public export is throttled long before the API
constexpr minutes kHeaderIsFresh{10};
constexpr int kLogBatch = 500;
constexpr int kVerifications = 3;

Task<void> pause_for(rt::Timers& timers, milliseconds time) { co_await timers.sleep_for(time); }
Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }

/// By number, what its rows hold; a change of anything in them is a change of the number.
using Rows = std::unordered_map<std::string, std::size_t>;
Rows hash_rows(const SheetView& view) {
  Rows rows;
  const std::hash<std::string> hash;
  for (const SheetView::Row& row : view.rows()) {
    if (row.contact.phone.empty()) continue;
    std::size_t value = hash(row.contact.name) * 31 + hash(row.contact.email);
    for (const auto& [key, text] : row.contact.variables) value = value * 31 + hash(text);
    value = value * 31 + (row.is_final ? 1 : 0) + (row.is_barred ? 2 : 0);
    rows[row.contact.phone] += value;
  }
  return rows;
}

struct Compared {
  Rows rows;
  std::unordered_set<std::string> changed;  ///< numbers that have come, gone or been edited
};
Compared compare(const SheetView& view, const Rows& before) {
  Compared compared;
  compared.rows = hash_rows(view);
  for (const auto& [phone, hash] : compared.rows) {
    const auto old = before.find(phone);
    if (old == before.end() || old->second != hash) compared.changed.insert(phone);
  }
  for (const auto& [phone, hash] : before)
    if (!compared.rows.contains(phone)) compared.changed.insert(phone);
  return compared;
}

}  // namespace

struct SheetSync::Followed {
  Rows rows;
  std::set<std::string> absent;
  bool is_first = true;  ///< nothing is known yet: everything is looked at
};

struct SheetSync::Book {
  explicit Book(std::string spreadsheet) : id{std::move(spreadsheet)} {}
  std::string id;
  Jobs jobs;
  SteadyPoint lease_until, next_write;
  milliseconds read_took{0};
  int failures = 0;
  bool has_written = false;  ///< in this round
  std::map<CampaignId, Followed> followed;
  std::vector<std::string> log_header;
  SteadyPoint log_header_until;
};

SheetSync::SheetSync(Deps deps, Options options)
    : deps_{std::move(deps)}, options_{std::move(options)}, ended_{deps_.loop}, group_{deps_.loop, "sheets"} {}
SheetSync::~SheetSync() = default;

Task<void> SheetSync::run() {
  while (!stopping_) {
    auto jobs = co_await deps_.store.sheets.jobs(deps_.timers.now());
    if (jobs) {
      std::map<std::string, Jobs> by_book;
      for (ports::SheetJob& job : *jobs) {
        // Without an account only what people do in the sheets of campaigns under way is of use.
        if (deps_.writer == nullptr && !job.is_active) continue;
        by_book[job.place.id].push_back(std::move(job));
      }
      for (const auto& [id, book] : books_) book->jobs = std::exchange(by_book[id], {});
      for (auto& [id, list] : by_book) {
        if (list.empty() || books_.contains(id) || stopping_) continue;
        auto book = std::make_shared<Book>(id);
        book->jobs = std::move(list);
        books_.emplace(id, book);
        group_.spawn("sheet", keep(std::move(book)));
      }
    }
    co_await wait(options_.look);
  }
  co_await group_.join();
  for (const auto& [id, book] : books_)
    if (book->lease_until > SteadyPoint{})
      std::ignore = co_await deps_.store.leases.release("sheet:" + id, deps_.instance);
}

void SheetSync::stop() {
  stopping_ = true;
  ended_.set();
  group_.stop();  // at any await: whatever is half done is found again by its rows
}

Task<void> SheetSync::wait(milliseconds time) {
  std::ignore = co_await rt::first_of(pause_for(deps_.timers, time), wait_for(ended_));
}

bool SheetSync::holds_lease(const Book& book) const { return deps_.timers.steady() < book.lease_until; }

Task<void> SheetSync::keep(std::shared_ptr<Book> book) {
  while (!stopping_ && !book->jobs.empty()) {
    const SteadyPoint asked = deps_.timers.steady();
    auto lease = co_await deps_.store.leases.acquire("sheet:" + book->id, deps_.instance, kLease);
    if (!lease || !*lease) {  // another instance keeps it, or the database is away
      book->followed.clear();
      co_await wait(kLease / 4);
      continue;
    }
    book->lease_until = asked + kLease - kLeaseMargin;
    auto done = co_await round(*book);
    const milliseconds slow = std::min<milliseconds>(20 * book->read_took, kLongestPause);
    milliseconds pause = std::max(options_.read_every * static_cast<int>(books_.size()), slow);
    if (deps_.writer == nullptr) pause = std::max(pause, kWithoutAccount);
    if (done) {
      book->failures = 0;
    } else {
      const int doublings = std::min(book->failures++, 6);
      const milliseconds spread{static_cast<int>(deps_.dice() * 1000)};
      pause = std::max(options_.read_every, std::min<milliseconds>(seconds{1 << doublings}, kLongestPause) + spread);
      log::warn("sheet.round_failed", {{"failures", book->failures},
                                       {"again_in_ms", std::int64_t{pause.count()}},
                                       {"reason", done.error().detail}});
    }
    co_await wait(pause);
  }
  if (book->lease_until > SteadyPoint{})
    std::ignore = co_await deps_.store.leases.release("sheet:" + book->id, deps_.instance);
  books_.erase(book->id);
}

/// Every campaign of one spreadsheet once. The first failure ends it: the next one would most likely fail as well.
Task<Result<void>> SheetSync::round(Book& book) {
  const bool may_write = deps_.writer != nullptr && deps_.timers.steady() >= book.next_write;
  book.has_written = false;
  const Jobs jobs = book.jobs;
  std::optional<Error> failed;
  for (const ports::SheetJob& job : jobs) {
    auto done = co_await sync(book, job, may_write);
    if (!done) {
      failed = done.error();
      std::ignore = co_await deps_.store.sheets.remark(job.campaign, failed->detail);
      break;
    }
  }
  if (book.has_written) book.next_write = deps_.timers.steady() + options_.write_every;
  if (failed) co_return *failed;
  co_return Result<void>{};
}

Task<Result<void>> SheetSync::sync(Book& book, ports::SheetJob job, bool may_write) {
  const bool writes = may_write && job.write_back;
  if (job.is_active || (writes && job.has_unwritten)) {
    ports::SheetSource place = job.place;
    auto view = co_await read(book, place);
    if (!view) co_return view.error();
    if (job.is_active) {
      auto taken = co_await take_edits(book, job, *view);
      if (!taken) co_return taken.error();
    }
    if (writes && job.has_unwritten) {
      auto written = co_await write_rows(book, job, place, *view);
      if (!written) co_return written.error();
    }
  }
  if (writes && job.has_log) co_return co_await write_log(book, job);
  co_return Result<void>{};
}

Task<Result<std::shared_ptr<const SheetView>>> SheetSync::read(Book& book, ports::SheetSource& place) {
  const SteadyPoint began = deps_.timers.steady();
  auto table = co_await deps_.sheet.read(place);
  if (!table) co_return table.error();
  if (table->place) place = *table->place;
  auto work = [rows = std::move(*table), import = options_.import] { return SheetView::make(rows, import); };
  auto view = co_await rt::offload(deps_.workers, std::move(work));
  book.read_took = std::chrono::duration_cast<milliseconds>(deps_.timers.steady() - began);
  if (!view) co_return view.error();
  co_return std::make_shared<const SheetView>(std::move(*view));
}

// ---- what people do in the sheet ----------------------------------------------------------------------------------

Task<Result<void>> SheetSync::take_edits(Book& book, const ports::SheetJob& job,
                                         std::shared_ptr<const SheetView> view) {
  Followed& followed = book.followed[job.campaign];
  auto look = [view, before = followed.rows] { return compare(*view, before); };
  auto compared = co_await rt::offload(deps_.workers, std::move(look));
  if (!followed.is_first && compared.changed.empty() && followed.absent.empty()) co_return Result<void>{};

  std::vector<std::string> phones{compared.changed.begin(), compared.changed.end()};
  phones.insert(phones.end(), followed.absent.begin(), followed.absent.end());
  auto known = co_await deps_.store.sheets.known_numbers(job.campaign, phones);
  if (!known) co_return known.error();
  std::optional<std::vector<std::string>> of = std::move(phones);
  if (followed.is_first) of.reset();
  auto due = co_await deps_.store.sheets.due(job.campaign, std::move(of));
  if (!due) co_return due.error();

  const TimePoint now = deps_.timers.now();
  auto changed = std::make_shared<const std::unordered_set<std::string>>(std::move(compared.changed));
  auto find = [view, changed, contacts = *due, numbers = std::move(*known), follow = job.follow, now] {
    EditOptions options;
    options.follow = follow;
    options.changed = changed.get();
    return find_edits(*view, contacts, numbers, options, now);
  };
  ports::SheetEdits edits = co_await rt::offload(deps_.workers, std::move(find));
  std::set<std::string> absent;
  for (const ports::SheetContact& contact : *due)
    if (std::ranges::find(edits.absent, contact.id) != edits.absent.end()) absent.insert(contact.phone);
  if (!edits.empty()) {
    for (const auto& drop : edits.drops)
      log::info("sheet.contact_dropped",
                {{"campaign", job.campaign.value}, {"contact", drop.id.value}, {"reason", drop.reason}});
    auto edited = co_await deps_.store.sheets.edit(job.campaign, std::move(edits), now);
    if (!edited) co_return edited.error();
    if (*edited > 0) {
      log::info("sheet.edits_taken", {{"campaign", job.campaign.value}, {"contacts", *edited}});
      deps_.on_edit(job.campaign);
    }
  }
  // across await: only this book's keeper touches `followed`, and books outlive their rounds.
  followed.rows = std::move(compared.rows);
  followed.absent = std::move(absent);
  followed.is_first = false;
  co_return Result<void>{};
}

// ---- what goes into the rows --------------------------------------------------------------------------------------

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
