// The outbox of rows in sheets: queued with the state that it tells of, worked off by version, in order per contact.
#include <algorithm>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

class SheetStoreTest : public StoreTest {
 protected:
  NewCampaign sheet_campaign(bool write_back = true) {
    NewCampaign campaign = make_campaign();
    campaign.sheet_place = {"1SheetSheetSheetSheet", "Outbound Campaigns", "0", write_back};
    campaign.settings.max_attempts = 2;
    return campaign;
  }
  std::vector<ports::SheetContact> unwritten(const CampaignId& id) { return must(store_.sheets.unwritten(id, 100)); }
  ports::SheetSettled settled(const ports::SheetContact& contact) {
    ports::SheetSettled row;
    row.id = contact.id;
    row.version = contact.version;
    row.seen = contact.wanted;
    row.is_written = true;
    return row;
  }
  void settle(std::vector<ports::SheetSettled> rows, TimePoint now = kNow) {
    must(store_.sheets.settle(std::move(rows), now));
  }
  std::vector<ports::SheetJob> jobs(TimePoint now = kNow) { return must(store_.sheets.jobs(now)); }
};

TEST_F(SheetStoreTest, ACallIsWantedInItsRowFromTheMomentItIsKnownToItsEnd) {
  auto contacts = make_contacts(2);
  contacts[0].sheet_notes = "likes tea";
  const auto id = start_campaign(sheet_campaign(), contacts);
  EXPECT_TRUE(unwritten(id).empty());

  const auto claimed = place(id, 1);
  auto rows = unwritten(id);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].wanted.status, "CALLING");
  EXPECT_EQ(rows[0].wanted.last_called, "2026-02-02T02:40:01.000Z");
  EXPECT_EQ(rows[0].seen.notes, "likes tea");
  EXPECT_EQ(rows[0].kept_notes, "likes tea");
  EXPECT_EQ(rows[0].name, "Customer 0");

  record(claimed.attempt, {make_status(LegStatus::Ringing, 3, 1, sid_of(1))});
  EXPECT_EQ(unwritten(id)[0].version, rows[0].version) << "nothing that the row shows has changed";
  record(claimed.attempt, {make_end(LegStatus::Busy, 9, sid_of(1))});
  rows = unwritten(id);
  ASSERT_EQ(rows.size(), 1u) << "one row per contact, whatever it has been through";
  EXPECT_EQ(rows[0].wanted.status, "BUSY");
}

TEST_F(SheetStoreTest, WhatChangedWhileItWasWrittenStaysUnwritten) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  const auto claimed = place(id, 1);
  const auto calling = unwritten(id).front();
  record(claimed.attempt, {make_end(LegStatus::NoAnswer, 9, sid_of(1))});

  settle({settled(calling)});

  const auto rows = unwritten(id);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].wanted.status, "NO_ANSWER");
  EXPECT_EQ(rows[0].seen.status, "CALLING");
  settle({settled(rows[0])});
  EXPECT_TRUE(unwritten(id).empty());
}

TEST_F(SheetStoreTest, AnEarlierAttemptsLateFactsDoNotWriteOverALaterOnes) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  const auto first = place(id, 1);
  record(first.attempt, {make_end(LegStatus::Busy, 9, sid_of(1))});
  const auto second = place(id, 2, kNow + hours{2});
  ASSERT_EQ(unwritten(id)[0].wanted.status, "CALLING");

  Fact late = make_fact(FactKind::ConversationAnalysed, 20, sid_of(1));
  late.summary = "late";
  record(first.attempt, {late});

  EXPECT_EQ(unwritten(id)[0].wanted.status, "CALLING");
  EXPECT_EQ(unwritten(id)[0].wanted.notes, "");
}

TEST_F(SheetStoreTest, WhatHasNotBeenSettledIsFoundAndSoAreContactsOfAnyState) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(3));
  const auto first = place(id, 1);
  place(id, 2);
  EXPECT_TRUE(must(store_.sheets.aimed(id)).empty());
  std::vector<std::pair<ContactId, SheetRowText>> aims{{first.contact.id, {"CALLING", "t", "n"}}};
  must(store_.sheets.aim(aims));

  const auto aimed = must(store_.sheets.aimed(id));
  ASSERT_EQ(aimed.size(), 1u);
  EXPECT_EQ(aimed[0].id, first.contact.id);
  EXPECT_EQ(aimed[0].aimed->notes, "n");
  std::vector<std::string> phones{first.contact.phone, make_contact(2).phone, make_contact(50).phone};
  const auto found = must(store_.sheets.with_numbers(id, phones));
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].state, ContactState::Open);
  EXPECT_EQ(found[1].state, ContactState::Due);
}

TEST_F(SheetStoreTest, AnAimSurvivesUntilTheRowIsSettled) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  place(id, 1);
  const auto contact = unwritten(id).front();
  std::vector<std::pair<ContactId, SheetRowText>> aims{{contact.id, {"CALLING", "t", "n"}}};
  must(store_.sheets.aim(aims));
  ASSERT_TRUE(unwritten(id)[0].aimed);
  EXPECT_EQ(unwritten(id)[0].aimed->last_called, "t");
  settle({settled(contact)});
  EXPECT_EQ(database().one("SELECT count(*) FROM otto.sheet_cells WHERE aimed IS NOT NULL"), "0");
}

TEST_F(SheetStoreTest, AMissingRowIsTriedForTenMinutesAndThenNoted) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  place(id, 1);
  auto row = settled(unwritten(id).front());
  row.is_written = false;
  row.is_missing = true;
  row.remark = "The row is not in the sheet any more; nothing was written.";
  settle({row});
  settle({row}, kNow + minutes{9});
  EXPECT_EQ(unwritten(id).size(), 1u);
  settle({row}, kNow + minutes{11});
  EXPECT_TRUE(unwritten(id).empty());
  EXPECT_EQ(database().one("SELECT remark FROM otto.sheet_cells"), row.remark);
}

TEST_F(SheetStoreTest, ACampaignIsOfInterestWhileItRunsAndUntilAllOfItIsWritten) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  start_campaign(make_campaign(), make_contacts(1, 50));
  ASSERT_EQ(jobs().size(), 1u) << "a list of its own has no sheet";
  EXPECT_TRUE(jobs()[0].is_active);
  EXPECT_FALSE(jobs()[0].has_unwritten);

  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_end(LegStatus::Completed, 9, sid_of(1), 5)});
  must(store_.campaigns.stop(id, kNow));
  ASSERT_EQ(jobs().size(), 1u);
  EXPECT_FALSE(jobs()[0].is_active);
  EXPECT_TRUE(jobs()[0].has_unwritten);
  settle({settled(unwritten(id).front())});
  for (const auto& entry : must(store_.sheets.due_log(id, 10, kNow + minutes{5})))
    must(store_.sheets.log_appended({entry.attempt}, kNow));
  EXPECT_TRUE(jobs().empty());
}

TEST_F(SheetStoreTest, AnAnsweredCallsLogLineWaitsForRecordingAndSummary) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(2));
  const auto busy = place(id, 1);
  record(busy.attempt, {make_end(LegStatus::Busy, 9, sid_of(1))});
  const auto talked = place(id, 2);
  record(talked.attempt, {make_status(LegStatus::InProgress, 5, 2, sid_of(2))});
  record(talked.attempt, {make_end(LegStatus::Completed, 40, sid_of(2), 35)});

  auto due = must(store_.sheets.due_log(id, 10, kNow));
  ASSERT_EQ(due.size(), 1u);
  EXPECT_EQ(due[0].status, "BUSY");
  EXPECT_EQ(due[0].campaign, "Spring service");
  EXPECT_EQ(due[0].call_sid, sid_of(1));

  Fact recording = make_fact(FactKind::Recording, 50, sid_of(2));
  recording.recording_sid = "RE1";
  recording.recording_url = "https://example.com/RE1";
  recording.recording_status = "completed";
  Fact analysed = make_fact(FactKind::ConversationAnalysed, 60, sid_of(2));
  analysed.summary = "Will come on Friday.";
  record(talked.attempt, {recording, analysed});
  due = must(store_.sheets.due_log(id, 10, kNow));
  ASSERT_EQ(due.size(), 2u);
  const auto line = std::ranges::find(due, sid_of(2), &ports::SheetLogEntry::call_sid);
  EXPECT_EQ(line->recording_url, "https://example.com/RE1");
  EXPECT_EQ(line->notes, "Will come on Friday.");
  EXPECT_EQ(line->duration, 35);
  EXPECT_FALSE(line->was_sent);

  must(store_.sheets.log_sent({talked.attempt}));
  EXPECT_TRUE(std::ranges::any_of(must(store_.sheets.due_log(id, 10, kNow)), &ports::SheetLogEntry::was_sent));
  must(store_.sheets.log_appended({busy.attempt, talked.attempt}, kNow));
  EXPECT_TRUE(must(store_.sheets.due_log(id, 10, kNow + hours{1})).empty());
}

TEST_F(SheetStoreTest, EditsReachContactsThatAreDueAndNobodyElse) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(4));
  const auto claimed = must_claim(id);
  const auto due = must(store_.sheets.due(id, std::nullopt));
  ASSERT_EQ(due.size(), 3u);

  ports::SheetEdits edits;
  NewContact changed = make_contact(70);
  changed.name = "Maria";
  changed.zones = {"America/Denver", "America/Phoenix"};
  changed.variables = {{"Vehicle", "RAV4"}};
  edits.changes.push_back({due[0].id, changed});
  edits.changes.push_back({claimed.contact.id, make_contact(71)});
  edits.drops.push_back({due[1].id, "The sheet says DO_NOT_CALL."});
  edits.added.push_back(make_contact(80));
  edits.added.push_back(make_contact(3));  // known already
  EXPECT_EQ(must(store_.sheets.edit(id, edits, kNow)), 3);

  const auto next = must(store_.sheets.due(id, std::vector<std::string>{changed.phone}));
  ASSERT_EQ(next.size(), 1u);
  EXPECT_EQ(next[0].name, "Maria");
  EXPECT_EQ(next[0].variables.at("Vehicle"), "RAV4");
  EXPECT_EQ(database().one("SELECT zones::text FROM otto.contact WHERE name = 'Maria'"),
            "{America/Denver,America/Phoenix}");
  EXPECT_EQ(database().count("otto.contact WHERE phone = '" + make_contact(71).phone + "'"), 0);
  EXPECT_EQ(database().one("SELECT last_error FROM otto.contact WHERE state = 'failed'"),
            "The sheet says DO_NOT_CALL.");
  EXPECT_EQ(database().one(R"(SELECT "totalContacts" || ' ' || "contactsFailed" FROM "OutboundCampaign")"), "5 1");
  EXPECT_EQ(database().count("otto.sheet_cells"), 5);
}

TEST_F(SheetStoreTest, AContactWithoutItsRowIsHeldUntilItIsBack) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(1));
  const auto due = must(store_.sheets.due(id, std::nullopt));
  ports::SheetEdits edits;
  edits.absent = {due[0].id};
  must(store_.sheets.edit(id, edits, kNow));
  no_claim(id);
  EXPECT_EQ(must(store_.sheets.due(id, std::nullopt))[0].missing_since, kNow);
  edits.absent.clear();
  edits.back = {due[0].id};
  must(store_.sheets.edit(id, edits, kNow));
  must_claim(id, kNow + seconds{30});
}

TEST_F(SheetStoreTest, ACellIsTakenAtItsWordOnceUntilItSaysSomethingElse) {
  const std::string tab = "sheet/0", other = "sheet/7";
  using Phones = std::vector<std::string>;
  EXPECT_EQ(must(store_.sheets.newly_barred(tab, {"+12125550101", "+12125550102"}, {})).size(), 2u);
  must(store_.sheets.note_barred(tab, {"+12125550101"}));
  must(store_.sheets.note_barred(tab, {"+12125550101"}));

  EXPECT_EQ(must(store_.sheets.newly_barred(tab, {"+12125550101", "+12125550102"}, {})), Phones{"+12125550102"});
  EXPECT_EQ(must(store_.sheets.newly_barred(other, {"+12125550101"}, {})), Phones{"+12125550101"});
  EXPECT_TRUE(must(store_.sheets.newly_barred(tab, {}, {"+12125550101"})).empty());
  EXPECT_EQ(must(store_.sheets.newly_barred(tab, {"+12125550101"}, {})), Phones{"+12125550101"});
}

TEST_F(SheetStoreTest, NumbersOfOtherCampaignsUnderWayAreFound) {
  const auto id = start_campaign(sheet_campaign(), make_contacts(2));
  std::vector<std::string> phones{make_contact(0).phone, make_contact(9).phone};
  const auto active = must(store_.sheets.active_numbers(phones));
  ASSERT_EQ(active.size(), 1u);
  EXPECT_EQ(active[0].phone, phones[0]);
  EXPECT_EQ(active[0].campaign, "Spring service");
  EXPECT_EQ(active[0].type, CampaignType::ServiceFollowup);
  EXPECT_EQ(must(store_.sheets.known_numbers(id, phones)), std::vector<std::string>{phones[0]});
  must(store_.campaigns.stop(id, kNow));
  EXPECT_TRUE(must(store_.sheets.active_numbers(phones)).empty());
}

}  // namespace
}  // namespace otto::test
