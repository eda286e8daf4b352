// Keeps sheets and database in step while campaigns run, and afterwards until all of it is written: what calls have
// become goes into the rows and the call log, what people change in the rows goes into the contacts. One instance per
// spreadsheet at a time, by a lease. A sheet that cannot be reached never holds a call up: the rows that say what is
// unwritten stay, and are worked off when it is back.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "otto/campaign/sheet_rows.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/offload.hpp"
#include "otto/rt/time.hpp"

namespace otto::campaign {

class SheetSync {
 public:
  /// Everything outlives the sync.
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::Store& store;
    ports::Sheet& sheet;
    ports::SheetWriter* writer = nullptr;  ///< none: nothing is written
    boost::asio::thread_pool& workers;     ///< where large tables are compared
    InstanceId instance;
    std::function<void(const CampaignId&)> on_edit;           ///< contacts of it have changed
    std::function<void(std::vector<std::string>)> end_calls;  ///< unanswered ones, by SID, to numbers that are barred
    std::function<double()> dice;                             ///< in [0, 1)
  };
  struct Options {
    ImportOptions import;
    milliseconds look{1000};           ///< how often new work is looked for
    milliseconds read_every{5000};     ///< one tab; longer with several tabs and for long ones
    milliseconds write_every{15'000};  ///< one sheet: at most four rounds a minute, each one write and one append
    int batch = 1000;                  ///< rows of one round
    Options() = default;
  };
  SheetSync(Deps deps, Options options);
  ~SheetSync();

  /// Works until stop() has been called; then the rounds under way have ended.
  Task<void> run();
  void stop();

 private:
  struct Unchecked;  ///< a write
  struct Tab;        ///< a campaign's
  struct Book;       ///< one spreadsheet
  using View = std::shared_ptr<const SheetView>;
  using Jobs = std::vector<ports::SheetJob>;

  Task<void> keep(std::shared_ptr<Book> book);
  Task<Result<void>> round(Book& book);
  Task<Result<void>> sync(Book& book, Tab& tab, ports::SheetJob job, bool may_write);
  Task<Result<View>> read(Book& book, ports::SheetSource& place);
  Task<Result<View>> read_checked(Book& book, Tab& tab, const ports::SheetJob& job, ports::SheetSource& place);
  Task<Result<View>> clear_earlier(Book& book, const ports::SheetJob& job, ports::SheetSource place, View view);
  Task<Result<void>> bar_numbers(const ports::SheetJob& job, View view,
                                 std::shared_ptr<const std::unordered_set<std::string>> changed);
  Task<Result<void>> take_edits(Tab& tab, const ports::SheetJob& job, View view);
  Task<Result<void>> write_rows(Book& book, Tab& tab, const ports::SheetJob& job, ports::SheetSource place, View view);
  Task<Result<void>> settle_rows(Book& book, Tab& tab, ports::SheetSource place);
  Task<Result<void>> write_log(Book& book, const ports::SheetJob& job);
  Task<void> wait(milliseconds time);
  bool holds_lease(const Book& book) const;
  milliseconds backoff(int failures, milliseconds longest) const;
  milliseconds pause_after_round(const Book& book) const;

  Deps deps_;
  Options options_;
  bool stopping_ = false;
  rt::Event ended_;
  std::map<std::string, std::shared_ptr<Book>> books_;
  rt::Group group_;
};

}  // namespace otto::campaign
