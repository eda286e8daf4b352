// Facts while the store is away: acknowledged from the journal, handed over in their order once it is back.
#include "otto/dial/recorder.hpp"

#include <gtest/gtest.h>

#include "tests/dial/scripted_line.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_store.hpp"

namespace otto::dial {
namespace {

using namespace std::chrono_literals;

const TimePoint kStart = TimePoint{} + 1'800'000'000s;

Fact status(LegStatus leg, std::string call_sid = fakes::ScriptedLine::sid(1)) {
  Fact fact{FactKind::Status};
  fact.dedupe_key = "status:" + std::string{to_string(leg)};
  fact.at = kStart + 1234567us;
  fact.call_sid = std::move(call_sid);
  fact.sequence = 3;
  fact.status = leg;
  return fact;
}

struct RecorderTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kStart};
  fakes::FakeStore store;
  fakes::FakeJournal journal;
  fakes::ScriptedLine line{timers};
  Recorder recorder{{loop, timers, store, line, journal}};
  rt::Group group{loop, "test"};
  AttemptId attempt;
  std::vector<AttemptState> changes;

  void SetUp() override {
    recorder.on_change = [this](const AttemptId&, const ports::Recorded& r) { changes.push_back(r.after.state); };
    const auto campaign = store.add_campaign(CampaignSettings{}, 1, timers.now());
    store.campaigns[campaign].status = CampaignStatus::Running;
    group.spawn("claim", [](RecorderTest& t, CampaignId id) -> Task<void> {
      ports::ClaimRequest request;
      request.campaign = id;
      request.from = "+14155550199";
      request.now = t.timers.now();
      request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
        return ports::GateVerdict{};
      };
      auto answer = co_await t.store.claim(request);
      t.attempt = std::get<ports::Claimed>(*answer).attempt;
      std::ignore = co_await t.store.arm(t.attempt, t.timers.now(), t.timers.now() + 12s);
    }(*this, campaign));
    timers.advance(0ms);
  }
  void TearDown() override {
    recorder.stop_replay();
    group.spawn("stop", recorder.stop());
    timers.advance(1min);
    EXPECT_EQ(group.size(), 0u);
  }
  std::optional<Result<ports::Recorded>> record(Fact fact) {
    std::optional<Result<ports::Recorded>> out;
    group.spawn("record", [](RecorderTest& t, Fact f, std::optional<Result<ports::Recorded>>& o) -> Task<void> {
      std::vector<Fact> facts;
      facts.push_back(std::move(f));
      o = co_await t.recorder.record(t.attempt, std::move(facts));
    }(*this, std::move(fact), out));
    timers.advance(0ms);
    return out;
  }
};

TEST_F(RecorderTest, AStoreThatIsAwayCostsNoFact) {
  store.failures = 2;
  const auto ringing = record(status(LegStatus::Ringing));
  const auto busy = record(status(LegStatus::Busy));

  ASSERT_TRUE(ringing && *ringing && busy && *busy);
  EXPECT_TRUE((*ringing)->known);
  EXPECT_TRUE((*ringing)->journalled);
  EXPECT_FALSE(recorder.is_caught_up());
  EXPECT_TRUE(changes.empty());

  group.spawn("replay", recorder.replay());
  timers.advance(1s);

  EXPECT_TRUE(recorder.is_caught_up());
  EXPECT_EQ(changes, (std::vector{AttemptState::Ringing, AttemptState::Busy})) << "in their order";
  const Fact kept = store.attempts.at(attempt).facts.front();
  EXPECT_EQ(kept.at, kStart + 1234567us);
  EXPECT_EQ(kept.sequence, 3);
  EXPECT_EQ(kept.call_sid, fakes::ScriptedLine::sid(1));
}

TEST_F(RecorderTest, WhatFollowsFromAFactIsCountedFromItsArrival) {
  store.failures = 1;
  record(status(LegStatus::Busy));
  timers.advance(30min);

  group.spawn("replay", recorder.replay());
  timers.advance(1s);

  EXPECT_EQ(store.attempts.at(attempt).last_fact, kStart);
}

TEST_F(RecorderTest, AReplayWaitsForTheStoreAndDropsNothing) {
  store.failures = 1;
  record(status(LegStatus::Busy));
  store.failures = 10;
  group.spawn("replay", recorder.replay());
  timers.advance(4s);
  EXPECT_FALSE(recorder.is_caught_up());
  EXPECT_EQ(journal.records.size(), 1u);

  timers.advance(4s);

  EXPECT_TRUE(recorder.is_caught_up());
  EXPECT_EQ(store.state(attempt), AttemptState::Busy);
}

TEST_F(RecorderTest, WithoutAJournalTheCallerHearsOfIt) {
  store.failures = 1;
  journal.broken = Error{Errc::Internal, "The disk is full."};

  const auto refused = record(status(LegStatus::Busy));

  ASSERT_TRUE(refused && !*refused);
  EXPECT_EQ(refused->error().code, Errc::DatabaseUnavailable);
  EXPECT_TRUE(recorder.journal_failure());
}

TEST_F(RecorderTest, ARecordThatNobodyCanReadHoldsUpNoOther) {
  journal.records = {"not one of ours", R"({"version":99,"facts":[]})",
                     write_journal_record(JournalledFacts{attempt, {status(LegStatus::Busy)}, kStart}),
                     write_journal_record(JournalledFacts{AttemptId{"unknown"}, {status(LegStatus::Busy)}, kStart})};
  group.spawn("replay", recorder.replay());
  timers.advance(1s);

  EXPECT_TRUE(recorder.is_caught_up());
  EXPECT_EQ(store.state(attempt), AttemptState::Busy);
}

TEST_F(RecorderTest, ARecordThatFailsInsideIsTriedAgainBeforeItIsPassedOver) {
  store.failures = 2;
  record(status(LegStatus::Ringing));
  record(status(LegStatus::Busy));
  store.failure = Error{Errc::Internal, "an exception"};
  store.failures = 4;
  group.spawn("replay", recorder.replay());
  timers.advance(10s);

  EXPECT_TRUE(recorder.is_caught_up());
  EXPECT_EQ(changes, (std::vector{AttemptState::Ringing, AttemptState::Busy}));
}

TEST_F(RecorderTest, ARecordThatAlwaysFailsHoldsUpNoOther) {
  store.failures = 2;
  record(status(LegStatus::Ringing));
  record(status(LegStatus::Busy));
  store.failure = Error{Errc::Internal, "an exception"};
  store.failures = 5;
  const std::string refused = journal.records.at(0);
  group.spawn("replay", recorder.replay());
  timers.advance(10s);

  EXPECT_TRUE(recorder.is_caught_up());
  EXPECT_EQ(changes, std::vector{AttemptState::Busy});
  EXPECT_EQ(journal.aside, std::vector{refused}) << "not lost, but kept for a person";
}

TEST_F(RecorderTest, AFactThatTheStoreNeverTakesIsKeptForAPerson) {
  store.failure = Error{Errc::Internal, "invalid data"};
  store.failures = 1000;
  std::vector<Fact> facts{status(LegStatus::Busy)};
  group.spawn("surely", recorder.record_surely(attempt, std::move(facts)));
  timers.advance(30s);

  ASSERT_EQ(journal.aside.size(), 1u);
  const auto kept = read_journal_record(journal.aside[0]);
  ASSERT_TRUE(kept);
  EXPECT_EQ(std::get<JournalledFacts>(*kept).attempt, attempt);
  EXPECT_TRUE(journal.records.empty());
}

TEST_F(RecorderTest, WhatNobodyTookInTimeIsTriedOn) {
  store.failures = 3;
  journal.broken = Error{Errc::Internal, "The disk is full."};
  std::vector<Fact> facts{status(LegStatus::Ringing)};
  std::optional<Result<ports::Recorded>> answer;
  group.spawn("record",
              [](RecorderTest& t, std::vector<Fact> f, std::optional<Result<ports::Recorded>>& o) -> Task<void> {
                o = co_await t.recorder.record_soon(t.attempt, std::move(f), 500ms);
              }(*this, std::move(facts), answer));
  timers.advance(0ms);
  ASSERT_TRUE(answer && !*answer);

  timers.advance(10s);

  EXPECT_EQ(changes, std::vector{AttemptState::Ringing});
}

TEST_F(RecorderTest, ASecondCallFoundInTheJournalIsEnded) {
  record(status(LegStatus::Ringing));
  store.failures = 1;
  record(status(LegStatus::InProgress, fakes::ScriptedLine::sid(2)));
  EXPECT_TRUE(line.hung_up.empty());

  group.spawn("replay", recorder.replay());
  timers.advance(1s);

  EXPECT_EQ(line.hung_up, std::vector<std::string>{fakes::ScriptedLine::sid(2)});
}

TEST_F(RecorderTest, ManyCallsAreHungUpSixteenAtOnceInTheirOrder) {
  std::vector<std::string> sids;
  for (int number = 0; number < 500; ++number) sids.push_back(fakes::ScriptedLine::sid(number));
  line.hang_up_delay = 150ms;

  recorder.end_calls(sids);

  timers.advance(0ms);
  EXPECT_EQ(line.hung_up, (std::vector<std::string>{sids.begin(), sids.begin() + 16}));
  timers.advance(5s);
  EXPECT_EQ(line.hung_up, sids);
}

TEST_F(RecorderTest, OnlyAWholeTranscriptGoesIntoTheJournal) {
  ports::Turn turn;
  turn.role = ports::Turn::Role::Customer;
  turn.text = "Grüße";
  turn.original = "o";
  turn.number = 4;
  turn.at = kStart;
  store.failures = 2;
  group.spawn("part", recorder.save_turns(attempt, {turn}, false));
  timers.advance(0ms);
  EXPECT_TRUE(journal.records.empty());
  group.spawn("all", recorder.save_turns(attempt, {turn}, true));
  timers.advance(0ms);

  ASSERT_EQ(journal.records.size(), 1u);
  const auto read = read_journal_record(journal.records[0]);
  ASSERT_TRUE(read && std::holds_alternative<JournalledTurns>(*read));
  const auto& kept = std::get<JournalledTurns>(*read).turns.at(0);
  EXPECT_EQ(kept.text, "Grüße");
  EXPECT_EQ(kept.original, "o");
  EXPECT_EQ(kept.number, 4);
  EXPECT_EQ(kept.role, ports::Turn::Role::Customer);
  EXPECT_EQ(kept.at, kStart);
}

TEST_F(RecorderTest, WhatPeopleSayIsEncryptedBeforeItIsKeptAnywhere) {
  const crypto::TextSeal seal{{std::string(32, 'k')}};
  Recorder sealing{{loop, timers, store, line, journal, seal}};
  ports::Turn turn;
  turn.text = "Grüße";
  turn.original = "Grüße an alle";
  store.failures = 1;
  group.spawn("journalled", sealing.save_turns(attempt, {turn}, true));
  timers.advance(0ms);
  group.spawn("stored", sealing.save_turns(attempt, {turn}, true));
  timers.advance(0ms);

  ASSERT_EQ(journal.records.size(), 1u);
  EXPECT_EQ(journal.records[0].find("an alle"), std::string::npos) << journal.records[0];
  for (const auto& kept :
       {std::get<JournalledTurns>(read_journal_record(journal.records[0]).value()).turns, store.turns[attempt]}) {
    ASSERT_EQ(kept.size(), 1u);
    EXPECT_TRUE(kept[0].text.starts_with("sealed:v1:")) << kept[0].text;
    EXPECT_EQ(seal.open(kept[0].text), "Grüße");
    EXPECT_EQ(seal.open(kept[0].original), "Grüße an alle");
  }
  group.spawn("replay", recorder.replay());
  timers.advance(1s);
  EXPECT_EQ(seal.open(store.turns[attempt].at(0).text), "Grüße") << "not encrypted twice";
}

}  // namespace
}  // namespace otto::dial
