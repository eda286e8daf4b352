// What a claim decides beyond "who is next": holds, brake, budget, numbers called often, shares of the call rate.
#include <array>
#include <gmock/gmock.h>
#include <map>

#include "otto/dial/gate.hpp"

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using testing::HasSubstr;
using Why = ports::NotClaimed::Why;

ports::ClaimRequest request_for(const CampaignId& id, TimePoint now = kNow) {
  ports::ClaimRequest request;
  request.campaign = id;
  request.instance = kMe;
  request.epoch = 1;
  request.from = "+14155550100";
  request.now = now;
  request.calls_per_second = 1'000'000;
  return request;
}

class PolicyTest : public StoreTest {
 protected:
  std::variant<ports::Claimed, ports::NotClaimed> claim(ports::ClaimRequest request) {
    return must(store_.attempts.claim(std::move(request)));
  }
  ports::NotClaimed refused(ports::ClaimRequest request) {
    return std::get<ports::NotClaimed>(claim(std::move(request)));
  }
  /// Claims, arms, places and ends one call.
  AttemptId call_once(const CampaignId& id, int n, LegStatus status, int duration, TimePoint now = kNow) {
    const auto claimed = std::get<ports::Claimed>(claim(request_for(id, now)));
    EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, now, now + seconds{12})));
    std::vector<Fact> facts{make_end(status, 30, sid_of(n), duration)};
    must(store_.attempts.record(claimed.attempt, std::move(facts), now));
    return claimed.attempt;
  }
};

TEST_F(PolicyTest, NothingIsClaimedOrArmedWhileACampaignIsHeld) {
  const auto id = start_campaign(3);
  const auto claimed = must_claim(id);
  EXPECT_TRUE(must(store_.campaigns.hold(id, CampaignHold::Paused, "lunch", kNow)));

  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
  const auto none = refused(request_for(id));
  EXPECT_EQ(none.why, Why::Held);
  EXPECT_EQ(none.reason, "lunch");
  EXPECT_TRUE(must(store_.campaigns.runnable(kNow)).empty());
  EXPECT_EQ(must(store_.campaigns.load(id))->hold, CampaignHold::Paused);
  EXPECT_EQ(database().one("SELECT status FROM \"OutboundCampaign\""), "RUNNING");
  EXPECT_FALSE(must(store_.campaigns.hold(id, CampaignHold::Failures, "too many", kNow))) << "the first hold stands";

  EXPECT_TRUE(must(store_.campaigns.resume(id, kNow)));
  EXPECT_FALSE(must(store_.campaigns.resume(id, kNow)));
  EXPECT_EQ(must_claim(id).attempt_number, 1) << "the attempt that was not sent was given back";
}

TEST_F(PolicyTest, WhatHasEndedIsNeitherHeldNorChanged) {
  const auto id = start_campaign(1);
  must(store_.campaigns.stop(id, kNow));
  for (auto failure : {run_on(loop_, store_.campaigns.hold(id, CampaignHold::Paused, "", kNow)),
                       run_on(loop_, store_.campaigns.resume(id, kNow))})
    EXPECT_EQ(failure.error().code, Errc::Conflict);
  EXPECT_EQ(run_on(loop_, store_.campaigns.resume(CampaignId{"nobody"}, kNow)).error().code, Errc::NotFound);
}

/// Claims and arms; `late` counts what was armed although the pause had been answered before it was asked.
Task<void> dial_all(ports::Store& store, CampaignId id, const bool& paused, int& armed, int& late, int& running) {
  for (;;) {
    auto request = request_for(id);
    auto outcome = co_await store.attempts.claim(std::move(request));
    if (!outcome || !std::holds_alternative<ports::Claimed>(*outcome)) break;
    const AttemptId attempt = std::get<ports::Claimed>(*outcome).attempt;
    const bool asked_late = paused;
    auto sending = co_await store.attempts.arm(attempt, kNow, kNow + seconds{12});
    if (!sending || !*sending) continue;
    ++armed;
    if (asked_late) ++late;
  }
  --running;
}

Task<void> pause_soon(ports::Store& store, CampaignId id, const int& armed, bool& paused, int& running) {
  while (armed < 5) std::ignore = co_await store.ping();
  auto answer = co_await store.campaigns.hold(id, CampaignHold::Paused, "now", kNow);
  paused = answer && *answer;
  --running;
}

TEST_F(PolicyTest, NothingIsArmedAfterAPauseHasBeenAnsweredByEitherOfTwoInstances) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 1000;
  const auto id = start_campaign(std::move(campaign), make_contacts(300));
  store::Options options;
  options.url = database().url();
  options.connections = 3;
  const auto second = store::make_database(loop_, options);
  auto other = second->store();
  bool paused = false;
  int armed = 0, late = 0, running = 7;
  const auto rethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  };
  for (int i = 0; i < 3; ++i) {
    boost::asio::co_spawn(loop_, dial_all(store_, id, paused, armed, late, running), rethrow);
    boost::asio::co_spawn(loop_, dial_all(other, id, paused, armed, late, running), rethrow);
  }
  boost::asio::co_spawn(loop_, pause_soon(store_, id, armed, paused, running), rethrow);
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_TRUE(paused);
  EXPECT_LT(armed, 300) << "the pause came in the middle";
  EXPECT_EQ(late, 0);
  EXPECT_EQ(database().count("otto.attempt WHERE state = 'sending'"), armed);
  EXPECT_EQ(database().count("otto.attempt WHERE state = 'intent'"), 0);
  boost::asio::co_spawn(loop_, second->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

TEST_F(PolicyTest, ACampaignWhoseCallsFailPausesItselfAndGoesOnAfreshWhenItIsResumed) {
  const auto id = start_campaign(60);
  for (int i = 0; i < 20; ++i)
    call_once(id, i, i % 2 == 0 ? LegStatus::Failed : LegStatus::Completed, i % 2 == 0 ? 0 : 20, kNow + seconds{i});

  const auto none = refused(request_for(id, kNow + seconds{30}));

  EXPECT_EQ(none.why, Why::Held);
  EXPECT_THAT(none.reason, HasSubstr("10 of the last 20 calls failed"));
  const auto held = must(store_.campaigns.load(id));
  EXPECT_EQ(held->hold, CampaignHold::Failures);
  EXPECT_THAT(held->hold_reason, HasSubstr("resume"));
  must(store_.campaigns.resume(id, kNow + seconds{60}));
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request_for(id, kNow + seconds{61}))));
}

TEST_F(PolicyTest, ACampaignThatRingsPeopleUpForNothingPausesItselfAfterFive) {
  const auto id = start_campaign(30);
  const auto in_vain = [&](int n) {  // answered, and the agent never said a word
    const auto claimed = std::get<ports::Claimed>(claim(request_for(id, kNow + seconds{n})));
    EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
    auto talk = make_fact(FactKind::ConversationEnded, 20, sid_of(n));
    talk.reason = "agent_failed";
    std::vector<Fact> facts{std::move(talk), make_end(LegStatus::Completed, 30, sid_of(n), 5)};
    must(store_.attempts.record(claimed.attempt, std::move(facts), kNow + seconds{n}));
  };
  for (const int n : {1, 2, 3, 4}) in_vain(n);
  call_once(id, 5, LegStatus::Completed, 20, kNow + seconds{5});  // one that went well: it begins anew
  for (const int n : {6, 7, 8}) in_vain(n);
  call_once(id, 9, LegStatus::Busy, 0, kNow + seconds{9});  // nobody answered: it says nothing
  for (const int n : {10, 11}) in_vain(n);

  const auto none = refused(request_for(id, kNow + seconds{12}));

  EXPECT_EQ(none.why, Why::Held);
  EXPECT_THAT(none.reason, HasSubstr("last 5 people who answered could not be talked to"));
  EXPECT_EQ(must(store_.campaigns.load(id))->hold, CampaignHold::Failures);
  must(store_.campaigns.resume(id, kNow + seconds{60}));
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request_for(id, kNow + seconds{61}))));
}

TEST_F(PolicyTest, TheBrakeCanBeLeftOffAndBusyLinesAreNoFailures) {
  auto campaign = make_campaign();
  campaign.settings.pause_on_failures = 0;
  const auto id = start_campaign(std::move(campaign), make_contacts(30));
  const auto busy = start_campaign(make_campaign(), make_contacts(30, 100));
  for (int i = 0; i < 20; ++i) call_once(id, i, LegStatus::Failed, 0);
  for (int i = 0; i < 20; ++i) call_once(busy, 100 + i, LegStatus::Busy, 0);

  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request_for(id))));
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request_for(busy))));
}

TEST_F(PolicyTest, ABudgetOfCallsIsNeverPassed) {
  auto campaign = make_campaign();
  campaign.settings.budget.max_calls = 2;
  const auto id = start_campaign(std::move(campaign), make_contacts(5));
  call_once(id, 1, LegStatus::Completed, 20);
  const auto open = must_claim(id);

  const auto none = refused(request_for(id));

  EXPECT_EQ(none.why, Why::BudgetSpent);
  EXPECT_TRUE(none.open_attempts);
  EXPECT_THAT(none.reason, HasSubstr("maxCalls"));
  must(store_.attempts.withdraw(open.attempt, kNow, "given back"));
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request_for(id)))) << "what was not sent costs nothing";
}

TEST_F(PolicyTest, ABudgetThatIsUsedUpByTheLastContactHoldsNothingUp) {
  auto campaign = make_campaign();
  campaign.settings.budget.max_calls = 1;
  const auto id = start_campaign(std::move(campaign), make_contacts(1));
  call_once(id, 1, LegStatus::Completed, 20);

  EXPECT_EQ(refused(request_for(id)).why, Why::NothingDue);
}

TEST_F(PolicyTest, MoneyIsReservedAtTheClaimAndSettledByWhatTheCallHasCost) {
  auto campaign = make_campaign();
  campaign.settings.max_call_duration = seconds{90};  // three minutes at most with ringing and slack: 3.00
  campaign.settings.budget.price_per_minute = 1;
  campaign.settings.budget.max_cost = 7;
  const auto id = start_campaign(std::move(campaign), make_contacts(9));
  const auto first = place(id, 1);
  place(id, 2);

  EXPECT_EQ(refused(request_for(id)).why, Why::BudgetSpent) << "two reserve six, the third might cost three more";
  EXPECT_EQ(must(store_.campaigns.state(id, kNow)).reserved_micros, 6'000'000);
  record(first.attempt, {make_end(LegStatus::Completed, 30, sid_of(1), 61)});

  const auto state = must(store_.campaigns.state(id, kNow));
  EXPECT_EQ(state.spent_micros, 2'000'000) << "61 seconds are two begun minutes";
  EXPECT_EQ(state.reserved_micros, 3'000'000);
  EXPECT_EQ(state.calls_closed, 1);
  EXPECT_EQ(refused(request_for(id)).why, Why::BudgetSpent) << "2 + 3 + 3 are more than 7";
}

/// Claims and ends calls at once; what they cost in the end comes from the rows.
Task<void> spend_all(ports::Store& store, CampaignId id, int& n, int& running) {
  for (;;) {
    auto request = request_for(id);
    auto outcome = co_await store.attempts.claim(std::move(request));
    if (!outcome) break;
    if (!std::holds_alternative<ports::Claimed>(*outcome)) {
      const auto& none = std::get<ports::NotClaimed>(*outcome);
      if (none.open_attempts) continue;
      break;
    }
    const AttemptId attempt = std::get<ports::Claimed>(*outcome).attempt;
    std::ignore = co_await store.attempts.arm(attempt, kNow, kNow + seconds{12});
    const int mine = ++n;
    std::vector<Fact> facts{make_end(LegStatus::Completed, 30, sid_of(mine), mine % 170)};
    std::ignore = co_await store.attempts.record(attempt, std::move(facts), kNow);
  }
  --running;
}

TEST_F(PolicyTest, NeitherBudgetIsPassedByTwoInstancesAtOnce) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 50;
  campaign.settings.max_call_duration = seconds{120};  // three minutes: 3.00
  campaign.settings.budget.price_per_minute = 1;
  campaign.settings.budget.max_cost = 60;
  campaign.settings.budget.max_calls = 100;
  const auto id = start_campaign(std::move(campaign), make_contacts(200));
  store::Options options;
  options.url = database().url();
  options.connections = 3;
  const auto second = store::make_database(loop_, options);
  auto other = second->store();
  int n = 0, running = 6;
  for (int i = 0; i < 3; ++i)
    for (ports::Store* store : {&store_, &other})
      boost::asio::co_spawn(loop_, spend_all(*store, id, n, running), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
  loop_.restart();
  while (running > 0) loop_.run_one();

  const auto state = must(store_.campaigns.state(id, kNow));
  EXPECT_LE(state.spent_micros, 60'000'000);
  EXPECT_GT(state.spent_micros, 57'000'000) << "and what is left is less than one call can cost";
  EXPECT_LE(state.calls_closed, 100);
  EXPECT_EQ(std::to_string(state.spent_micros), database().one("SELECT sum(cost_micros) FROM otto.attempt"));
  EXPECT_EQ(state.calls_closed, database().count("otto.attempt"));
  boost::asio::co_spawn(loop_, second->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

TEST_F(PolicyTest, ANumberIsNotCalledMoreOftenThanItsLimitWhateverTheCampaign) {
  std::vector<CampaignId> campaigns;
  for (int i = 0; i < 4; ++i) campaigns.push_back(start_campaign(1));  // all of one number
  const auto request_with_gate = [](const CampaignId& id, TimePoint now) {
    auto request = request_for(id, now);
    request.calls_per_number = 3;
    dial::GateLimits limits;
    request.gate = [limits, now](const Contact& contact, const CampaignSettings& settings,
                                 const ports::DialHistory& history) {
      CampaignSettings always = settings;
      always.hours = CallingHours{0, 1440, "UTC", 0x7F};
      always.legal_hours = false;
      return dial::decide(contact, always, history, limits, now);
    };
    return request;
  };
  for (int i = 0; i < 3; ++i) {
    const CampaignId& id = campaigns[static_cast<std::size_t>(i)];
    const auto claimed = std::get<ports::Claimed>(claim(request_with_gate(id, kNow + minutes{i})));
    must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12}));
    std::vector<Fact> facts{make_end(LegStatus::Completed, 30, sid_of(i), 10)};
    must(store_.attempts.record(claimed.attempt, std::move(facts), kNow));
  }

  const auto none = refused(request_with_gate(campaigns[3], kNow + minutes{5}));

  EXPECT_EQ(none.next_due, kNow + hours{24});
  const auto why = must(store_.campaigns.decision(campaigns[3], make_contact(0).phone));
  EXPECT_EQ(why.rule, "number_cap");
  EXPECT_THAT(why.reason, HasSubstr("3 times"));
  EXPECT_TRUE(
      std::holds_alternative<ports::Claimed>(claim(request_with_gate(campaigns[3], kNow + hours{24} + seconds{1}))));
}

TEST_F(PolicyTest, TheDecisionsAboutContactsAreKeptAndCounted) {
  const auto id = start_campaign(3);
  auto request = request_for(id);
  request.gate = [](const Contact& contact, const CampaignSettings&, const ports::DialHistory&) {
    ports::GateVerdict verdict;
    verdict.may_dial = contact.row == 4;
    verdict.not_before = kNow + hours{3};
    verdict.rule = "calling_hours";
    verdict.reason = "outside the campaign's calling hours";
    return verdict;
  };
  const auto claimed = std::get<ports::Claimed>(claim(request));
  const auto state = must(store_.campaigns.state(id, kNow));

  ASSERT_EQ(state.rules.size(), 1U);
  EXPECT_EQ(state.rules[0].rule, "calling_hours");
  EXPECT_EQ(state.rules[0].decisions, 2);
  EXPECT_EQ(state.next->contact.next_at, kNow + hours{3});
  EXPECT_EQ(state.next->rule, "calling_hours");
  EXPECT_EQ(must(store_.campaigns.decision(id, claimed.contact.phone)).rule, "dialed");
  claim(request);
  EXPECT_EQ(must(store_.campaigns.state(id, kNow)).rules[0].decisions, 2) << "a poll decides nothing";
  record(claimed.attempt, {make_end(LegStatus::Completed, 30, sid_of(1), 20)});
  EXPECT_EQ(must(store_.campaigns.decision(id, claimed.contact.phone)).rule, "completed");
  EXPECT_EQ(run_on(loop_, store_.campaigns.decision(id, "+14155559999")).error().code, Errc::NotFound);
}

TEST_F(PolicyTest, SettingsChangeWhileItRunsAndContactsThatWereHeldBackAreLookedAtAgain) {
  const auto id = start_campaign(2);
  auto request = request_for(id);
  request.gate = [](const Contact&, const CampaignSettings& settings, const ports::DialHistory&) {
    ports::GateVerdict verdict;
    verdict.may_dial = settings.hours.start_minute == 0;
    verdict.not_before = kNow + hours{3};
    verdict.rule = "calling_hours";
    return verdict;
  };
  EXPECT_EQ(refused(request).next_due, kNow + hours{3});
  const auto changed = must(store_.campaigns.change(
      id,
      [](const CampaignSettings& old) -> Result<CampaignSettings> {
        CampaignSettings settings = old;
        settings.hours.start_minute = 0;
        return settings;
      },
      Json{{"callDuringHours", {{"start", "00:00"}}}}, kNow));

  EXPECT_EQ(changed.hours.start_minute, 0);
  const auto claimed = std::get<ports::Claimed>(claim(request));
  EXPECT_EQ(claimed.settings.hours.start_minute, 0);
  EXPECT_EQ(database().one("SELECT settings->'callDuringHours'->>'start' FROM \"OutboundCampaign\""), "00:00");
}

TEST_F(PolicyTest, NoMoreCallsAreUnderWayThanTheAgentsProviderAndThisInstanceAllow) {
  const auto one = start_campaign(3);
  const auto two = start_campaign(make_campaign(), make_contacts(3, 50));
  auto request = request_for(one);
  request.max_conversations = 2;
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request)));
  request.campaign = two;
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request)));

  EXPECT_EQ(refused(request).next_due, kNow + seconds{1}) << "looked at again in a second";
  request.max_conversations = 0;
  request.max_calls_here = 2;
  EXPECT_EQ(refused(request).next_due, kNow + seconds{1});
  request.max_calls_here = 3;
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(claim(request)));
}

/// Three campaigns of weights 1, 1 and 3 that all want every place, on a clock of their own at ten calls a second.
TEST_F(PolicyTest, CampaignsShareTheCallRateByTheirWeights) {
  std::map<CampaignId, int> dialed;
  std::vector<CampaignId> campaigns;
  for (int i = 0; i < 3; ++i) {
    auto campaign = make_campaign();
    campaign.settings.weight = i == 2 ? 3 : 1;
    campaign.settings.max_concurrent_calls = 1000;
    campaigns.push_back(start_campaign(std::move(campaign), make_contacts(400, i * 400)));
  }
  TimePoint now = kNow;
  for (int step = 0; step < 6000; ++step, now += milliseconds{10}) {
    // The first campaign looks far more often than the others: a fast one must not take what is theirs.
    const CampaignId& id = campaigns[step % 5 == 1 ? 1U : step % 5 == 2 ? 2U : 0U];
    auto request = request_for(id, now);
    request.calls_per_second = 10;
    request.clock = now;
    if (std::holds_alternative<ports::Claimed>(claim(request)) && now > kNow + seconds{10}) ++dialed[id];
  }
  const double all = dialed[campaigns[0]] + dialed[campaigns[1]] + dialed[campaigns[2]];

  EXPECT_NEAR(all, 500, 15) << "fifty seconds at ten a second";
  EXPECT_NEAR(dialed[campaigns[0]] / all, 0.2, 0.03);
  EXPECT_NEAR(dialed[campaigns[1]] / all, 0.2, 0.03);
  EXPECT_NEAR(dialed[campaigns[2]] / all, 0.6, 0.03);
}

TEST_F(PolicyTest, ACampaignThatWantsNoPlaceHoldsNobodyUp) {
  const auto one = start_campaign(make_campaign(), make_contacts(60));
  const auto idle = start_campaign(make_campaign(), make_contacts(1, 500));
  auto request = request_for(one);
  request.calls_per_second = 10;
  int dialed = 0;
  TimePoint now = kNow;
  for (int step = 0; step < 300; ++step, now += milliseconds{20}) {
    for (const CampaignId& id : {one, idle}) {
      request.campaign = id;
      request.now = now;
      request.clock = now;
      auto outcome = claim(request);
      if (auto* claimed = std::get_if<ports::Claimed>(&outcome)) {
        if (id == one) ++dialed;
        std::vector<Fact> facts{make_end(LegStatus::Completed, 30, sid_of(step * 2 + (id == one ? 0 : 1)), 20)};
        must(store_.attempts.record(claimed->attempt, std::move(facts), now));
      }
    }
  }
  EXPECT_GE(dialed, 58) << "six seconds at ten a second";
}

// ---- what toll fraud would need -----------------------------------------------------------------------------------

TEST_F(PolicyTest, AContactThatMayNeverBeDialedIsGivenUpWithTheReason) {
  const auto id = start_campaign(3);
  auto request = request_for(id);
  request.gate = [](const Contact& contact, const CampaignSettings&, const ports::DialHistory&) {
    ports::GateVerdict verdict;
    verdict.may_dial = contact.row > 3;
    verdict.is_final = true;
    verdict.rule = "destination";
    verdict.reason = "The number is far away.";
    return verdict;
  };

  EXPECT_EQ(std::get<ports::Claimed>(claim(request)).contact.row, 4);

  EXPECT_EQ(counters(id), (Counters{0, 0, 2}));
  EXPECT_EQ(database().count("otto.contact WHERE state = 'failed' AND decision = 'destination' AND last_error = "
                             "'The number is far away.'"),
            2);
  const auto state = must(store_.campaigns.state(id, kNow));
  ASSERT_EQ(state.rules.size(), 1u);
  EXPECT_EQ(state.rules[0].decisions, 2);
}

/// A daemon's store that begins so many calls a day.
struct DayTest : PolicyTest {
  static constexpr int kMost = 5;
  std::unique_ptr<store::Database> limited_ = make();
  ports::Store limited_store_ = limited_->store();
  std::unique_ptr<store::Database> make() {
    store::Options options;
    options.url = database().url();
    options.calls_per_day = kMost;
    return store::make_database(loop_, options);
  }
  std::variant<ports::Claimed, ports::NotClaimed> claim_limited(const CampaignId& id, TimePoint now) {
    return must(limited_store_.attempts.claim(request_for(id, now)));
  }
  ports::NotClaimed full(const CampaignId& id, TimePoint now) {
    return std::get<ports::NotClaimed>(claim_limited(id, now));
  }
  bool send_limited(const CampaignId& id, TimePoint now) {
    const auto claimed = std::get<ports::Claimed>(claim_limited(id, now));
    return must(limited_store_.attempts.arm(claimed.attempt, now, now + seconds{12}));
  }
};

TEST_F(DayTest, SoManyCallsAreBegunWithinADayOverAllCampaignsAndNoMore) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 100;
  const auto id = start_campaign(campaign, make_contacts(20));
  auto second = make_campaign();
  const auto other = start_campaign(second, make_contacts(20, 50));
  for (int i = 0; i < kMost; ++i) EXPECT_TRUE(send_limited(i % 2 ? id : other, kNow + minutes{i}));

  const auto none = full(id, kNow + hours{1});

  EXPECT_EQ(none.why, Why::DayFull);
  EXPECT_THAT(none.reason,
              HasSubstr("5 calls were begun over all campaigns, which is the most that OTTO_CALLS_PER_DAY"));
  EXPECT_EQ(full(other, kNow + hours{23}).why, Why::DayFull);
  EXPECT_EQ(must(limited_store_.campaigns.state(id, kNow + hours{1})).calls_of_day, kMost);
  EXPECT_TRUE(send_limited(id, kNow + hours{26})) << "a day later there is room";
}

TEST_F(DayTest, WhatWasClaimedInTheLastMomentIsGivenBackUnsent) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 100;
  const auto id = start_campaign(campaign, make_contacts(20));
  std::vector<AttemptId> claimed;
  for (int i = 0; i < kMost + 3; ++i) claimed.push_back(std::get<ports::Claimed>(claim_limited(id, kNow)).attempt);

  int sent = 0;
  for (const AttemptId& attempt : claimed)
    if (must(limited_store_.attempts.arm(attempt, kNow, kNow + seconds{12}))) ++sent;

  EXPECT_EQ(sent, kMost);
  EXPECT_EQ(database().count("otto.attempt"), kMost);
  EXPECT_EQ(database().count("otto.contact WHERE state = 'due' AND decision = 'not_sent' AND attempts = 0"), 3);
  EXPECT_EQ(database().one("SELECT sum(calls) FROM otto.calls_per_hour"), "5");
}

TEST_F(DayTest, ACallThatWasNotSentAfterAllDoesNotCount) {
  const auto id = start_campaign(3);
  const auto claimed = std::get<ports::Claimed>(claim_limited(id, kNow));
  for (int i = 0; i < 2 * kMost; ++i) {
    EXPECT_TRUE(must(limited_store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
    EXPECT_TRUE(must(limited_store_.attempts.disarm(claimed.attempt)));
  }
  EXPECT_EQ(database().one("SELECT sum(calls) FROM otto.calls_per_hour"), "0");
}

Task<void> arm_all(ports::Store& store, std::vector<AttemptId> attempts, int& sent, int& running) {
  for (AttemptId& attempt : attempts) {
    auto armed = co_await store.attempts.arm(std::move(attempt), kNow, kNow + seconds{12});
    if (armed && *armed) ++sent;
  }
  --running;
}

TEST_F(DayTest, IsNotOvershotByArmsAtOnceOfTwoInstances) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 100;
  const auto id = start_campaign(campaign, make_contacts(40));
  std::array<std::vector<AttemptId>, 8> shares;
  for (std::size_t i = 0; i < 40; ++i) shares[i % 8].push_back(must_claim(id).attempt);
  const auto second = make();
  auto other = second->store();
  int sent = 0, running = 8;
  for (std::size_t i = 0; i < shares.size(); ++i)
    boost::asio::co_spawn(loop_, arm_all(i % 2 ? limited_store_ : other, shares[i], sent, running),
                          [](std::exception_ptr failure) {
                            if (failure) std::rethrow_exception(failure);
                          });
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_EQ(sent, kMost);
  EXPECT_EQ(database().count("otto.attempt WHERE state = 'sending'"), kMost);
}

}  // namespace
}  // namespace otto::test
