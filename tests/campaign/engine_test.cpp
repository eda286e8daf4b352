// A campaign from its start to its end on virtual time: pace, concurrency, retries, stop, failure, leases.
#include "otto/campaign/engine.hpp"

#include <gtest/gtest.h>
#include <set>

#include "otto/dial/recorder.hpp"

#include "tests/dial/scripted_line.hpp"
#include "tests/fakes/fake_agent.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_store.hpp"

namespace otto::campaign {
namespace {

using namespace std::chrono_literals;

// 2027-01-15 18:00 UTC, 10:00 in Los Angeles.
const TimePoint kMorning = *parse_iso8601("2027-01-15T18:00:00Z");

struct EngineTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, kMorning};
  fakes::FakeStore fake;
  fakes::ScriptedLine line{timers};
  ports::Store store = fake.store();
  fakes::FakeJournal journal;
  dial::Recorder recorder{{loop, timers, fake, line, journal}};
  dial::Dialer dialer{{timers, fake, line, recorder, nullptr}};
  test::FakeAgent agent{loop, timers};
  Engine engine{{loop, timers, store, dialer, agent, InstanceId{"i"}}, options()};
  rt::Group group{loop, "test"};
  CampaignSettings settings;
  CampaignId campaign;
  milliseconds call_length{20'000};
  LegStatus ends_as = LegStatus::Completed;

  static Engine::Options options() {
    Engine::Options options;
    options.callers = {"+14155550198", "+14155550199"};
    return options;
  }
  void SetUp() override {
    recorder.on_change = [this](const AttemptId& id, const ports::Recorded& recorded) {
      if (recorded.after.state == AttemptState::Accepted) group.spawn("call", end_call(id, recorded.after.call_sid));
      if (recorded.closed_now) engine.wake(recorded.campaign);
    };
  }
  Task<void> end_call(AttemptId id, std::string sid) {
    co_await timers.sleep_for(call_length);
    Fact fact{FactKind::Status};
    fact.dedupe_key = "end";
    fact.call_sid = std::move(sid);
    fact.status = ends_as;
    fact.at = timers.now();
    std::vector<Fact> facts{fact};
    std::ignore = co_await recorder.record(id, std::move(facts));
  }
  void start(int contacts) {
    campaign = fake.add_campaign(settings, contacts, timers.now());
    if (!running) group.spawn("engine", engine.run());
    running = true;
    timers.advance(0ms);
  }
  void TearDown() override {
    engine.stop();
    timers.advance(2min);
    group.spawn("stop", recorder.stop());
    timers.advance(10min);
    EXPECT_EQ(group.size(), 0u);
  }
  CampaignStatus status() { return fake.campaigns.at(campaign).status; }
  bool running = false;
};

TEST_F(EngineTest, EveryContactIsCalledOnceAtItsPaceAndTheCampaignCompletes) {
  settings.delay_between_calls = 5s;
  start(4);

  EXPECT_EQ(line.sent, 1);
  timers.advance(4900ms);
  EXPECT_EQ(line.sent, 1) << "the delay between calls holds";
  timers.advance(200ms);
  EXPECT_EQ(line.sent, 2);
  timers.advance(60s);

  EXPECT_EQ(line.sent, 4);
  EXPECT_EQ(status(), CampaignStatus::Completed);
  std::set<std::string> numbers;
  for (const auto& request : line.requests) numbers.insert(request.to);
  EXPECT_EQ(numbers.size(), 4u);
  EXPECT_EQ(line.requests[0].from, "+14155550198");
  EXPECT_EQ(line.requests[1].from, "+14155550199") << "caller ids rotate";
  EXPECT_EQ(engine.running(), 0u);
}

TEST_F(EngineTest, NoMoreCallsAtOnceThanTheSettingAllows) {
  settings.delay_between_calls = 0s;
  settings.max_concurrent_calls = 3;
  start(7);

  timers.advance(1s);
  EXPECT_EQ(line.sent, 3);
  timers.advance(20s);
  EXPECT_EQ(line.sent, 6) << "a call that ends makes room at once";
  timers.advance(40s);

  EXPECT_EQ(line.sent, 7);
  EXPECT_EQ(status(), CampaignStatus::Completed);
}

TEST_F(EngineTest, ABusyContactIsTriedAgainAfterItsDelayUntilItsAttemptsAreUsed) {
  settings.delay_between_calls = 0s;
  settings.max_attempts = 3;
  settings.retry_delay = 600s;
  call_length = 1s;
  ends_as = LegStatus::Busy;
  start(1);

  timers.advance(5min);
  EXPECT_EQ(line.sent, 1);
  timers.advance(6min);
  EXPECT_EQ(line.sent, 2);
  timers.advance(1h);

  EXPECT_EQ(line.sent, 3);
  EXPECT_EQ(status(), CampaignStatus::Completed);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Failed);
}

TEST_F(EngineTest, AScheduledCampaignWaitsForItsTime) {
  settings.delay_between_calls = 0s;
  campaign = fake.add_campaign(settings, 1, timers.now());
  fake.campaigns[campaign].scheduled_time = timers.now() + 10min;
  group.spawn("engine", engine.run());

  timers.advance(9min);
  EXPECT_EQ(status(), CampaignStatus::Pending);
  EXPECT_EQ(line.sent, 0);
  timers.advance(61s);

  EXPECT_EQ(line.sent, 1);
}

TEST_F(EngineTest, OutsideCallingHoursNothingIsDialedAndItBeginsWhenTheyOpen) {
  settings.delay_between_calls = 0s;
  settings.hours.start_minute = 12 * 60;  // in two hours, where the contact is
  settings.hours.end_minute = 13 * 60;
  start(1);

  timers.advance(2h - 1s);
  EXPECT_EQ(line.sent, 0);
  timers.advance(10s);

  EXPECT_EQ(line.sent, 1);
}

TEST_F(EngineTest, AHaltStopsAtOnceWhateverTheDatabaseSays) {
  settings.delay_between_calls = 1s;
  start(10);
  timers.advance(2500ms);
  const int before = line.sent;

  engine.halt(campaign);
  fake.campaigns[campaign].status = CampaignStatus::Stopped;
  timers.advance(10min);

  EXPECT_EQ(line.sent, before);
  EXPECT_EQ(engine.running(), 0u);
}

TEST_F(EngineTest, ARefusalForEverybodyFailsTheCampaignWithTheProvidersWords) {
  settings.delay_between_calls = 0s;
  line.answers = {
      fakes::ScriptedLine::refused(ports::RefusalScope::Account, "Twilio refuses the account: Authenticate (20003).")};
  start(5);

  timers.advance(1min);

  EXPECT_EQ(status(), CampaignStatus::Failed);
  EXPECT_EQ(fake.failed[campaign], "Twilio refuses the account: Authenticate (20003).");
  EXPECT_LE(line.sent, 2) << "at most what was under way already";
  EXPECT_EQ(fake.contacts[0].attempts, 0);
}

TEST_F(EngineTest, AnAgentThatRefusesForGoodFailsTheCampaignBeforeAnybodyIsPhoned) {
  settings.delay_between_calls = 0s;
  settings.agent_id = "agent-of-the-campaign";
  agent.prepare_answers = {Error{Errc::NotFound, "The provider knows no agent agent-of-the-campaign."}};
  start(5);

  timers.advance(1min);

  EXPECT_EQ(status(), CampaignStatus::Failed);
  EXPECT_EQ(fake.failed[campaign], "The provider knows no agent agent-of-the-campaign.");
  EXPECT_EQ(agent.prepared.front(), "agent-of-the-campaign");
  EXPECT_EQ(line.sent, 0);
  EXPECT_EQ(fake.contacts[0].attempts, 0);
}

TEST_F(EngineTest, AnAccountThatIsRefusedAfterCallsHaveGoneWellPausesTheCampaign) {
  settings.delay_between_calls = 10s;
  start(5);
  timers.advance(5s);
  fake.campaigns[campaign].contacts_called = 1;
  line.answers = {fakes::ScriptedLine::refused(ports::RefusalScope::Account, "The account is suspended.")};

  timers.advance(1min);

  EXPECT_EQ(status(), CampaignStatus::Running);
  EXPECT_EQ(fake.campaigns[campaign].hold, CampaignHold::Account);
  EXPECT_NE(fake.campaigns[campaign].hold_reason.find("The account is suspended."), std::string::npos);
  const int before = line.sent;
  fake.campaigns[campaign].hold.reset();
  timers.advance(5min);
  EXPECT_GT(line.sent, before) << "resumed, it goes on";
  EXPECT_EQ(status(), CampaignStatus::Completed);
}

TEST_F(EngineTest, APausedCampaignDialsNobodyUntilItIsResumed) {
  settings.delay_between_calls = 1s;
  start(10);
  timers.advance(2500ms);
  const int before = line.sent;
  engine.halt(campaign);
  fake.campaigns[campaign].hold = CampaignHold::Paused;

  timers.advance(10min);
  EXPECT_EQ(line.sent, before);
  fake.campaigns[campaign].hold.reset();
  timers.advance(1min);

  EXPECT_EQ(line.sent, 10);
}

TEST_F(EngineTest, ChangedSettingsHoldFromTheNextContactOn) {
  settings.delay_between_calls = 600s;
  settings.max_concurrent_calls = 50;
  start(10);
  timers.advance(1s);
  EXPECT_EQ(line.sent, 1);
  fake.campaigns[campaign].settings.delay_between_calls = 1s;
  engine.wake(campaign);
  timers.advance(20s);

  EXPECT_EQ(line.sent, 10);
}

TEST_F(EngineTest, WhileTheAgentIsAwayNobodyIsPhonedAndThenEverybodyIs) {
  settings.delay_between_calls = 0s;
  for (int i = 0; i < 3; ++i) agent.prepare_answers.emplace_back(Error{Errc::ProviderUnavailable, "It is failing."});
  start(2);

  timers.advance(14s);
  EXPECT_EQ(line.sent, 0);
  timers.advance(1min);

  EXPECT_EQ(line.sent, 2);
  EXPECT_EQ(status(), CampaignStatus::Completed);
}

TEST_F(EngineTest, AnAgentThatRefusesLaterStopsTheCallsWithinAMinute) {
  settings.delay_between_calls = 10s;
  start(100);
  timers.advance(30s);
  const int before = line.sent;
  agent.prepare_answers = {Error{Errc::ProviderRefused, "No quota is left."}};

  timers.advance(10min);

  EXPECT_GT(before, 1);
  EXPECT_LE(line.sent, 7);
  EXPECT_EQ(fake.failed[campaign], "No quota is left.");
}

TEST_F(EngineTest, AnAgentWithAllItsPlacesTakenDoesNotEndTheCampaign) {
  settings.delay_between_calls = 0s;
  agent.prepare_answers = {Error{Errc::RateLimited, "No conversation is free."}};
  start(1);

  timers.advance(1min);

  EXPECT_EQ(status(), CampaignStatus::Completed);
}

TEST_F(EngineTest, AnotherInstancesCampaignIsLeftToIt) {
  settings.delay_between_calls = 0s;
  fake.lease_is_held_by_another = true;
  start(3);
  timers.advance(10s);
  EXPECT_EQ(line.sent, 0);

  fake.lease_is_held_by_another = false;  // it died, and its lease has lapsed
  timers.advance(5s);

  EXPECT_GT(line.sent, 0);
}

TEST_F(EngineTest, AWaitForAPlaceThatOutlastsTheLeaseSendsNothingIfItCannotBeRenewed) {
  settings.delay_between_calls = 0s;
  fake.send_in = 60s;
  start(1);
  fake.lease_is_held_by_another = true;

  timers.advance(10min);

  EXPECT_EQ(line.sent, 0);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Due);
}

TEST_F(EngineTest, ItSurvivesADatabaseThatIsAwayForAWhile) {
  settings.delay_between_calls = 0s;
  fake.failures = 25;
  start(2);

  timers.advance(3min);

  EXPECT_EQ(line.sent, 2);
  EXPECT_EQ(status(), CampaignStatus::Completed);
}

TEST_F(EngineTest, StopEndsEveryRunnerAndReleasesItsLease) {
  settings.delay_between_calls = 30s;
  start(5);
  timers.advance(1s);

  engine.stop();
  timers.advance(1s);

  EXPECT_EQ(engine.running(), 0u);
  EXPECT_EQ(line.sent, 1);
  EXPECT_TRUE(std::ranges::count(fake.verbs, "release campaign:" + campaign.value));
}

}  // namespace
}  // namespace otto::campaign
