// People's data against PostgreSQL: all of it is found, all of it goes, and the figures stay.
#include <gmock/gmock.h>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class PeopleTest : public StoreTest {
 protected:
  PeopleTest() { database().sql("TRUNCATE otto.recording_removal, otto.audit"); }
  ports::PeopleStore& people_ = otto_->people();
  static constexpr hours kLater{24 * 40};

  /// A call with everything that a call may leave behind.
  ports::Claimed talk(const CampaignId& id, int n) {
    const auto claimed = place(id, n);
    Fact recording = make_fact(FactKind::Recording, 70, sid_of(n));
    recording.recording_sid = "RE" + std::to_string(n);
    recording.recording_url = "https://api.twilio.com/RE" + std::to_string(n);
    recording.recording_status = "completed";
    Fact summary = make_fact(FactKind::ConversationAnalysed, 71, sid_of(n));
    summary.summary = "Canary wants a secret.";
    Fact tool = make_fact(FactKind::ToolUsed, 30, sid_of(n));
    tool.reason = "book";
    tool.asked = "Canary";
    record(claimed.attempt, {make_fact(FactKind::Answered, 5, sid_of(n)), tool,
                             make_end(LegStatus::Completed, 64, sid_of(n), 60), recording, summary});
    ports::Turn turn;
    turn.number = 1;
    turn.text = "Canary speaks.";
    turn.at = kNow + seconds{20};
    must(store_.attempts.save_turns(claimed.attempt, {turn}, true));
    return claimed;
  }
  static NewContact canary(int n = 0) {
    NewContact contact = make_contact(n);
    contact.name = "Canary";
    contact.email = "canary@example.com";
    contact.variables = {{"Vehicle", "Canary car"}};
    return contact;
  }
  /// Whatever the tables hold, as text.
  static std::string everything() {
    std::string all;
    for (const char* table : {"otto.contact", "otto.attempt", "otto.call_fact", "otto.transcript_turn",
                              "otto.sheet_cells", "public.\"OutboundCall\"", "otto.event"})
      all += database().one(std::string{"SELECT coalesce(string_agg(t::text, ' '), '') FROM "} + table + " t");
    return all;
  }
};

TEST_F(PeopleTest, AnExportHoldsAllThatIsKnownUnderTheNumber) {
  const auto id = start_campaign(make_campaign(), {canary()});
  talk(id, 1);
  const auto person = must(people_.export_person(canary().phone));

  EXPECT_EQ(person["doNotCall"], nullptr);
  ASSERT_EQ(person["contacts"].size(), 1u);
  EXPECT_EQ(person["contacts"][0]["email"], "canary@example.com");
  EXPECT_EQ(person["contacts"][0]["variables"]["Vehicle"], "Canary car");
  ASSERT_EQ(person["calls"].size(), 1u);
  EXPECT_EQ(person["calls"][0]["customerName"], "Canary");
  EXPECT_EQ(person["calls"][0]["turns"][0]["text"], "Canary speaks.");
  EXPECT_THAT(person["calls"][0]["facts"].dump(), HasSubstr("Canary wants a secret."));
  EXPECT_TRUE(must(people_.export_person("+19995550100"))["contacts"].empty());
}

TEST_F(PeopleTest, AnErasureLeavesFiguresAndTheDoNotCallEntryOnly) {
  const std::string phone = canary().phone;
  const auto id = start_campaign(make_campaign(), {canary(), make_contact(1)});
  NewCampaign second = make_campaign();
  const auto other = start_campaign(std::move(second), {canary()});
  const auto claimed = talk(id, 1);
  const auto before = counters(id);

  EXPECT_EQ(error_of(people_.erase_person(phone, kNow + minutes{2})).code, Errc::Conflict) << "it has just ended";
  const auto erased = must(people_.erase_person(phone, kNow + hours{1}));

  EXPECT_EQ(erased.contacts, 2);
  EXPECT_EQ(erased.calls, 1);
  EXPECT_EQ(erased.recordings, 1);
  EXPECT_EQ(erased.campaigns, std::vector<CampaignId>{other});
  EXPECT_THAT(everything(), Not(HasSubstr("anary")));
  EXPECT_THAT(everything(), Not(HasSubstr(phone)));
  EXPECT_EQ(database().one("SELECT phone FROM otto.suppression"), phone);
  EXPECT_EQ(database().one("SELECT recording_sid FROM otto.recording_removal"), "RE1");
  EXPECT_EQ(database().one("SELECT \"status\" || \"outcome\" || \"duration\" FROM public.\"OutboundCall\""),
            "COMPLETEDHUMAN_ANSWERED60");
  EXPECT_EQ(counters(id), before);
  EXPECT_EQ(counters(other).failed, 1) << "it was still to be called there";

  Fact late = make_fact(FactKind::ConversationAnalysed, 4000, sid_of(1));
  late.summary = "Canary again";
  record(claimed.attempt, {late});
  ports::Turn words;
  words.text = "Canary again";
  words.at = kNow;
  must(store_.attempts.save_turns(claimed.attempt, {words}, true));
  EXPECT_THAT(everything(), Not(HasSubstr("anary"))) << "what comes late is not taken";
  EXPECT_EQ(must(people_.erase_person(phone, kNow + hours{2})).contacts, 0);
  EXPECT_EQ(must(people_.export_person(phone))["doNotCall"]["source"], "api");
}

TEST_F(PeopleTest, AnErasureReachesTheAnswersThatAreKeptForRepeats) {
  database().sql("TRUNCATE otto.idempotency");
  const auto answer = [](const char* mine, const char* reason) {
    const Json body{{"success", true},
                    {"skippedContacts",
                     {{{"row", 2}, {"phone", mine}, {"reason", reason}},
                      {{"row", 3}, {"phone", "+14155550199"}, {"reason", "twice"}},
                      {{"row", 4}, {"phone", "555"}, {"reason", "no number"}}}}};
    return body.dump();
  };
  int n = 0;
  for (const char* written : {"+14155550142", "(415) 555-0142", "1 415.555.0142", "555-0142"})
    database().sql("INSERT INTO otto.idempotency (key_hash, request_hash, body) VALUES ('k" + std::to_string(n++) +
                   "', 'r', '" + answer(written, (std::string{"bad: "} + written).c_str()) + "')");
  const auto other = answer("+44 7700 900 142", "abroad");
  database().sql("INSERT INTO otto.idempotency (key_hash, request_hash, body) VALUES ('other', 'r', '" + other + "')");

  must(people_.erase_person("+14155550142", kNow));

  for (int i = 0; i < n; ++i) {
    const auto body =
        Json::parse(database().one("SELECT body FROM otto.idempotency WHERE key_hash = 'k" + std::to_string(i) + "'"));
    EXPECT_EQ(body["skippedContacts"][0], (Json{{"row", 2}, {"phone", "erased"}, {"reason", "bad: erased"}})) << i;
    EXPECT_EQ(body["skippedContacts"][1]["phone"], "+14155550199");
    EXPECT_EQ(body["skippedContacts"][2]["phone"], "555");
  }
  EXPECT_EQ(database().one("SELECT body FROM otto.idempotency WHERE key_hash = 'other'"), other);
}

TEST_F(PeopleTest, NobodyIsErasedInTheMiddleOfACall) {
  const auto id = start_campaign(make_campaign(), {canary()});
  place(id, 1);
  EXPECT_EQ(error_of(people_.erase_person(canary().phone, kNow + hours{9})).code, Errc::Conflict);
  EXPECT_THAT(everything(), HasSubstr("Canary"));
  EXPECT_EQ(database().count("otto.suppression"), 0);
}

TEST_F(PeopleTest, APurgeTakesEndedCampaignsOnlyBatchByBatch) {
  const auto ended = start_campaign(make_campaign(), {canary(0), canary(1), canary(2)});
  for (int n = 1; n <= 3; ++n) talk(ended, n);
  ASSERT_TRUE(must(store_.campaigns.try_complete(ended, kNow + minutes{3})));
  const auto running = start_campaign(make_campaign(), {canary(5), canary(6)});
  talk(running, 5);

  const auto purge = [&](ports::Perishable what, TimePoint before) {
    std::vector<int> batches;
    ports::PurgePlace place;
    for (int n = 0; n < 10; ++n) {
      const auto step = must(people_.purge(what, before, place, 2, kNow + kLater));
      if (step.is_done) break;
      batches.push_back(step.contacts);
      place = step.next;
    }
    return batches;
  };
  EXPECT_TRUE(purge(ports::Perishable::Contacts, kNow).empty()) << "it had not ended by then";
  EXPECT_EQ(purge(ports::Perishable::Recordings, kNow + kLater), (std::vector<int>{2, 1}));
  EXPECT_EQ(database().count("otto.recording_removal"), 3);
  EXPECT_EQ(purge(ports::Perishable::Transcripts, kNow + kLater), (std::vector<int>{2, 1}));
  EXPECT_EQ(database().count("otto.transcript_turn"), 1) << "the running campaign's";
  EXPECT_EQ(purge(ports::Perishable::Contacts, kNow + kLater), (std::vector<int>{2, 1}));
  EXPECT_TRUE(purge(ports::Perishable::Contacts, kNow + kLater).empty()) << "once";
  EXPECT_EQ(database().count("otto.contact WHERE name = 'Canary'"), 2);
  EXPECT_EQ(database().count("public.\"OutboundCall\" WHERE \"customerName\" = 'Canary'"), 1);
  EXPECT_EQ(counters(ended).completed, 3);
}

TEST_F(PeopleTest, ARemovalIsOneInstancesAtATimeAndStaysUntilItIsDone) {
  database().sql("INSERT INTO otto.recording_removal (recording_sid, due_at) VALUES ('RE1', '2026-01-01')");
  const auto taken = must(people_.take_removals(10, seconds{300}, kNow));
  ASSERT_EQ(taken.size(), 1u);
  EXPECT_EQ(taken[0].tries, 1);
  EXPECT_TRUE(must(people_.take_removals(10, seconds{300}, kNow + seconds{299})).empty());
  EXPECT_EQ(must(people_.take_removals(10, seconds{300}, kNow + seconds{300})).size(), 1u) << "its instance has died";
  must(people_.postpone_removal("RE1", kNow + hours{1}, "down"));
  EXPECT_TRUE(must(people_.take_removals(10, seconds{300}, kNow + minutes{59})).empty());
  EXPECT_EQ(must(people_.take_removals(10, seconds{300}, kNow + hours{1}))[0].tries, 3);
  must(people_.removed("RE1"));
  EXPECT_EQ(database().count("otto.recording_removal"), 0);
}

TEST_F(PeopleTest, OldRowsOfTheAuditTableGo) {
  database().sql(R"(INSERT INTO otto.audit (at, who, peer, action, target, detail, status)
SELECT '2026-01-01'::timestamptz + n * interval '1 day', '', '', 'a', '', '', 200 FROM generate_series(1, 40) n)");
  EXPECT_EQ(must(people_.purge_audit(kNow, 20)), 20);
  EXPECT_EQ(must(people_.purge_audit(kNow, 20)), 12);
  EXPECT_EQ(database().count("otto.audit"), 8);
}

}  // namespace
}  // namespace otto::test
