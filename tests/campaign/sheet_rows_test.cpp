// Which row is whose, what is written into it, and what happens when people move rows between reading and writing.
#include "otto/campaign/sheet_rows.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <random>

namespace otto::campaign {
namespace {

using Cells = std::vector<std::string>;

const Cells kHeader{"Name", "Phone", "Email", "Status", "Last Called", "Notes", "Vehicle"};

/// A tab as people see it; each row knows whose it is, which Otto does not.
struct Tab {
  struct Line {
    int person = 0;
    Cells cells;
  };
  std::vector<Line> lines;

  static Tab of(int people) {
    Tab tab;
    for (int n = 0; n < people; ++n) tab.lines.push_back(line(n));
    return tab;
  }
  static Line line(int n) {
    return {
        n,
        {"Customer " + std::to_string(n), "+1415555" + std::to_string(1000 + n),
         "c" + std::to_string(n) + "@example.com", "", "", n % 3 == 0 ? "likes tea" : "", "Car " + std::to_string(n)}};
  }
  ports::SheetTable table() const {
    ports::SheetTable table;
    table.header = kHeader;
    for (std::size_t i = 0; i < lines.size(); ++i) {
      const bool is_blank = std::ranges::all_of(lines[i].cells, &std::string::empty);
      if (!is_blank) table.rows.push_back({static_cast<int>(i) + 2, lines[i].cells});
    }
    return table;
  }
  SheetView view() const { return SheetView::make(table(), {}).value(); }
  void write(const std::vector<ports::SheetCell>& cells) {
    for (const auto& cell : cells) {
      const auto at = static_cast<std::size_t>(cell.row - 2);
      if (at >= lines.size()) lines.resize(at + 1, Line{-1, Cells(kHeader.size())});
      lines[at].cells[cell.column] = cell.text;
    }
  }
  Line* of_person(int person) {
    const auto at = std::ranges::find(lines, person, &Line::person);
    return at == lines.end() ? nullptr : &*at;
  }
};

ports::SheetContact contact_of(const NewContact& row, std::int64_t id) {
  ports::SheetContact contact;
  contact.id = ContactId{id};
  contact.row = row.row;
  contact.name = row.name;
  contact.phone = row.phone;
  contact.email = row.email;
  contact.variables = row.variables;
  contact.seen = {row.sheet_status, row.sheet_last_called, row.sheet_notes};
  contact.kept_notes = row.sheet_notes;
  contact.is_shared = row.is_shared;
  contact.version = 1;
  return contact;
}
std::vector<ports::SheetContact> contacts_of(const Tab& tab) {
  std::vector<ports::SheetContact> contacts;
  const auto report = import_table(tab.table());
  for (const NewContact& row : report.contacts) contacts.push_back(contact_of(row, row.row - 2));
  return contacts;
}
SheetRowText text(const std::string& status, const std::string& notes = "") {
  return {status, "2026-12-01T10:00:00.000Z", notes};
}
RowDecision decide(const Tab& tab, const ports::SheetContact& contact) {
  return decide_rows(tab.view(), {contact}).front();
}

TEST(SheetRows, ARowIsFoundByItsNumberWhereverItHasMoved) {
  Tab tab = Tab::of(5);
  auto contact = contacts_of(tab)[1];
  contact.wanted = text("COMPLETED", "Will come on Friday.");
  std::ranges::reverse(tab.lines);
  tab.lines.insert(tab.lines.begin(), {-1, Cells(kHeader.size())});

  tab.write(decide(tab, contact).cells);

  EXPECT_EQ(tab.of_person(1)->cells[3], "COMPLETED");
  EXPECT_EQ(tab.of_person(1)->cells[4], "2026-12-01T10:00:00.000Z");
  EXPECT_EQ(tab.of_person(1)->cells[5], "Will come on Friday.");
  for (const int other : {0, 2, 3, 4}) EXPECT_EQ(tab.of_person(other)->cells[3], "");
}

TEST(SheetRows, ANumberThatStandsTwiceIsToldApartByTheOtherCells) {
  Tab tab = Tab::of(3);
  tab.lines[2].cells[1] = tab.lines[0].cells[1];
  auto contact = contacts_of(tab)[0];
  contact.wanted = text("BUSY");
  std::swap(tab.lines[0], tab.lines[2]);

  tab.write(decide(tab, contact).cells);
  EXPECT_EQ(tab.of_person(0)->cells[3], "BUSY");
  EXPECT_EQ(tab.of_person(2)->cells[3], "");

  std::erase_if(tab.lines, [](const Tab::Line& line) { return line.person == 0; });
  const auto decision = decide(tab, contact);
  EXPECT_TRUE(decision.cells.empty()) << "the other person of the household is not the contact";
  EXPECT_TRUE(decision.settled.is_missing);
}

TEST(SheetRows, TwoRowsThatNothingTellsApartAreLeftAlone) {
  Tab tab = Tab::of(2);
  tab.lines[1].cells[1] = tab.lines[0].cells[1];
  auto contact = contacts_of(tab)[0];
  contact.name.clear();
  contact.email.clear();
  contact.variables.clear();
  contact.wanted = text("BUSY");
  EXPECT_EQ(decide(tab, contact).row, 0);
}

TEST(SheetRows, ADeletedRowIsNotedAndNothingElseIsTouched) {
  Tab tab = Tab::of(3);
  auto contact = contacts_of(tab)[1];
  contact.wanted = text("COMPLETED");
  tab.lines.erase(tab.lines.begin() + 1);

  const auto decision = decide(tab, contact);

  EXPECT_TRUE(decision.cells.empty());
  EXPECT_TRUE(decision.settled.is_missing);
  EXPECT_EQ(decision.settled.remark, "The row is not in the sheet any more; nothing was written.");
}

TEST(SheetRows, ANumberThatWasRetypedIsKnownByTheRestOfTheRow) {
  Tab tab = Tab::of(3);
  auto contact = contacts_of(tab)[1];
  contact.wanted = text("COMPLETED");
  tab.lines[1].cells[1] = "+14155559999";
  EXPECT_EQ(decide(tab, contact).row, 3);
  tab.lines[1].cells[2] = "another@example.com";
  EXPECT_EQ(decide(tab, contact).row, 0) << "too much has changed to be sure";
}

TEST(SheetRows, WhatAPersonTypedOverStatusStaysAndOttosIsToldInNotes) {
  Tab tab = Tab::of(1);
  auto contact = contacts_of(tab)[0];
  contact.seen.status = "CALLING";
  contact.wanted = text("COMPLETED", "Will come on Friday.");
  tab.lines[0].cells[3] = "CALL ME BACK";

  const auto decision = decide(tab, contact);
  tab.write(decision.cells);

  EXPECT_EQ(tab.lines[0].cells[3], "CALL ME BACK");
  EXPECT_EQ(tab.lines[0].cells[5], "likes tea\nCOMPLETED: Will come on Friday.");
  EXPECT_NE(decision.settled.remark.find("changed by hand"), std::string::npos);
  EXPECT_EQ(decision.settled.seen.status, "CALLING") << "the person's word never becomes Otto's";
}

TEST(SheetRows, DoNotCallIsNeverWrittenOver) {
  Tab tab = Tab::of(1);
  auto contact = contacts_of(tab)[0];
  contact.seen.status = "do not call";
  contact.wanted = text("COMPLETED");
  tab.lines[0].cells[3] = "do not call";
  tab.write(decide(tab, contact).cells);
  EXPECT_EQ(tab.lines[0].cells[3], "do not call");
}

TEST(SheetRows, APersonsNotesAreKeptAndOnlyOttosPartIsReplaced) {
  Tab tab = Tab::of(1);
  auto contact = contacts_of(tab)[0];
  contact.wanted = text("NO_ANSWER", "Nobody answered.");
  auto decision = decide(tab, contact);
  tab.write(decision.cells);
  EXPECT_EQ(tab.lines[0].cells[5], "likes tea\nNobody answered.");

  contact.seen = decision.settled.seen;
  contact.kept_notes = decision.settled.kept_notes;
  contact.wanted = text("COMPLETED", "Spoke with her.");
  decision = decide(tab, contact);
  tab.write(decision.cells);
  EXPECT_EQ(tab.lines[0].cells[5], "likes tea\nSpoke with her.");

  contact.seen = decision.settled.seen;
  contact.kept_notes = decision.settled.kept_notes;
  tab.lines[0].cells[5] = "Moved to Ohio";
  contact.wanted = text("COMPLETED", "Spoke with her, 40 s.");
  tab.write(decide(tab, contact).cells);
  EXPECT_EQ(tab.lines[0].cells[5], "Moved to Ohio\nSpoke with her, 40 s.");
}

TEST(SheetRows, AWriteWhoseEndIsUnknownCountsAsOurs) {
  Tab tab = Tab::of(1);
  auto contact = contacts_of(tab)[0];
  contact.aimed = text("CALLING");
  tab.lines[0].cells[3] = "CALLING";
  contact.wanted = text("COMPLETED");
  EXPECT_EQ(decide(tab, contact).text.status, "COMPLETED");
}

TEST(SheetRows, AWrittenRowNeedsNoSecondWrite) {
  Tab tab = Tab::of(1);
  auto contact = contacts_of(tab)[0];
  contact.wanted = text("COMPLETED", "Done.");
  tab.write(decide(tab, contact).cells);
  const auto again = decide(tab, contact);
  EXPECT_TRUE(again.settled.is_written);
}

// ---- random edits between every two steps ---------------------------------------------------------------------------

class Editor {
 public:
  explicit Editor(std::uint32_t seed) : dice_{seed} {}
  std::size_t pick(std::size_t size) { return std::uniform_int_distribution<std::size_t>{0, size - 1}(dice_); }

  void edit(Tab& tab) {
    switch (pick(8)) {
      case 0:
        std::ranges::shuffle(tab.lines, dice_);
        break;
      case 1:
        std::ranges::reverse(tab.lines);
        break;
      case 2:
        tab.lines.insert(tab.lines.begin() + static_cast<std::ptrdiff_t>(pick(tab.lines.size() + 1)),
                         {-1, Cells(kHeader.size())});
        break;
      case 3: {
        auto line = Tab::line(500 + next_++);
        tab.lines.insert(tab.lines.begin() + static_cast<std::ptrdiff_t>(pick(tab.lines.size() + 1)), std::move(line));
        break;
      }
      case 4:
        if (tab.lines.size() > 3)
          tab.lines.erase(tab.lines.begin() + static_cast<std::ptrdiff_t>(pick(tab.lines.size())));
        break;
      case 5:  // a typo is fixed
        tab.lines[pick(tab.lines.size())].cells[pick(2) == 0 ? 0 : 6] += "x";
        break;
      case 6: {  // somebody of the same household is added
        Tab::Line twin = tab.lines[pick(tab.lines.size())];
        if (twin.person < 0) break;
        twin.person = 900 + next_++;
        twin.cells[0] = "Twin " + std::to_string(twin.person);
        twin.cells[2] = "";
        twin.cells[3] = twin.cells[4] = twin.cells[5] = "";
        twin.cells[6] = "Other car " + std::to_string(twin.person);
        tab.lines.push_back(std::move(twin));
        break;
      }
      default:
        break;
    }
  }

 private:
  std::mt19937 dice_;
  int next_ = 0;
};

/// One round as campaign/sheet_sync does it, with people at work between its steps.
void write_round(Tab& tab, std::vector<ports::SheetContact>& contacts, Editor& editor, int edits) {
  const auto disturb = [&] {
    for (int i = 0; i < edits; ++i) editor.edit(tab);
  };
  const SheetView before = tab.view();
  auto decisions = decide_rows(before, contacts);
  disturb();
  for (std::size_t i = 0; i < contacts.size(); ++i)
    if (!decisions[i].cells.empty()) contacts[i].aimed = decisions[i].text;
  for (const auto& decision : decisions) tab.write(decision.cells);
  disturb();
  Verdict verdict;
  for (int i = 0; i < 3; ++i) {
    verdict = verify_rows(before, tab.view(), decisions, contacts);
    if (verdict.repairs.empty()) break;
    tab.write(verdict.repairs);
  }
  for (std::size_t i = 0; i < contacts.size(); ++i) {
    const auto& settled = decisions[i].settled;
    contacts[i].is_shared = contacts[i].is_shared || settled.is_shared;
    if (!settled.is_written || !verdict.confirmed[i]) continue;
    contacts[i].seen = settled.seen;
    contacts[i].kept_notes = settled.kept_notes;
    contacts[i].aimed.reset();
  }
}

TEST(SheetRowsProperty, NoValueEndsInAnotherPersonsRowAndEachInItsOwn) {
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    Tab tab = Tab::of(12);
    Editor editor{seed};
    auto contacts = contacts_of(tab);
    for (std::size_t i = 0; i < contacts.size(); ++i)
      contacts[i].wanted = text(i % 2 == 0 ? "COMPLETED" : "NO_ANSWER", "note of " + std::to_string(i));

    for (int round = 0; round < 3; ++round) write_round(tab, contacts, editor, 2);
    write_round(tab, contacts, editor, 0);

    for (const auto& line : tab.lines) {
      if (line.person < 0 || line.person >= 12) {
        EXPECT_EQ(line.cells[3], "") << "seed " << seed << ": row of " << line.cells[0];
        EXPECT_EQ(line.cells[5].find("note of"), std::string::npos) << "seed " << seed << ": " << line.cells[0];
        continue;
      }
      EXPECT_EQ(line.cells[3], line.person % 2 == 0 ? "COMPLETED" : "NO_ANSWER")
          << "seed " << seed << ": row of " << line.cells[0];
      EXPECT_TRUE(line.cells[5].ends_with("note of " + std::to_string(line.person)))
          << "seed " << seed << ": " << line.cells[0] << " has " << line.cells[5];
    }
    if (HasFailure()) break;
  }
}

// ---- edits of people ------------------------------------------------------------------------------------------------

struct Edits {
  ports::SheetEdits edits;
  explicit Edits(const Tab& tab, const std::vector<ports::SheetContact>& due, bool follow = false,
                 TimePoint now = TimePoint{seconds{1'770'000'000}}) {
    EditOptions options;
    options.follow = follow;
    std::vector<std::string> known;
    for (const auto& contact : due) known.push_back(contact.phone);
    edits = find_edits(tab.view(), due, known, options, now);
  }
};

/// Killed right after its write, with people at work before and after it; the next instance clears before it reads.
TEST(SheetRowsProperty, WhatAKilledInstanceLeftInOtherRowsIsClearedAndNotTakenForAnEdit) {
  int strayed = 0;
  for (std::uint32_t seed = 1; seed <= 400; ++seed) {
    Tab tab = Tab::of(12);
    Editor editor{seed};
    auto contacts = contacts_of(tab);
    std::vector<ports::SheetContact> called{contacts.begin(), contacts.begin() + 6};
    std::vector<ports::SheetContact> due{contacts.begin() + 6, contacts.end()};
    for (std::size_t i = 0; i < called.size(); ++i)
      called[i].wanted = {i % 3 == 0 ? "DO_NOT_CALL" : "COMPLETED", "2026-12-01T10:00:0" + std::to_string(i) + ".123Z",
                          "note of " + std::to_string(i)};

    const auto decisions = decide_rows(tab.view(), called);
    for (int i = 0; i < 2; ++i) editor.edit(tab);
    for (std::size_t i = 0; i < called.size(); ++i)
      if (!decisions[i].cells.empty()) called[i].aimed = decisions[i].text;
    for (const auto& decision : decisions) tab.write(decision.cells);
    for (int i = 0; i < 2; ++i) editor.edit(tab);
    for (int i = 0; i < 3; ++i) {
      const SheetView view = tab.view();
      const auto strays = find_strays(view, called);
      strayed += static_cast<int>(strays.size());
      tab.write(clear_strays(view, called, strays, contacts));
    }

    for (const auto& drop : Edits(tab, due).edits.drops)
      EXPECT_EQ(drop.reason, "The row was deleted from the sheet.") << "seed " << seed;
    for (int round = 0; round < 2; ++round) write_round(tab, called, editor, 0);
    for (const auto& line : tab.lines) {
      SCOPED_TRACE("seed " + std::to_string(seed) + ": row of " + line.cells[0] + " has " + line.cells[3] + ", " +
                   line.cells[5]);
      if (line.person >= 0 && line.person < 6) {
        EXPECT_EQ(line.cells[3], line.person % 3 == 0 ? "DO_NOT_CALL" : "COMPLETED");
        EXPECT_TRUE(line.cells[5].ends_with("note of " + std::to_string(line.person)));
      } else {
        EXPECT_EQ(line.cells[4], "");
        EXPECT_EQ(line.cells[5].find("note of"), std::string::npos);
        const bool is_contact = line.person >= 6 && line.person < 12;
        EXPECT_TRUE(line.cells[3].empty() || (line.cells[3] == "COMPLETED" && !is_contact));
      }
    }
    if (HasFailure()) break;
  }
  EXPECT_GT(strayed, 200) << "the test must be able to fail";
}

TEST(SheetEdits, AnUntouchedSheetChangesNothingHoweverItIsSorted) {
  Tab tab = Tab::of(6);
  const auto due = contacts_of(tab);
  std::ranges::reverse(tab.lines);
  EXPECT_TRUE(Edits(tab, due, true).edits.empty());
}

TEST(SheetEdits, WhatIsTypedIntoARowHoldsForTheCall) {
  Tab tab = Tab::of(3);
  const auto due = contacts_of(tab);
  tab.lines[1].cells[0] = "Maria";
  tab.lines[2].cells[6] = "2021 RAV4";
  tab.lines[0].cells[1] = "(212) 555-0177";

  const auto edits = Edits(tab, due).edits;

  ASSERT_EQ(edits.changes.size(), 3u);
  EXPECT_EQ(edits.changes[0].now.phone, "+12125550177");
  EXPECT_EQ(edits.changes[0].now.zones, std::vector<std::string>{"America/New_York"});
  EXPECT_EQ(edits.changes[1].now.name, "Maria");
  EXPECT_EQ(edits.changes[2].now.variables.at("Vehicle"), "2021 RAV4");
}

TEST(SheetEdits, DoNotCallTypedByAPersonEndsItForThatNumber) {
  Tab tab = Tab::of(3);
  auto due = contacts_of(tab);
  tab.lines[1].cells[3] = "dnc";
  tab.lines[2].cells[3] = "DO NOT CALL";
  const auto edits = Edits(tab, due).edits;
  ASSERT_EQ(edits.drops.size(), 2u);
  EXPECT_EQ(edits.drops[0].id, due[1].id);
  EXPECT_EQ(edits.drops[0].reason, "The sheet says DO_NOT_CALL.");
}

TEST(SheetEdits, ARowThatIsGoneIsFirstHeldAndThenDropped) {
  Tab tab = Tab::of(3);
  auto due = contacts_of(tab);
  const TimePoint now{seconds{1'770'000'000}};
  tab.lines.erase(tab.lines.begin() + 1);
  EXPECT_EQ(Edits(tab, due, false, now).edits.absent, std::vector<ContactId>{due[1].id});
  due[1].missing_since = now;
  EXPECT_TRUE(Edits(tab, due, false, now + seconds{59}).edits.drops.empty());
  EXPECT_EQ(Edits(tab, due, false, now + seconds{60}).edits.drops.size(), 1u);
  tab.lines.push_back(Tab::line(1));
  EXPECT_EQ(Edits(tab, due, false, now + seconds{90}).edits.back, std::vector<ContactId>{due[1].id});
}

TEST(SheetEdits, AddedRowsAreTakenOnlyWhenTheSheetIsFollowed) {
  Tab tab = Tab::of(2);
  const auto due = contacts_of(tab);
  tab.lines.push_back(Tab::line(50));
  tab.lines.push_back(Tab::line(51));
  tab.lines.back().cells[3] = "COMPLETED";
  tab.lines.push_back(Tab::line(50));
  EXPECT_TRUE(Edits(tab, due, false).edits.empty());
  const auto edits = Edits(tab, due, true).edits;
  ASSERT_EQ(edits.added.size(), 1u);
  EXPECT_EQ(edits.added[0].name, "Customer 50");
  EXPECT_TRUE(edits.added[0].is_shared);
}

}  // namespace
}  // namespace otto::campaign
