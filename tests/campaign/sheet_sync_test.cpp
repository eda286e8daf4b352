// SheetSync on virtual time, against a sheet and a store in memory: its pace, what it does when the provider fails, and
// every point at which its instance can be killed while people move rows about.
#include "otto/campaign/sheet_sync.hpp"

#include <future>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/campaign/call_log.hpp"

#include "tests/fakes/fake_sheet.hpp"
#include "tests/fakes/fake_sheet_store.hpp"

namespace otto::campaign {
namespace {

using namespace std::chrono_literals;
using fakes::FakeSheet;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const TimePoint kMorning = *parse_iso8601("2027-01-15T18:00:00Z");
constexpr const char* kTab = "Outbound Campaigns";
enum Column : std::size_t { kName, kPhone, kStatus, kCalled, kNotes, kVehicle };

class SheetSyncTest : public testing::Test {
 protected:
  SheetSyncTest() { sheet.tabs[kTab] = {{"Name", "Phone", "Status", "Last Called", "Notes", "Vehicle"}}; }
  ~SheetSyncTest() override {
    kill();
    workers.join();
  }

  CampaignId add_campaign(const std::string& name, const std::string& spreadsheet = "1Sheet",
                          const std::string& tab = kTab) {
    ports::SheetJob job;
    job.campaign = CampaignId{name};
    job.place.id = spreadsheet;
    job.place.tab = tab;
    job.write_back = job.is_active = true;
    sheets.campaigns.push_back(job);
    return job.campaign;
  }
  /// A row, and the contact that was made of it.
  void add_person(std::int64_t n, const CampaignId& campaign, const std::string& notes = "",
                  const std::string& tab = kTab) {
    fakes::FakeSheetStore::Row row;
    row.campaign = campaign;
    row.contact.id = ContactId{n};
    row.contact.name = name(n);
    row.contact.phone = phone(n);
    row.contact.variables = {{"Notes", notes}, {"Vehicle", "Car " + std::to_string(n)}};
    row.contact.seen.notes = row.contact.kept_notes = notes;
    sheets.rows[n] = row;
    sheet.tabs[tab].push_back({name(n), phone(n), "", "", notes, "Car " + std::to_string(n)});
  }
  static std::string name(std::int64_t n) { return "Customer " + std::to_string(n); }
  static std::string phone(std::int64_t n) { return "+1415555" + std::to_string(100 + n).insert(0, "0"); }
  static SheetRowText text(const std::string& status, int minute, const std::string& notes = "") {
    return {status, "2027-01-15T18:0" + std::to_string(minute) + ":00.123Z", notes};
  }
  void end_call(std::int64_t n, const std::string& status = "BUSY") {
    sheets.want(n, text(status, static_cast<int>(n), status == "COMPLETED" ? "Will come." : ""));
    sheets.rows.at(n).contact.state = ContactState::Completed;
  }
  void add_line(const CampaignId& campaign, int n) {
    fakes::FakeSheetStore::Line line;
    line.campaign = campaign;
    line.entry.attempt = AttemptId{"attempt-" + std::to_string(n)};
    line.entry.call_sid = "CA" + std::to_string(n);
    line.entry.at = line.due = kMorning;
    sheets.lines.push_back(line);
  }
  /// The row that holds the person's number.
  FakeSheet::Cells row_of(std::int64_t n, const std::string& tab = kTab) {
    const auto& rows = sheet.tabs.at(tab);
    const auto at = std::ranges::find(rows, phone(n), [](const auto& cells) { return cells.at(kPhone); });
    return at == rows.end() ? FakeSheet::Cells(6) : *at;
  }
  void reverse_rows() {
    auto& rows = sheet.tabs.at(kTab);
    std::reverse(rows.begin() + 1, rows.end());
  }

  void start(bool with_writer = true) {
    SheetSync::Deps deps{loop,
                         timers,
                         store,
                         sheet,
                         with_writer ? &sheet : nullptr,
                         workers,
                         InstanceId{"i"},
                         [this](const CampaignId& id) { edited.push_back(id.value); },
                         [this](std::vector<std::string> sids) { ended = std::move(sids); },
                         [] { return 0.5; }};
    sync = std::make_unique<SheetSync>(std::move(deps), SheetSync::Options{});
    group.spawn("sync", sync->run());
    run(0ms);
  }
  /// At whatever it awaits, as SIGKILL would: nothing more is sent or stored.
  void kill() {
    if (!sync) return;
    sheets.is_away = fake.failures = 1000;
    sync->stop();
    while (group.size() > 0) run(1s);
    sync.reset();
    sheets.dies_at.clear();
    sheets.is_away = false;
    fake.failures = 0;
  }
  /// Lets pool threads keep up: time moves on by 250 ms when all of them are idle.
  void run(milliseconds time) {
    settle();
    for (; time > 0ms; time -= 250ms) {
      timers.advance(std::min<milliseconds>(time, 250ms));
      settle();
    }
  }
  /// Until it is so; false after `limit`.
  template <class Condition>
  bool run_until(const Condition& condition, milliseconds limit = 120s) {
    for (; limit > 0ms && !condition(); limit -= 250ms) run(250ms);
    return condition();
  }
  bool all_written() {
    return run_until([&] { return sheets.all_written(); });
  }
  /// The longest and the busiest that the provider saw.
  int most_a_minute(const std::string& verb) const {
    int most = 0;
    for (const auto& [what, from] : sheet.asked) {
      int count = 0;
      for (const auto& [other, at] : sheet.asked)
        count += other.starts_with(verb) && at >= from && at < from + 60s ? 1 : 0;
      most = std::max(most, count);
    }
    return most;
  }

  Loop loop{1};
  rt::VirtualTimers timers{loop, kMorning};
  fakes::FakeStore fake;
  fakes::FakeSheetStore sheets;
  ports::Store store{fake, fake, fake, fake.hooks, sheets, fake, fake.events, fake.store().ping};
  FakeSheet sheet{timers};
  boost::asio::thread_pool workers{1};
  rt::Group group{loop, "test"};
  std::unique_ptr<SheetSync> sync;
  std::vector<std::string> edited, ended;

 private:
  void settle() {
    for (;;) {
      std::promise<void> idle;
      boost::asio::post(workers, [&] { idle.set_value(); });
      idle.get_future().wait();
      if (loop.stopped()) loop.restart();
      if (loop.poll() == 0) return;
      timers.advance(0ms);
    }
  }
};

// ---- pace -----------------------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, AHundredCallsAMinuteAreFourWritesAMinute) {
  const auto campaign = add_campaign("a");
  for (int n = 1; n <= 9; ++n) add_person(n, campaign);
  start();

  for (int i = 0; i < 100; ++i) {
    sheets.want(1 + i % 9, text(i % 2 == 0 ? "CALLING" : "BUSY", i % 9));
    add_line(campaign, i);
    run(1s);
  }
  EXPECT_TRUE(all_written());

  EXPECT_LE(most_a_minute("write"), 5);
  EXPECT_LE(most_a_minute("append"), 5);
  EXPECT_LE(most_a_minute("read"), 20);
  EXPECT_EQ(sheet.tabs.at(kCallLogTab).size(), 101U);
}

TEST_F(SheetSyncTest, SeveralTabsShareTheQuota) {
  for (int book = 0; book < 4; ++book) {
    for (int tab = 0; tab < 3; ++tab) {
      const std::string title = "Tab " + std::to_string(book) + std::to_string(tab);
      sheet.tabs[title] = sheet.tabs.at(kTab);
      const auto campaign = add_campaign(title, "book " + std::to_string(book), title);
      add_person(book * 10 + tab + 1, campaign, "", title);
    }
  }
  start();

  for (int i = 0; i < 240; ++i) {
    for (auto& [id, row] : sheets.rows) sheets.want(id, text(i % 2 == 0 ? "CALLING" : "BUSY", 1));
    run(1s);
  }
  EXPECT_TRUE(all_written());

  // Each read is two requests of the provider's sixty a minute.
  EXPECT_LE(most_a_minute("read"), 30);
  EXPECT_LE(most_a_minute("write"), 40);
  EXPECT_GE(sheet.count("read"), 12 * 4) << "and every tab has its turn once a minute";
}

TEST_F(SheetSyncTest, ALongTabIsReadLessOften) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  for (int n = 0; n < 20'000; ++n) sheet.tabs[kTab].push_back({"", "no number", "", "", "", ""});
  start();
  run(60s);
  EXPECT_LE(sheet.count("read"), 7) << "ten seconds between two reads of twenty thousand rows";
  EXPECT_GE(sheet.count("read"), 5);
}

// ---- what fails -----------------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, AnOutageIsAskedAboutEverMoreSeldomAndItsEndIsNoticedWithinHalfAMinute) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  start();
  end_call(1);
  sheet.faults["read"].assign(1000, FakeSheet::Fault{});

  run(10min);
  EXPECT_LE(sheet.count("read"), 28);
  sheet.faults.clear();
  const SteadyPoint back = timers.steady();
  EXPECT_TRUE(all_written());

  EXPECT_LE(timers.steady() - back, 34s);
  EXPECT_EQ(row_of(1)[kStatus], "BUSY");
}

TEST_F(SheetSyncTest, AStormOfRefusalsIsOverSoonAfterItsEnd) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  start();
  end_call(1);
  sheet.faults["write"] = {{Errc::RateLimited, false}, {Errc::RateLimited, false}, {Errc::ProviderUnavailable, true}};
  const SteadyPoint began = timers.steady();
  EXPECT_TRUE(all_written());
  EXPECT_LE(timers.steady() - began, 25s)
      << "a refused write is repeated as the backoff says, not a write's pause later";
}

TEST_F(SheetSyncTest, ATabThatIsGoneHoldsNoOtherTabUp) {
  const auto gone = add_campaign("gone", "1Sheet", "No such tab"), other = add_campaign("other");
  sheet.tabs["No such tab"] = {};
  add_person(1, gone, "", "No such tab");
  add_person(2, other);
  sheet.tabs.erase("No such tab");
  end_call(1);
  end_call(2);
  start();

  EXPECT_TRUE(run_until([&] { return !sheets.rows.at(2).is_unwritten(); }, 30s));
  EXPECT_EQ(sheets.remarks[gone], "There is no such tab.");
  EXPECT_EQ(sheets.remarks[other], "");
  run(30min);
  EXPECT_LE(sheet.count("read No such"), 16) << "what a person must mend is not asked for all the time";
  sheet.tabs["No such tab"] = sheet.tabs.at(kTab);
  sheet.tabs["No such tab"].resize(1);
  sheet.tabs["No such tab"].push_back({name(1), phone(1), "", "", "", "Car 1"});
  EXPECT_TRUE(run_until([&] { return sheets.all_written(); }, 6min));
  EXPECT_EQ(sheets.remarks[gone], "") << "a remark goes when it does not hold any more";
}

TEST_F(SheetSyncTest, AnotherInstancesSheetIsLeftAlone) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  fake.lease_is_held_by_another = true;
  end_call(1);
  start();
  run(2min);
  EXPECT_THAT(sheet.asked, IsEmpty());
  fake.lease_is_held_by_another = false;
  EXPECT_TRUE(all_written());
}

// ---- killed ---------------------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, KilledAfterTheWriteAndBeforeTheMarkItFindsItsOwnTextAgain) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign, "likes tea");
  end_call(1, "COMPLETED");
  sheets.dies_at = "settle";
  start();
  run(20s);
  ASSERT_EQ(row_of(1)[kStatus], "COMPLETED");
  kill();
  sheets.want(1, text("COMPLETED", 1, "Will come on Friday."));  // the summary has come meanwhile

  start();
  EXPECT_TRUE(all_written());

  EXPECT_EQ(row_of(1)[kNotes], "likes tea\nWill come on Friday.") << "what the dead instance wrote is not a person's";
  EXPECT_EQ(sheets.rows.at(1).remark, "");
}

TEST_F(SheetSyncTest, AnAppendWhoseReplyIsLostIsNotRepeated) {
  const auto campaign = add_campaign("a");
  sheet.tabs[kCallLogTab] = {call_log_header()};
  for (int n = 1; n <= 3; ++n) add_line(campaign, n);
  sheet.faults["append"] = {{Errc::TimedOut, true}};
  start();
  EXPECT_TRUE(all_written());
  EXPECT_EQ(sheet.tabs.at(kCallLogTab).size(), 4U);
  EXPECT_EQ(sheet.count("append"), 1);
}

TEST_F(SheetSyncTest, KilledAfterTheAppendAndBeforeTheMarkItLooksBeforeItAppends) {
  const auto campaign = add_campaign("a");
  sheet.tabs[kCallLogTab] = {call_log_header()};
  for (int n = 1; n <= 3; ++n) add_line(campaign, n);
  sheets.dies_at = "log_appended";
  start();
  run(20s);
  ASSERT_EQ(sheet.tabs.at(kCallLogTab).size(), 4U);
  kill();
  add_line(campaign, 4);

  start();
  EXPECT_TRUE(all_written());

  EXPECT_EQ(sheet.tabs.at(kCallLogTab).size(), 5U);
  EXPECT_EQ(sheet.count("append"), 2);
}

TEST_F(SheetSyncTest, KilledBeforeTheAppendItAppendsAfterwards) {
  const auto campaign = add_campaign("a");
  sheet.tabs[kCallLogTab] = {call_log_header()};
  add_line(campaign, 1);
  sheet.faults["append"].assign(1, FakeSheet::Fault{Errc::ProviderUnavailable, false});
  start();
  run(1s);
  kill();
  ASSERT_TRUE(sheets.lines[0].entry.was_sent);
  start();
  EXPECT_TRUE(all_written());
  EXPECT_EQ(sheet.tabs.at(kCallLogTab).size(), 2U);
}

// ---- people in between ----------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, ASortBetweenReadAndWriteIsPutRightAtOnce) {
  const auto campaign = add_campaign("a");
  for (int n = 1; n <= 5; ++n) add_person(n, campaign, "note " + std::to_string(n));
  end_call(1, "COMPLETED");
  end_call(2);
  sheet.before_write = [this] { reverse_rows(); };
  start();
  EXPECT_TRUE(all_written());
  EXPECT_EQ(row_of(1)[kStatus], "COMPLETED");
  EXPECT_EQ(row_of(1)[kNotes], "note 1\nWill come.");
  EXPECT_EQ(row_of(2)[kStatus], "BUSY");
  for (const int n : {3, 4, 5}) {
    EXPECT_EQ(row_of(n)[kStatus], "");
    EXPECT_EQ(row_of(n)[kCalled], "");
    EXPECT_EQ(row_of(n)[kNotes], "note " + std::to_string(n));
  }
}

TEST_F(SheetSyncTest, WhatAPersonTypesBetweenReadAndWriteIsNotTakenForOttos) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  end_call(1);
  start();
  ASSERT_TRUE(all_written());
  sheets.want(1, text("COMPLETED", 2, "Will come."));
  sheet.after_write = [this] { sheet.cell(kTab, 2, kNotes) = "typed meanwhile"; };
  EXPECT_TRUE(all_written());
  EXPECT_THAT(row_of(1)[kNotes], HasSubstr("typed meanwhile"));
  EXPECT_THAT(row_of(1)[kNotes], HasSubstr("Will come."));
  EXPECT_EQ(row_of(1)[kStatus], "COMPLETED");
}

TEST_F(SheetSyncTest, ARowThatIsMissingIsNotedAndAfterTenMinutesGivenUp) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  add_person(2, campaign);
  end_call(1);
  sheet.tabs[kTab].erase(sheet.tabs[kTab].begin() + 1);
  start();
  run(1min);
  EXPECT_THAT(sheets.rows.at(1).remark, HasSubstr("not in the sheet any more"));
  EXPECT_FALSE(sheets.all_written());
  EXPECT_TRUE(run_until([&] { return sheets.all_written(); }, 11min));
  EXPECT_EQ(sheet.tabs[kTab].size(), 2U) << "it is not made anew";
  EXPECT_EQ(sheet.count("write"), 0);
}

TEST_F(SheetSyncTest, RowsThatPeopleAddAreContactsOnlyWhenTheSheetIsFollowed) {
  add_campaign("a");
  const auto follows = add_campaign("b", "2Sheet", "Other tab");
  sheet.tabs["Other tab"] = sheet.tabs.at(kTab);
  sheets.campaigns.back().follow = true;
  start();
  run(6s);
  for (const char* tab : {kTab, "Other tab"})
    sheet.tabs[tab].push_back({"Added", tab == std::string{kTab} ? phone(7) : phone(8), "", "", "", ""});
  run(30s);
  ASSERT_EQ(sheets.rows.size(), 1U);
  EXPECT_EQ(sheets.rows.begin()->second.campaign, follows);
  EXPECT_EQ(sheets.rows.begin()->second.contact.phone, phone(8));
  EXPECT_THAT(edited, ElementsAre("b"));
}

TEST_F(SheetSyncTest, WithoutAnAccountOnlyEditsAreRead) {
  const auto campaign = add_campaign("a");
  sheets.campaigns.back().write_back = false;
  add_person(1, campaign);
  start(false);
  run(1s);
  sheet.cell(kTab, 2, kName) = "Maria";
  run(2min);
  EXPECT_EQ(sheets.rows.at(1).contact.name, "Maria");
  EXPECT_LE(sheet.count("read"), 5);
  EXPECT_EQ(sheet.count("write") + sheet.count("append"), 0);
}

// ---- a write that nobody has checked
// ----------------------------------------------------------------------------------

/// Somebody sorts the sheet between the read and the write, and the instance is killed before it looks again.
class CutOff : public SheetSyncTest {
 protected:
  void SetUp() override {
    campaign = add_campaign("a");
    for (int n = 1; n <= 6; ++n) add_person(n, campaign, n % 2 == 0 ? "note " + std::to_string(n) : "");
    sheet.tabs[kTab].push_back({"Earlier", phone(90), "COMPLETED", "2026-12-01T10:00:00.456Z", "Came by.", ""});
    sheets.rows.at(5).contact.seen.status = sheet.cell(kTab, 6, kStatus) = "BUSY";  // of an attempt before
    end_call(1, "COMPLETED");
    end_call(2);
    end_call(3, "DO_NOT_CALL");
    sheet.before_write = [this] { reverse_rows(); };
  }
  void expect_all_right() {
    EXPECT_EQ(row_of(1)[kStatus], "COMPLETED");
    EXPECT_EQ(row_of(1)[kNotes], "Will come.");
    EXPECT_EQ(row_of(2)[kStatus], "BUSY");
    EXPECT_EQ(row_of(2)[kNotes], "note 2");
    EXPECT_EQ(row_of(3)[kStatus], "DO_NOT_CALL");
    for (const int n : {4, 5, 6}) {
      EXPECT_EQ(row_of(n)[kStatus], n == 5 ? "BUSY" : "") << n;
      EXPECT_EQ(row_of(n)[kCalled], "") << n;
      EXPECT_EQ(row_of(n)[kNotes], n % 2 == 0 ? "note " + std::to_string(n) : "") << n;
      EXPECT_EQ(sheets.rows.at(n).contact.state, ContactState::Due)
          << "what strayed into its row was taken for an edit";
    }
    EXPECT_THAT(fake.suppressed, IsEmpty()) << "a stray DO_NOT_CALL was taken for a person's";
  }
  CampaignId campaign;
};

TEST_F(CutOff, AKilledInstancesStraysAreCleared) {
  sheet.after_write = [this] { sheet.faults["read"].assign(1000, FakeSheet::Fault{}); };
  start();
  run(1s);
  ASSERT_EQ(row_of(6)[kStatus] + row_of(5)[kStatus], "BUSYDO_NOT_CALL") << "nothing has strayed";
  kill();
  sheet.faults.clear();
  reverse_rows();
  std::swap(sheet.tabs[kTab][1], sheet.tabs[kTab][4]);

  start();
  EXPECT_TRUE(all_written());
  run(10s);

  expect_all_right();
  EXPECT_EQ(row_of(90)[kStatus], "COMPLETED") << "nobody is called again because of it";
}

TEST_F(CutOff, AFailedCheckIsMadeUpForBeforeAnythingElse) {
  sheet.after_write = [this] { sheet.faults["read"].assign(2, FakeSheet::Fault{}); };
  start();
  EXPECT_TRUE(all_written());
  run(10s);

  expect_all_right();
  EXPECT_EQ(row_of(90),
            (FakeSheet::Cells{"Earlier", phone(90), "COMPLETED", "2026-12-01T10:00:00.456Z", "Came by.", ""}))
      << "whoever lives on remembers every row";
}

TEST_F(CutOff, AWriteWhoseReplyIsLostIsCheckedToo) {
  sheet.faults["write"] = {{Errc::TimedOut, true}};
  start();
  EXPECT_TRUE(all_written());
  run(10s);
  expect_all_right();
}

// ---- DO_NOT_CALL
// -----------------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, DoNotCallTypedOrFoundGoesToTheListOnce) {
  const auto campaign = add_campaign("a");
  sheets.campaigns.back().campaign_name = "Spring";
  for (int n = 1; n <= 3; ++n) add_person(n, campaign);
  sheet.tabs[kTab].push_back({"Skipped at the import", phone(80), "DNC", "", "", ""});
  start();
  run(6s);
  ASSERT_EQ(fake.suppressed.size(), 1U) << "found at the first look";
  EXPECT_TRUE(fake.suppressed.contains(phone(80)));
  fake.suppressed.clear();  // somebody takes it off again

  sheet.cell(kTab, 3, kStatus) = "Do not call";
  run(10s);

  ASSERT_EQ(fake.suppressed.size(), 1U);
  const ports::Suppression& entry = fake.suppressed.begin()->second;
  EXPECT_EQ(entry.phone, phone(2));
  EXPECT_EQ(entry.campaign, campaign);
  EXPECT_EQ(entry.reason, "DO_NOT_CALL in row 3 of the sheet of the campaign \"Spring\"");
}

TEST_F(SheetSyncTest, ANumberTakenOffTheListStaysOffUntilItsCellIsTypedAnew) {
  const auto campaign = add_campaign("a");
  for (int n = 1; n <= 2; ++n) add_person(n, campaign);
  start();
  run(6s);
  sheet.cell(kTab, 2, kStatus) = "DNC";
  run(10s);
  ASSERT_TRUE(fake.suppressed.contains(phone(1)));
  EXPECT_EQ(fake.suppressed[phone(1)].source, "sheet");

  fake.suppressed.clear();  // somebody takes it off the list; the cell stays
  sheet.cell(kTab, 2, kName) = "Another name";
  run(10s);
  kill();
  start();
  run(10s);
  EXPECT_THAT(fake.suppressed, IsEmpty());

  sheet.cell(kTab, 2, kStatus) = "";
  run(10s);
  sheet.cell(kTab, 2, kStatus) = "DNC";
  run(10s);
  EXPECT_TRUE(fake.suppressed.contains(phone(1)));
}

TEST_F(SheetSyncTest, WhatOttoWroteItselfIsNotTypedByAPerson) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign);
  end_call(1, "DO_NOT_CALL");
  start();
  ASSERT_TRUE(all_written());
  EXPECT_EQ(row_of(1)[kStatus], "DO_NOT_CALL");
  kill();
  start();
  run(30s);
  EXPECT_THAT(fake.suppressed, IsEmpty()) << "the number was taken off the list meanwhile";
}

TEST_F(SheetSyncTest, ABarredRowIsNotToldTwice) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign, "likes tea");
  sheet.cell(kTab, 2, kStatus) = "do not call";
  fake.suppressed[phone(1)];
  end_call(1, "DO_NOT_CALL");
  sheets.rows.at(1).contact.wanted.notes = "";
  start();
  ASSERT_TRUE(all_written());
  EXPECT_EQ(row_of(1)[kStatus], "do not call");
  EXPECT_EQ(row_of(1)[kNotes], "likes tea");
  EXPECT_EQ(sheets.rows.at(1).remark, "");
}

// ---- Notes
// -----------------------------------------------------------------------------------------------------------

TEST_F(SheetSyncTest, ARetryIsGivenThePersonsPresentNotes) {
  const auto campaign = add_campaign("a");
  add_person(1, campaign, "likes tea");
  start();
  sheets.want(1, text("BUSY", 1, "The line was busy."));  // and it is due again
  ASSERT_TRUE(all_written());
  run(6s);
  ASSERT_EQ(row_of(1)[kNotes], "likes tea\nThe line was busy.");
  EXPECT_EQ(sheets.rows.at(1).contact.variables.at("Notes"), "likes tea")
      << "Otto's own is not the agent's to read out";

  sheet.cell(kTab, 2, kNotes) = "prefers coffee now\nThe line was busy.\ncall before noon";
  run(6s);

  EXPECT_EQ(sheets.rows.at(1).contact.variables.at("Notes"), "prefers coffee now call before noon");
  sheets.want(1, text("COMPLETED", 2, "Will come."));
  ASSERT_TRUE(all_written());
  EXPECT_EQ(row_of(1)[kNotes], "prefers coffee now\ncall before noon\nWill come.");
}

}  // namespace
}  // namespace otto::campaign
