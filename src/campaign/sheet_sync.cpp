#include "otto/campaign/sheet_sync.hpp"

#include <algorithm>

#include "otto/base/log.hpp"

#include "campaign/sheet_book.hpp"

namespace otto::campaign {

namespace {

constexpr seconds kLease{45};
// A write begins only while so much of the lease is left: it may still be carried out when we have given it up.
constexpr seconds kLeaseMargin{18};
// The provider's minute is refilled within a minute; longer pauses would only keep people waiting.
constexpr seconds kLongestBackoff{32};
// What a person must mend (a tab that is gone, a sheet no longer shared) is looked for so often.
constexpr minutes kLongestUnmended{5};
constexpr milliseconds kWithoutAccount{30'000};  // the public export is throttled long before the API
// A hundred thousand rows take a second or two to fetch and compare: that may be done every fiftieth.
constexpr std::chrono::microseconds kPausePerRow{500};

Task<void> pause_for(rt::Timers& timers, milliseconds time) { co_await timers.sleep_for(time); }
Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }

/// Nobody has to do anything about it, and the other campaigns' tabs would fare alike.
bool passes(Errc code) {
  switch (code) {
    case Errc::RateLimited:
    case Errc::ProviderUnavailable:
    case Errc::TimedOut:
    case Errc::Cancelled:
    case Errc::DatabaseUnavailable:
    case Errc::Overloaded:
      return true;
    default:
      return false;
  }
}

}  // namespace

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

/// Doubles from a second, and is spread by up to another.
milliseconds SheetSync::backoff(int failures, milliseconds longest) const {
  const milliseconds spread{static_cast<int>(deps_.dice() * 1000)};
  return std::min<milliseconds>(seconds{1 << std::min(failures, 12)}, longest) + spread;
}

/// All sheets share one quota, and a round reads each of its tabs.
milliseconds SheetSync::pause_after_round(const Book& book) const {
  int tabs = 0;
  for (const auto& [id, other] : books_)
    tabs += static_cast<int>(std::ranges::count_if(other->jobs, [&](const ports::SheetJob& job) {
      const auto tab = other->tabs.find(job.campaign);
      return tab == other->tabs.end() || tab->second.not_before <= deps_.timers.steady();
    }));
  const auto long_sheet = std::chrono::duration_cast<milliseconds>(kPausePerRow * book.rows);
  const milliseconds pause = std::max(options_.read_every * std::max(tabs, 1), long_sheet);
  return deps_.writer == nullptr ? std::max(pause, kWithoutAccount) : pause;
}

Task<void> SheetSync::keep(std::shared_ptr<Book> book) {
  while (!stopping_ && !book->jobs.empty()) {
    const SteadyPoint asked = deps_.timers.steady();
    auto lease = co_await deps_.store.leases.acquire("sheet:" + book->id, deps_.instance, kLease);
    if (!lease || !*lease) {  // another instance keeps it, or the database is away
      book->tabs.clear();
      co_await wait(kLease / 4);
      continue;
    }
    book->lease_until = asked + kLease - kLeaseMargin;
    auto done = co_await round(*book);
    milliseconds pause = pause_after_round(*book);
    if (done) {
      book->failures = 0;
    } else {
      pause = std::max(pause, backoff(book->failures++, kLongestBackoff));
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

/// Every campaign of one spreadsheet once. A failure that the others would share ends it; one of its own leaves only
/// this campaign's tab alone for a while.
Task<Result<void>> SheetSync::round(Book& book) {
  const bool may_write = deps_.writer != nullptr && deps_.timers.steady() >= book.next_write;
  book.has_written = false;
  book.rows = 0;
  const Jobs jobs = book.jobs;
  std::erase_if(book.tabs, [&](const auto& tab) {
    return std::ranges::find(jobs, tab.first, &ports::SheetJob::campaign) == jobs.end();
  });
  for (const ports::SheetJob& job : jobs) {
    Tab& tab = book.tabs[job.campaign];
    if (deps_.timers.steady() < tab.not_before) continue;
    auto done = co_await sync(book, tab, job, may_write);
    if (done) {
      tab.failures = 0;
      if (std::exchange(tab.is_remarked, false)) std::ignore = co_await deps_.store.sheets.remark(job.campaign, "");
      continue;
    }
    tab.is_remarked = true;
    std::ignore = co_await deps_.store.sheets.remark(job.campaign, done.error().detail);
    if (passes(done.error().code)) co_return done.error();
    const milliseconds pause = backoff(tab.failures++, kLongestUnmended);
    tab.not_before = deps_.timers.steady() + pause;
    log::warn("sheet.tab_failed", {{"campaign", job.campaign.value},
                                   {"failures", tab.failures},
                                   {"again_in_ms", std::int64_t{pause.count()}},
                                   {"reason", done.error().detail}});
  }
  if (book.has_written) book.next_write = deps_.timers.steady() + options_.write_every;
  co_return Result<void>{};
}

Task<Result<void>> SheetSync::sync(Book& book, Tab& tab, ports::SheetJob job, bool may_write) {
  const bool writes = may_write && job.write_back;
  if (job.is_active || (writes && job.has_unwritten)) {
    ports::SheetSource place = job.place;
    auto view = co_await read_checked(book, tab, job, place);
    if (!view) co_return view.error();
    auto taken = co_await take_edits(tab, job, *view);
    if (!taken) co_return taken.error();
    if (writes && job.has_unwritten) {
      auto written = co_await write_rows(book, tab, job, place, *view);
      if (!written) co_return written.error();
    }
  }
  if (writes && job.has_log) co_return co_await write_log(book, job);
  co_return Result<void>{};
}

Task<Result<SheetSync::View>> SheetSync::read(Book& book, ports::SheetSource& place) {
  auto table = co_await deps_.sheet.read(place);
  if (!table) co_return table.error();
  if (table->place) place = *table->place;
  auto work = [rows = std::move(*table), import = options_.import] { return SheetView::make(rows, import); };
  auto view = co_await rt::offload(deps_.workers, std::move(work));
  if (view) book.rows = std::max(book.rows, view->rows().size());
  if (!view) co_return view.error();
  co_return std::make_shared<const SheetView>(std::move(*view));
}

/// What stands in the tab once nothing of ours stands in wrong rows: people's edits are looked for only then.
Task<Result<SheetSync::View>> SheetSync::read_checked(Book& book, Tab& tab, const ports::SheetJob& job,
                                                      ports::SheetSource& place) {
  const bool writes = deps_.writer != nullptr && job.write_back;
  auto view = co_await read(book, place);
  if (!view || !writes) co_return view;
  if (tab.unchecked) {
    auto settled = co_await settle_rows(book, tab, place);
    if (!settled) co_return settled.error();
    view = co_await read(book, place);
  }
  if (!view || tab.is_clean) co_return view;
  view = co_await clear_earlier(book, job, place, *view);
  tab.is_clean = view.has_value();
  co_return view;
}

}  // namespace otto::campaign
