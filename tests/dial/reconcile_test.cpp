// Finding out what happened: which of the line's calls may be an unknown attempt's, and every call finished without a
// single callback.
#include "otto/dial/reconcile.hpp"

#include <gtest/gtest.h>

#include "otto/dial/dialer.hpp"
#include "otto/dial/gate.hpp"

#include "tests/dial/scripted_line.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_store.hpp"

namespace otto::dial {
namespace {

using namespace std::chrono_literals;

const TimePoint kSent = TimePoint{} + 1'800'000'000s;

ports::LineCall call_at(TimePoint created, int number = 1) {
  ports::LineCall call;
  call.call_sid = fakes::ScriptedLine::sid(number);
  call.to = "+14155550100";
  call.from = "+14155550199";
  call.direction = "outbound-api";
  call.created_at = created;
  return call;
}

ports::AttemptContext attempt_sent_at(TimePoint time) {
  ports::AttemptContext attempt;
  attempt.contact.phone = "+14155550100";
  attempt.from = "+14155550199";
  attempt.sending_at = time;
  return attempt;
}

TEST(Candidates, OnlyCallsOfTheRightTimeNumbersAndDirectionCount) {
  const auto attempt = attempt_sent_at(kSent);
  auto other_to = call_at(kSent), other_from = call_at(kSent), inbound = call_at(kSent), undated = call_at(kSent);
  other_to.to = "+14155550101";
  other_from.from = "+14155550198";
  inbound.direction = "inbound";
  undated.created_at = std::nullopt;
  const std::vector<ports::LineCall> wrong{other_to, other_from,          inbound,
                                           undated,  call_at(kSent - 6s), call_at(kSent + 73s)};
  EXPECT_TRUE(candidates(attempt, wrong).empty());

  for (const auto offset : {-5s, 0s, 12s, 72s}) {
    const std::vector<ports::LineCall> right{call_at(kSent + offset)};
    EXPECT_EQ(candidates(attempt, right).size(), 1u) << offset.count();
  }
}

TEST(Candidates, TheEarliestComesFirst) {
  const std::vector<ports::LineCall> two{call_at(kSent + 9s, 2), call_at(kSent + 1s, 1)};

  const auto found = candidates(attempt_sent_at(kSent), two);

  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].call_sid, fakes::ScriptedLine::sid(1));
}

struct ReconcilerTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kSent};
  fakes::FakeStore fake;
  fakes::ScriptedLine line{timers};
  fakes::NoAgent agent;
  ports::Store store = fake.store();
  fakes::FakeJournal journal;
  Recorder recorder{{loop, timers, fake, line, journal}};
  bool live_here = false;
  Reconciler reconciler{
      {loop, timers, store, line, agent, recorder, InstanceId{"i"}, [this](const AttemptId&) { return live_here; },
       [this] { return live_here ? std::vector{attempt} : std::vector<AttemptId>{}; }},
      Reconciler::Options{}};
  rt::Group group{loop, "test"};
  AttemptId attempt;

  void SetUp() override {
    CampaignSettings settings;
    settings.max_attempts = 2;
    const auto campaign = fake.add_campaign(settings, 1, timers.now());
    fake.campaigns[campaign].status = CampaignStatus::Running;
    group.spawn("claim", [](ReconcilerTest& t, CampaignId id) -> Task<void> {
      ports::ClaimRequest request;
      request.campaign = id;
      request.from = "+14155550199";
      request.now = t.timers.now();
      request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
        return ports::GateVerdict{};
      };
      auto answer = co_await t.fake.claim(request);
      t.attempt = std::get<ports::Claimed>(*answer).attempt;
      std::ignore = co_await t.fake.arm(t.attempt, t.timers.now(), t.timers.now() + kSendDeadline);
    }(*this, campaign));
    timers.advance(0ms);
  }
  void TearDown() override {
    reconciler.stop();
    group.spawn("stop", recorder.stop());
    timers.advance(1min);
    EXPECT_EQ(group.size(), 0u);
  }
  AttemptState state() { return fake.state(attempt); }
  void run_for(milliseconds time) {
    if (!running) group.spawn("reconciler", reconciler.run());
    running = true;
    timers.advance(time);
  }
  bool running = false;
};

TEST_F(ReconcilerTest, AnAttemptLeftInSendingBecomesUnknownAndIsFoundInTheList) {
  run_for(11s);
  EXPECT_EQ(state(), AttemptState::Sending) << "its own deadline has not passed";
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::Ringing;

  run_for(10s);

  EXPECT_EQ(state(), AttemptState::Ringing);
  EXPECT_EQ(fake.attempts.at(attempt).call.call_sid, fakes::ScriptedLine::sid(1));
}

TEST_F(ReconcilerTest, OnlyAfterTheSettleTimeDoesAnAttemptCountAsNotPlaced) {
  run_for(890s);
  EXPECT_EQ(state(), AttemptState::Unknown);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Open) << "the contact stays locked";

  run_for(300s);

  EXPECT_EQ(state(), AttemptState::NotPlaced);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Due);
  EXPECT_EQ(fake.contacts[0].attempts, 1) << "the attempt is consumed";
  EXPECT_GE(fake.contacts[0].next_at, kSent + 30min);
}

TEST_F(ReconcilerTest, ACallOfTheContactsEarlierAttemptIsNoSignOfThisOne) {
  const AttemptId earlier{make_uuid_v7()};
  fake.attempts[earlier].call.call_sid = fakes::ScriptedLine::sid(7);
  fake.attempts[earlier].call.state = AttemptState::Busy;
  line.calls = {call_at(kSent - 2s, 7)};  // the retry came within the skew of the line's clock

  run_for(20min);

  EXPECT_EQ(state(), AttemptState::NotPlaced) << "an attempt that never settles locks its contact for good";
}

TEST_F(ReconcilerTest, ASecondCallOfTheContactsEarlierAttemptIsNoSignOfThisOne) {
  fake.second_calls[fakes::ScriptedLine::sid(7)] = AttemptId{make_uuid_v7()};
  line.calls = {call_at(kSent - 2s, 7)};

  run_for(20min);

  EXPECT_EQ(state(), AttemptState::NotPlaced);
}

TEST_F(ReconcilerTest, TheCallBehindOneOfAnotherAttemptIsFound) {
  fake.second_calls[fakes::ScriptedLine::sid(7)] = AttemptId{make_uuid_v7()};
  line.calls = {call_at(kSent - 2s, 7), call_at(kSent + 1s, 1)};

  run_for(30s);

  EXPECT_EQ(fake.attempts.at(attempt).call.call_sid, fakes::ScriptedLine::sid(1));
}

TEST_F(ReconcilerTest, ARecordingOfWhichNoCallbackToldIsFound) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(30s);
  ports::LineRecording recording;
  recording.sid = "RE1";
  recording.status = "completed";
  recording.url = "https://line/RE1";
  recording.duration_seconds = 9;
  line.recorded = {recording};
  fake.unrecorded = {attempt};

  run_for(10s);

  EXPECT_EQ(fake.attempts.at(attempt).call.recording_url, "https://line/RE1");
  EXPECT_EQ(fake.attempts.at(attempt).call.recording_seconds, 9);
}

TEST_F(ReconcilerTest, AListThatFailsProvesNothing) {
  line.list_fails = true;

  run_for(2h);

  EXPECT_GT(line.lists, 10);
  EXPECT_EQ(state(), AttemptState::Unknown);
}

TEST_F(ReconcilerTest, ASecondCallInTheListIsEndedAndTheFirstBinds) {
  line.calls = {call_at(kSent + 4s, 2), call_at(kSent + 1s, 1)};

  run_for(30s);

  EXPECT_EQ(fake.attempts.at(attempt).call.call_sid, fakes::ScriptedLine::sid(1));
  ASSERT_FALSE(line.hung_up.empty());
  EXPECT_EQ(line.hung_up[0], fakes::ScriptedLine::sid(2));
}

TEST_F(ReconcilerTest, ACallWithoutACallbackIsLookedUpUntilItHasEnded) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(3min);
  EXPECT_EQ(state(), AttemptState::InProgress);

  line.calls[0].status = LegStatus::Completed;
  line.calls[0].duration_seconds = 42;
  line.calls[0].ended_at = kSent + 44s;
  run_for(10min);

  const CallState& call = fake.attempts.at(attempt).call;
  EXPECT_EQ(call.state, AttemptState::Completed);
  EXPECT_EQ(call.duration_seconds, 42);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Completed);
}

TEST_F(ReconcilerTest, ACallThatStaysSilentIsLookedUpWheneverItHasBeenSoForNinetySeconds) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(20min);

  const int before = line.fetches;
  run_for(10min);

  // Each answer is a sign of life; the next look is at the first pass (every 3 s) after 90 s without one.
  EXPECT_GE(line.fetches - before, 600 / 96);
  EXPECT_LE(line.fetches - before, 600 / 90 + 1);
}

TEST_F(ReconcilerTest, ACallThatIsTalkingHereIsLeftAlone) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(30s);
  live_here = true;
  line.calls[0].status = LegStatus::Completed;

  run_for(10min);

  EXPECT_EQ(state(), AttemptState::InProgress);
}

TEST_F(ReconcilerTest, ACallThatTheLineHasForgottenIsClosedOnceItMustBeOver) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::Ringing;
  run_for(30s);
  line.calls.clear();

  run_for(24min);  // 600 s of a call and 900 s of settling
  EXPECT_EQ(state(), AttemptState::Ringing);
  run_for(3min);

  EXPECT_EQ(state(), AttemptState::Failed);
  EXPECT_EQ(fake.attempts.at(attempt).call.outcome, Outcome::Failed);
  EXPECT_TRUE(fake.attempts.at(attempt).call.notes.starts_with("The line does not know this call any more"));
  EXPECT_EQ(fake.contacts[0].state, ContactState::Due) << "its next try comes as after any other failure";
}

TEST_F(ReconcilerTest, WhoHasAnsweredACallThatTheLineHasForgottenIsNotCalledAgain) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(30s);
  line.calls.clear();

  run_for(30min);

  ASSERT_EQ(state(), AttemptState::Completed);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Completed);
  const CallState& call = fake.attempts.at(attempt).call;
  EXPECT_LE(*call.completed_at - *call.answered_at, 600s) << "nobody pays for the time in which it was sought";
}

TEST_F(ReconcilerTest, ACallThatCannotBeLookedUpGoesBehindTheOthers) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(30s);
  line.fetch_failure = Error{Errc::ProviderUnavailable, "no answer"};

  run_for(10min);

  EXPECT_EQ(state(), AttemptState::InProgress) << "that proves nothing";
  EXPECT_GT(fake.attempts.at(attempt).last_fact, timers.now() - 100s);
  EXPECT_LE(line.fetches, 8);
}

struct ManySilent : ReconcilerTest {
  void SetUp() override {
    ReconcilerTest::SetUp();
    for (int number = 1; number <= 20; ++number) {
      const AttemptId id{make_uuid_v7()};
      auto& silent = fake.attempts[id] = fake.attempts.at(attempt);
      Fact placed{FactKind::Placed};
      placed.dedupe_key = "placed";
      placed.call_sid = fakes::ScriptedLine::sid(number);
      silent.facts = {placed};
      silent.call = fold(AttemptState::Sending, silent.facts);
      silent.last_fact = kSent - 1h;
      line.calls.push_back(call_at(kSent + 1s, number));
    }
  }
};

TEST_F(ManySilent, EightAreLookedUpAtOnce) {
  line.fetch_delay = 150ms;
  run_for(0ms);
  EXPECT_EQ(line.fetches, 8);

  run_for(450ms);
  EXPECT_EQ(line.fetches, 20);
}

TEST_F(ManySilent, TheLeaseIsKeptWhileTheLineHangs) {
  line.fetch_delay = 15s;
  run_for(11s);

  EXPECT_EQ(std::ranges::count(fake.verbs, "acquire"), 4) << "renewed every third of its ten seconds";
  EXPECT_EQ(line.fetches, 8);
  run_for(1min);
  EXPECT_GE(line.fetches, 20);
}

TEST_F(ManySilent, WhoHasLostTheLeaseLooksAtNothingMore) {
  line.fetch_delay = 15s;
  run_for(1s);
  fake.lease_is_held_by_another = true;

  run_for(1min);

  EXPECT_EQ(line.fetches, 8);
  fake.lease_is_held_by_another = false;
  line.fetch_delay = 0ms;
  run_for(10s);
  EXPECT_EQ(line.fetches, 20) << "and begins anew when it is free";
}

TEST_F(ReconcilerTest, AnAnalysisOfWhichNoWebhookToldIsRead) {
  line.calls = {call_at(kSent + 1s)};
  line.calls[0].status = LegStatus::InProgress;
  run_for(30s);
  agent.details = ports::ConversationDetails{};
  agent.details->status = "done";
  agent.details->summary = "Wants a later date.";
  fake.unanalysed = {attempt};

  run_for(10s);

  EXPECT_EQ(fake.attempts.at(attempt).facts.back().summary, "Wants a later date.");
}

TEST(Gate, TheContactsOwnZoneDecidesUnlessTheCampaignNamesOne) {
  CampaignSettings settings;  // 08:00 to 21:00
  Contact contact;
  contact.zones = {"America/Los_Angeles"};
  const TimePoint at_noon_utc = *parse_iso8601("2026-12-01T12:00:00Z");  // 04:00 in Los Angeles

  auto verdict = may_dial(contact, settings, at_noon_utc);
  EXPECT_FALSE(verdict.may_dial);
  EXPECT_EQ(format_iso8601(verdict.not_before), "2026-12-01T16:00:00.000Z");
  EXPECT_NE(verdict.reason.find("calling hours"), std::string::npos);

  settings.hours.timezone = "Europe/Berlin";
  EXPECT_TRUE(may_dial(contact, settings, at_noon_utc).may_dial);

  settings.hours.timezone = "contact";
  contact.zones = {"Europe/Berlin", "America/Los_Angeles"};
  EXPECT_FALSE(may_dial(contact, settings, at_noon_utc).may_dial)
      << "every zone in which the number may be must be open";
}

TEST(Gate, HoursThatNeverMeetHoldTheContactForADay) {
  CampaignSettings settings;
  settings.hours.start_minute = 9 * 60;
  settings.hours.end_minute = 10 * 60;
  Contact contact;
  contact.zones = {"Europe/Berlin", "America/Los_Angeles"};

  const auto verdict = may_dial(contact, settings, kSent);

  EXPECT_FALSE(verdict.may_dial);
  EXPECT_EQ(verdict.not_before, kSent + 24h);
}

}  // namespace
}  // namespace otto::dial
