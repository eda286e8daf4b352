#include <algorithm>
#include <numeric>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using RecordTest = StoreTest;

NewCampaign retrying_campaign(int attempts) {
  auto campaign = make_campaign();
  campaign.settings.max_attempts = attempts;
  campaign.settings.retry_delay = minutes{10};
  return campaign;
}

std::string call_field(TestDatabase& database, const std::string& column, int n) {
  return database.one("SELECT " + column + R"( FROM public."OutboundCall" WHERE "callSid" = ')" + sid_of(n) + "'");
}

TEST_F(RecordTest, WritesThePublicRowFromTheMomentTheSidIsKnown) {
  auto contacts = make_contacts(1);
  contacts[0].email = "ann@example.com";
  const auto id = start_campaign(make_campaign(), contacts);
  const auto claimed = send(id);
  EXPECT_EQ(database().count(R"(public."OutboundCall")"), 0);

  const auto placed = record(claimed.attempt, {make_fact(FactKind::Placed, 1, sid_of(1))});

  EXPECT_TRUE(placed.known);
  EXPECT_TRUE(placed.fresh);
  EXPECT_EQ(placed.before.state, AttemptState::Sending);
  EXPECT_EQ(placed.after.state, AttemptState::Accepted);
  EXPECT_EQ(placed.campaign, id);
  EXPECT_EQ(placed.contact, claimed.contact.id);
  const auto row = database().sql(R"(SELECT "customerName", "customerPhone", "customerEmail", "status", "direction",
    "initiatedAt", "campaignId", length("id") FROM public."OutboundCall")")[0];
  EXPECT_STREQ(row[0].c_str(), "Customer 0");
  EXPECT_EQ(row[1].c_str(), contacts[0].phone);
  EXPECT_STREQ(row[2].c_str(), "ann@example.com");
  EXPECT_STREQ(row[3].c_str(), "INITIATED");
  EXPECT_STREQ(row[4].c_str(), "OUTBOUND");
  EXPECT_STREQ(row[5].c_str(), "2026-02-02 02:40:01");
  EXPECT_EQ(row[6].c_str(), id.value);
  EXPECT_EQ(row[7].as<int>(), 25);
}

TEST_F(RecordTest, CarriesACallFromTheRequestToItsEnd) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  auto amd = make_fact(FactKind::Amd, 12, sid_of(1));
  amd.answered_by = AnsweredBy::Human;
  auto recording = make_fact(FactKind::Recording, 70, sid_of(1));
  recording.recording_sid = "RE1";
  recording.recording_url = "https://api.twilio.com/RE1";
  recording.recording_status = "completed";
  recording.recording_seconds = 40;

  record(claimed.attempt, {make_status(LegStatus::Ringing, 3, 1, sid_of(1))});
  EXPECT_EQ(call_field(database(), R"("status")", 1), "RINGING");
  record(claimed.attempt, {make_status(LegStatus::InProgress, 9, 2, sid_of(1))});
  EXPECT_EQ(call_field(database(), R"("status")", 1), "ANSWERED");
  record(claimed.attempt, {amd});
  const auto ended = record(claimed.attempt, {make_end(LegStatus::Completed, 52, sid_of(1), 43)});
  record(claimed.attempt, {recording});

  EXPECT_TRUE(ended.closed_now);
  EXPECT_EQ(ended.after.outcome, Outcome::HumanAnswered);
  const auto row = database().sql(R"(SELECT "status", "outcome", "answeredAt", "completedAt", "duration", "answeredBy",
    "recordingUrl", "recordingSid", "recordingDuration", "notes" FROM public."OutboundCall")")[0];
  EXPECT_STREQ(row[0].c_str(), "COMPLETED");
  EXPECT_STREQ(row[1].c_str(), "HUMAN_ANSWERED");
  EXPECT_STREQ(row[2].c_str(), "2026-02-02 02:40:09");
  EXPECT_STREQ(row[3].c_str(), "2026-02-02 02:40:52");
  EXPECT_EQ(row[4].as<int>(), 43);
  EXPECT_STREQ(row[5].c_str(), "human");
  EXPECT_STREQ(row[6].c_str(), "https://api.twilio.com/RE1");
  EXPECT_STREQ(row[7].c_str(), "RE1");
  EXPECT_EQ(row[8].as<int>(), 40);
  EXPECT_TRUE(row[9].is_null());
  EXPECT_EQ(database().one("SELECT state FROM otto.contact"), "completed");
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 1, 0}));
}

TEST_F(RecordTest, GivesOneRowForEveryOrderOfTheSameFacts) {
  const auto id = start_campaign(24);
  std::string expected;
  std::array<int, 4> order{0, 1, 2, 3};
  int n = 0;
  do {
    const auto claimed = send(id);
    ++n;
    std::vector<Fact> facts{make_fact(FactKind::Placed, 0, sid_of(n)), make_status(LegStatus::Ringing, 2, 1, sid_of(n)),
                            make_status(LegStatus::InProgress, 8, 2, sid_of(n)),
                            make_end(LegStatus::Completed, 60, sid_of(n), 52)};
    for (const int i : order) {
      const Fact& fact = facts[static_cast<std::size_t>(i)];
      record(claimed.attempt, {fact});
      EXPECT_FALSE(record(claimed.attempt, {fact}).fresh);
    }
    const std::string row = call_field(database(), R"(concat_ws('|', "status", "outcome", "initiatedAt", "answeredAt",
      "completedAt", "duration", "answeredBy", "notes"))",
                                       n);
    if (expected.empty()) expected = row;
    EXPECT_EQ(row, expected);
  } while (std::ranges::next_permutation(order).found);

  EXPECT_EQ(n, 24);
  EXPECT_EQ(expected, "COMPLETED|HUMAN_ANSWERED|2026-02-02 02:40:00|2026-02-02 02:40:08|2026-02-02 02:41:00|52");
  EXPECT_EQ(counters(id), (StoreTest::Counters{24, 24, 0}));
}

TEST_F(RecordTest, AnswersForAnAttemptThatDoesNotExist) {
  EXPECT_FALSE(record(AttemptId{make_uuid_v7()}, {make_fact(FactKind::Placed, 1, sid_of(1))}).known);
  EXPECT_FALSE(record(AttemptId{"../etc"}, {make_fact(FactKind::Placed, 1, sid_of(1))}).known);
  EXPECT_EQ(database().count("otto.call_fact"), 0);
}

TEST_F(RecordTest, BindsTheFirstSidAndNamesAnyOtherADuplicate) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);

  const auto other = record(claimed.attempt, {make_status(LegStatus::InProgress, 9, 2, sid_of(2))});
  const auto again = record(claimed.attempt, {make_status(LegStatus::InProgress, 9, 2, sid_of(2))});
  const auto own = record(claimed.attempt, {make_status(LegStatus::Ringing, 4, 1, sid_of(1))});

  EXPECT_TRUE(other.duplicate_call);
  EXPECT_EQ(other.after.state, AttemptState::Accepted);
  EXPECT_TRUE(again.duplicate_call);
  EXPECT_FALSE(again.fresh);
  EXPECT_FALSE(own.duplicate_call);
  EXPECT_EQ(own.after.call_sid, sid_of(1));
  EXPECT_EQ(database().count(R"(public."OutboundCall")"), 1);
  EXPECT_EQ(database().count("otto.call_fact"), 3) << "the other call's fact is kept as evidence";
  const auto context = must(store_.attempts.load(claimed.attempt));
  EXPECT_EQ(context->call.state, AttemptState::Ringing);
}

/// The line has carried the first request out twice, and its list shows both calls to whoever looks for the second.
TEST_F(RecordTest, TheSecondCallOfAnAttemptIsNotFoundForTheNextOne) {
  const auto id = start_campaign(retrying_campaign(2), make_contacts(1));
  const auto first = place(id, 1);
  record(first.attempt, {make_end(LegStatus::Completed, 2, sid_of(9))});
  record(first.attempt, {make_end(LegStatus::Busy, 2, sid_of(1))});
  const auto second = must_claim(id, kNow + hours{1});
  must(store_.attempts.arm(second.attempt, kNow + minutes{1}, kNow + minutes{2}));
  const auto found = [](int n) {
    Fact fact = make_fact(FactKind::Fetched, 2, sid_of(n));
    fact.status = LegStatus::Completed;
    return fact;
  };

  const auto other = record(second.attempt, {found(9)});
  EXPECT_TRUE(other.known);
  EXPECT_TRUE(other.after.call_sid.empty());
  EXPECT_EQ(database().one("SELECT state FROM otto.attempt WHERE n = 2"), "sending");

  EXPECT_EQ(record(second.attempt, {found(2)}).after.call_sid, sid_of(2));
}

TEST_F(RecordTest, RetriesAContactUntilItsAttemptsAreUsedUp) {
  const auto id = start_campaign(retrying_campaign(2), make_contacts(1));

  const auto first = place(id, 1);
  record(first.attempt, {make_end(LegStatus::NoAnswer, 30, sid_of(1))}, kNow + seconds{30});
  EXPECT_EQ(no_claim(id).next_due, kNow + seconds{30} + minutes{10});
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 0}));

  const auto second = place(id, 2, kNow + hours{1});
  EXPECT_EQ(second.attempt_number, 2);
  record(second.attempt, {make_end(LegStatus::Busy, 3700, sid_of(2))}, kNow + hours{2});

  EXPECT_EQ(no_claim(id, kNow + hours{9}).next_due, std::nullopt);
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 1}));
  EXPECT_EQ(call_field(database(), R"("outcome")", 2), "BUSY");
}

TEST_F(RecordTest, CountsARefusedContactAsFailedWithoutACall) {
  const auto id = start_campaign(retrying_campaign(3), make_contacts(1));
  const auto claimed = send(id);
  auto refusal = make_fact(FactKind::Refused, 1);
  refusal.reason = "The number is not valid.";
  refusal.error_code = "21211";

  const auto recorded = record(claimed.attempt, {refusal});

  EXPECT_TRUE(recorded.closed_now);
  EXPECT_EQ(counters(id), (StoreTest::Counters{0, 0, 1}));
  EXPECT_EQ(database().count(R"(public."OutboundCall")"), 0);
  const auto results = must(store_.campaigns.results(id, 10, ""));
  ASSERT_EQ(results.uncalled.size(), 1U);
  EXPECT_EQ(results.uncalled[0].row, claimed.contact.row);
  EXPECT_EQ(results.uncalled[0].phone, claimed.contact.phone);
  EXPECT_EQ(results.uncalled[0].reason, "The number is not valid.");
}

TEST_F(RecordTest, MakesAnUnplacedContactDueAfterHalfAnHour) {
  const auto id = start_campaign(retrying_campaign(2), make_contacts(1));
  const auto claimed = send(id);
  record(claimed.attempt, {make_fact(FactKind::Ambiguous, 5)});
  EXPECT_EQ(no_claim(id).next_due, std::nullopt) << "locked while nobody knows";

  record(claimed.attempt, {make_fact(FactKind::NotPlaced, 900)}, kNow + seconds{900});

  EXPECT_EQ(no_claim(id).next_due, kNow + seconds{900} + minutes{30});
}

TEST_F(RecordTest, AnUnplacedAttemptThatTurnsUpTakesItsContactBack) {
  const auto id = start_campaign(retrying_campaign(1), make_contacts(1));
  const auto claimed = send(id);
  record(claimed.attempt, {make_fact(FactKind::NotPlaced, 900)}, kNow + seconds{900});
  EXPECT_EQ(counters(id), (StoreTest::Counters{0, 0, 1}));

  const auto late = record(claimed.attempt, {make_status(LegStatus::Ringing, 905, 1, sid_of(1))}, kNow + seconds{905});
  EXPECT_FALSE(late.duplicate_call);
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 0}));
  EXPECT_EQ(database().one("SELECT state FROM otto.contact"), "open");

  const auto ended = record(claimed.attempt, {make_end(LegStatus::Completed, 950, sid_of(1), 30)});
  EXPECT_TRUE(ended.closed_now);
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 1, 0}));
}

TEST_F(RecordTest, ALateCallDisplacesAnAttemptThatWasNotSentYet) {
  const auto id = start_campaign(retrying_campaign(3), make_contacts(1));
  const auto first = send(id);
  record(first.attempt, {make_fact(FactKind::NotPlaced, 900)}, kNow + seconds{900});
  const auto second = must_claim(id, kNow + hours{1});

  const auto late = record(first.attempt, {make_status(LegStatus::Ringing, 3600, 1, sid_of(1))}, kNow + hours{1});

  EXPECT_FALSE(late.duplicate_call);
  EXPECT_FALSE(must(store_.attempts.arm(second.attempt, kNow, kNow + seconds{12})));
  EXPECT_EQ(database().one("SELECT attempts FROM otto.contact"), "1");
}

TEST_F(RecordTest, ALateCallIsOneTooManyWhenItsContactIsBeingCalledAgain) {
  const auto id = start_campaign(retrying_campaign(3), make_contacts(1));
  const auto first = send(id);
  record(first.attempt, {make_fact(FactKind::NotPlaced, 900)}, kNow + seconds{900});
  const auto second = place(id, 2, kNow + hours{1});

  const auto late = record(first.attempt, {make_status(LegStatus::Ringing, 3601, 1, sid_of(1))}, kNow + hours{1});
  const auto late_end = record(first.attempt, {make_end(LegStatus::Completed, 3605, sid_of(1), 2)}, kNow + hours{1});
  record(second.attempt, {make_end(LegStatus::Completed, 3650, sid_of(2), 30)}, kNow + hours{1});

  EXPECT_TRUE(late.duplicate_call);
  EXPECT_FALSE(late_end.closed_now);
  EXPECT_EQ(database().one("SELECT state FROM otto.contact"), "completed");
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 1, 0}));
}

TEST_F(RecordTest, ALateCallOfACompletedCampaignKeepsItsFiguresWhole) {
  const auto id = start_campaign(retrying_campaign(1), make_contacts(1));
  const auto claimed = send(id);
  record(claimed.attempt, {make_fact(FactKind::NotPlaced, 900)}, kNow + seconds{900});
  EXPECT_TRUE(must(store_.campaigns.try_complete(id, kNow + seconds{901})));

  record(claimed.attempt, {make_status(LegStatus::Ringing, 905, 1, sid_of(1))}, kNow + seconds{905});
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 1}));
  record(claimed.attempt, {make_end(LegStatus::Completed, 950, sid_of(1), 30)}, kNow + seconds{950});

  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 1, 0}));
}

TEST_F(RecordTest, SettlesTheContactAnewWhenALateFactChangesTheOutcome) {
  const auto id = start_campaign(retrying_campaign(1), make_contacts(1));
  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_end(LegStatus::Completed, 20, sid_of(1), 5)});
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 1, 0}));
  auto silent = make_fact(FactKind::ConversationEnded, 19, sid_of(1));
  silent.reason = "agent_failed";
  silent.agent_turns = 0;

  record(claimed.attempt, {silent});

  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 1}));
  EXPECT_EQ(call_field(database(), R"("outcome")", 1), "FAILED");
}

TEST_F(RecordTest, ReopensNoContactOfACompletedCampaign) {
  const auto id = start_campaign(retrying_campaign(5), make_contacts(1));
  const auto claimed = place(id, 1);
  record(claimed.attempt, {make_end(LegStatus::Completed, 20, sid_of(1), 5)});
  EXPECT_TRUE(must(store_.campaigns.try_complete(id, kNow)));
  auto silent = make_fact(FactKind::ConversationEnded, 19, sid_of(1));
  silent.reason = "agent_failed";

  record(claimed.attempt, {silent});

  EXPECT_EQ(database().one("SELECT state FROM otto.contact"), "failed");
  EXPECT_EQ(counters(id), (StoreTest::Counters{1, 0, 1}));
}

/// The agent's and the customer's, in turn; with bytes that PostgreSQL takes in no text.
std::vector<ports::Turn> turns(int upto) {
  std::vector<ports::Turn> all;
  for (int n = 0; n < upto; ++n) {
    ports::Turn turn;
    turn.number = n;
    turn.role = n % 2 == 0 ? ports::Turn::Role::Agent : ports::Turn::Role::Customer;
    turn.text = "turn " + std::to_string(n) + std::string(1, '\0') + "\xff";
    turn.at = kNow + seconds{n};
    all.push_back(turn);
  }
  return all;
}

TEST_F(RecordTest, KeepsTheTranscriptWhicheverComesFirst) {
  const auto id = start_campaign(2);
  const auto first = place(id, 1);
  must(store_.attempts.save_turns(first.attempt, turns(1), false));
  EXPECT_EQ(call_field(database(), R"("transcript")", 1), "");
  must(store_.attempts.save_turns(first.attempt, turns(2), true));
  EXPECT_EQ(call_field(database(), R"("transcript")", 1), "Agent: turn 0\nCustomer: turn 1");

  const auto second = send(id);
  must(store_.attempts.save_turns(second.attempt, turns(2), true));
  record(second.attempt, {make_fact(FactKind::Placed, 1, sid_of(2))});
  EXPECT_EQ(call_field(database(), R"("transcript")", 2), "Agent: turn 0\nCustomer: turn 1");
  EXPECT_EQ(error_of(store_.attempts.save_turns(AttemptId{make_uuid_v7()}, turns(1), true)).code, Errc::NotFound);
}

TEST_F(RecordTest, LoadsWhatALiveCallNeedsOnAnyInstance) {
  auto campaign = make_campaign();
  campaign.dealership_id = "D-7";
  campaign.settings.agent_id = "agent_9";
  const auto id = start_campaign(std::move(campaign), make_contacts(1));
  const auto claimed = place(id, 1);

  const auto context = must(store_.attempts.load(claimed.attempt));

  ASSERT_TRUE(context);
  EXPECT_EQ(context->campaign, id);
  EXPECT_EQ(context->type, CampaignType::ServiceFollowup);
  EXPECT_EQ(context->settings.agent_id, "agent_9");
  EXPECT_EQ(context->dealership_id, "D-7");
  EXPECT_EQ(context->contact.phone, claimed.contact.phone);
  EXPECT_EQ(context->from, "+14155550100");
  EXPECT_EQ(context->call.call_sid, sid_of(1));
  EXPECT_EQ(context->sending_at, kNow);
  EXPECT_EQ(must(store_.attempts.find_by_call(sid_of(1))), claimed.attempt);
  EXPECT_EQ(must(store_.attempts.find_by_call(sid_of(9))), std::nullopt);
  EXPECT_EQ(must(store_.attempts.load(AttemptId{make_uuid_v7()})).has_value(), false);
}

TEST_F(RecordTest, OfACallThatHasHadAStreamTheLastTurnsAreLoaded) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  must(store_.attempts.save_turns(claimed.attempt, turns(9), false));
  EXPECT_TRUE(must(store_.attempts.load(claimed.attempt))->last_turns.empty()) << "nobody has heard them";
  record(claimed.attempt, {make_fact(FactKind::StreamStarted, 3, sid_of(1))});

  const auto last = must(store_.attempts.load(claimed.attempt))->last_turns;

  ASSERT_EQ(last.size(), 6u);
  EXPECT_EQ(last.front().text, "turn 3");
  EXPECT_EQ(last.back().text, "turn 8");
  EXPECT_EQ(last.back().role, ports::Turn::Role::Agent);
  EXPECT_EQ(last[4].role, ports::Turn::Role::Customer);
}

TEST_F(RecordTest, AStreamIsTakenOnceByWhoeverComesFirst) {
  const auto id = start_campaign(1);
  const auto claimed = place(id, 1);
  const auto take = [&](const char* number, const char* instance) {
    Fact fact = make_fact(FactKind::StreamStarted, 3, sid_of(1));
    fact.dedupe_key = std::string{"stream_started:"} + number;
    fact.reason = instance;
    return record(claimed.attempt, {fact});
  };

  EXPECT_TRUE(take("1", "one").fresh);
  EXPECT_FALSE(take("1", "two").fresh);
  auto seen = must(store_.attempts.look_at({claimed.attempt}));
  EXPECT_EQ(seen.at(0).streams, 1);
  EXPECT_EQ(seen.at(0).streamed_by, "one");
  EXPECT_TRUE(take("2", "two").fresh);
  EXPECT_FALSE(take("1", "three").fresh);
  seen = must(store_.attempts.look_at({claimed.attempt}));
  EXPECT_EQ(seen.at(0).streams, 2);
  EXPECT_EQ(seen.at(0).streamed_by, "two");
}

/// Two tasks record different facts of one call at the same time.
Task<void> record_one(ports::AttemptStore& attempts, AttemptId id, Fact fact, int& running) {
  std::vector<Fact> facts;
  facts.push_back(std::move(fact));
  auto recorded = co_await attempts.record(id, std::move(facts), kNow);
  EXPECT_TRUE(recorded) << (recorded ? "" : recorded.error().detail);
  --running;
}

TEST_F(RecordTest, KeepsEveryFactAndTheCountersUnderConcurrentCallbacks) {
  const auto id = start_campaign(30);
  int running = 0;
  for (int n = 1; n <= 30; ++n) {
    const auto claimed = send(id);
    for (const Fact& fact :
         {make_fact(FactKind::Placed, 0, sid_of(n)), make_status(LegStatus::Ringing, 2, 1, sid_of(n)),
          make_status(LegStatus::InProgress, 8, 2, sid_of(n)), make_end(LegStatus::Completed, 60, sid_of(n), 52),
          make_end(LegStatus::Completed, 60, sid_of(n), 52)}) {
      ++running;
      boost::asio::co_spawn(loop_, record_one(store_.attempts, claimed.attempt, fact, running),
                            [](std::exception_ptr failure) {
                              if (failure) std::rethrow_exception(failure);
                            });
    }
  }
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_EQ(counters(id), (StoreTest::Counters{30, 30, 0}));
  EXPECT_EQ(database().count("otto.call_fact"), 120);
}

/// Whoever holds the campaign may be about to reach the contact: a repeat that locked it would close the circle.
TEST_F(RecordTest, ARepeatedEndWaitsForNeitherContactNorCampaign) {
  const auto claimed = send(start_campaign(1));
  const std::vector<Fact> end{make_end(LegStatus::Completed, 30, sid_of(1), 10)};
  must(store_.attempts.record(claimed.attempt, end, kNow));
  pqxx::connection other{database().url()};
  pqxx::work tx{other};
  tx.exec(R"(SELECT FROM "OutboundCampaign", otto.contact FOR UPDATE)");

  const auto repeated = must(store_.attempts.record(claimed.attempt, end, kNow));

  EXPECT_TRUE(repeated.known);
  EXPECT_FALSE(repeated.fresh);
}

/// They meet when what was kept during an outage is handed over: here the fact's transaction, by hand, is not through.
TEST_F(RecordTest, FinalTurnsWaitForTheCallsRowThatIsBeingMade) {
  const auto claimed = send(start_campaign(1));
  ports::Turn turn;
  turn.text = "Hello";
  turn.at = kNow;
  const std::vector<ports::Turn> turns{turn};
  must(store_.attempts.save_turns(claimed.attempt, turns, false));
  pqxx::connection other{database().url()};
  pqxx::work tx{other};
  tx.exec_params("UPDATE otto.attempt SET call_sid = $2 WHERE id = $1::uuid", claimed.attempt.value, sid_of(1));
  tx.exec_params(R"(INSERT INTO "OutboundCall" ("id", "callSid", "customerName", "customerPhone", "status")
                    VALUES ('c1', $1, 'A', '+14155550101', 'INITIATED'))",
                 sid_of(1));
  bool is_saved = false;
  const auto save = [](ports::AttemptStore& attempts, AttemptId id, std::vector<ports::Turn> all,
                       bool& done) -> Task<void> {
    auto saved = co_await attempts.save_turns(id, std::move(all), true);
    EXPECT_TRUE(saved) << (saved ? "" : saved.error().detail);
    done = true;
  };
  boost::asio::co_spawn(loop_, save(store_.attempts, claimed.attempt, turns, is_saved), [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  });
  loop_.restart();
  const auto is_waiting = [] {
    return database().count("pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'") == 1;
  };
  while (!is_saved && !is_waiting()) loop_.run_for(milliseconds{5});
  tx.commit();
  while (!is_saved) loop_.run_one();

  EXPECT_EQ(call_field(database(), R"("transcript")", 1), "Agent: Hello");
}

}  // namespace
}  // namespace otto::test
