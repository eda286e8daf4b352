#include <gmock/gmock.h>
#include <set>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using Why = ports::NotClaimed::Why;
using ClaimTest = StoreTest;

ports::ClaimRequest request_for(const CampaignId& id) {
  ports::ClaimRequest request;
  request.campaign = id;
  request.instance = kMe;
  request.epoch = 1;
  request.from = "+14155550100";
  request.now = kNow;
  request.calls_per_second = 1'000'000;
  return request;
}

TEST_F(ClaimTest, TakesTheNextDueContactWithAllItsData) {
  auto contacts = make_contacts(2);
  contacts[0].email = "ann@example.com";
  contacts[0].variables = {{"Vehicle", "Golf \"GTI\"\nred"}, {"Name", "Änn"}};
  contacts[0].zones = {"America/New_York", "America/Chicago"};
  const auto id = start_campaign(make_campaign(), contacts);

  const auto claimed = must_claim(id);

  EXPECT_TRUE(is_uuid(claimed.attempt.value));
  EXPECT_EQ(claimed.attempt_number, 1);
  EXPECT_EQ(claimed.from, "+14155550100");
  EXPECT_EQ(claimed.contact.name, "Customer 0");
  EXPECT_EQ(claimed.contact.row, 2);
  EXPECT_EQ(claimed.contact.email, "ann@example.com");
  EXPECT_EQ(claimed.contact.variables, contacts[0].variables);
  EXPECT_EQ(claimed.contact.zones, contacts[0].zones);
  EXPECT_EQ(claimed.contact.state, ContactState::Open);
  EXPECT_EQ(must_claim(id).contact.phone, contacts[1].phone);
}

TEST_F(ClaimTest, TellsWhenNothingIsLeftAndWhetherCallsAreOpen) {
  const auto id = start_campaign(1);
  must_claim(id);

  const auto none = no_claim(id);

  EXPECT_EQ(none.why, Why::NothingDue);
  EXPECT_TRUE(none.open_attempts);
  EXPECT_EQ(none.next_due, std::nullopt);
}

TEST_F(ClaimTest, NeedsARunningCampaign) {
  auto campaign = make_campaign();
  const CampaignId id = campaign.id;
  must(store_.campaigns.create(std::move(campaign), make_contacts(1), std::nullopt, ""));
  EXPECT_EQ(no_claim(id).why, Why::NotRunning);
  must(store_.campaigns.start(id, kNow));
  must(store_.campaigns.stop(id, kNow));
  EXPECT_EQ(no_claim(id).why, Why::NotRunning);
  EXPECT_EQ(no_claim(CampaignId{"nobody"}).why, Why::NotRunning);
}

TEST_F(ClaimTest, NeedsTheLeaseUnderItsEpoch) {
  const auto id = start_campaign(3);
  auto stale = request_for(id);
  stale.epoch = 0;
  EXPECT_EQ(std::get<ports::NotClaimed>(must(store_.attempts.claim(stale))).why, Why::LeaseLost);

  must(store_.leases.release("campaign:" + id.value, kMe));
  EXPECT_EQ(no_claim(id).why, Why::LeaseLost);
  const auto taken = must(store_.leases.acquire("campaign:" + id.value, kOther, seconds{60}));
  EXPECT_EQ(no_claim(id).why, Why::LeaseLost);

  auto theirs = request_for(id);
  theirs.instance = kOther;
  theirs.epoch = taken->epoch;
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(must(store_.attempts.claim(theirs))));
}

TEST_F(ClaimTest, ReleasesAtOnceWhatAnEarlierLeaderHasClaimedAndNotSent) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 3;
  const auto id = start_campaign(std::move(campaign), make_contacts(3));
  const auto sent = send(id);
  const auto claimed = must_claim(id);
  must_claim(id);
  must(store_.leases.release("campaign:" + id.value, kMe));  // it has lapsed, say
  auto theirs = request_for(id);
  theirs.instance = kOther;
  theirs.epoch = must(store_.leases.acquire("campaign:" + id.value, kOther, seconds{60}))->epoch;

  const auto again = std::get<ports::Claimed>(must(store_.attempts.claim(theirs)));

  EXPECT_EQ(again.contact.id, claimed.contact.id);
  EXPECT_EQ(again.attempt_number, 1) << "it was not consumed";
  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12}))) << "the slow one sends nothing";
  EXPECT_TRUE(must(store_.attempts.arm(again.attempt, kNow, kNow + seconds{12})));
  EXPECT_EQ(database().one("SELECT state FROM otto.attempt WHERE id = '" + sent.attempt.value + "'"), "sending")
      << "what may have been sent is left alone";
  EXPECT_EQ(std::get<ports::Claimed>(must(store_.attempts.claim(theirs))).contact.row, 4);
  EXPECT_EQ(database().count("otto.attempt WHERE closed_at IS NULL"), 3);
}

TEST_F(ClaimTest, StopsAtTheCampaignsCapacityAndGoesOnWhenACallHasEnded) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 2;
  const auto id = start_campaign(std::move(campaign), make_contacts(3));
  const auto first = place(id, 1);
  place(id, 2);

  EXPECT_EQ(no_claim(id).why, Why::AtCapacity);
  record(first.attempt, {make_end(LegStatus::Completed, 30, sid_of(1), 20)});

  EXPECT_EQ(must_claim(id).contact.row, 4);
}

TEST_F(ClaimTest, MovesContactsThatTheGateHoldsBackAndTakesTheFirstThatMayBeDialed) {
  const auto id = start_campaign(30);
  auto request = request_for(id);
  request.gate = [](const Contact& contact, const CampaignSettings&, const ports::DialHistory&) {
    ports::GateVerdict verdict;
    verdict.may_dial = contact.row >= 22;
    verdict.not_before = kNow + hours{3};
    return verdict;
  };

  const auto claimed = std::get<ports::Claimed>(must(store_.attempts.claim(request)));

  EXPECT_EQ(claimed.contact.row, 22);
  EXPECT_EQ(database().count("otto.contact WHERE next_at = '" + std::string{"2026-02-02 05:40:00+00"} + "'"), 20);
}

TEST_F(ClaimTest, TellsWhenTheGateWillOpen) {
  const auto id = start_campaign(150);
  auto request = request_for(id);
  request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
    return ports::GateVerdict{false, kNow + hours{3}, "closed", "calling_hours"};
  };

  const auto first = std::get<ports::NotClaimed>(must(store_.attempts.claim(request)));
  const auto second = std::get<ports::NotClaimed>(must(store_.attempts.claim(request)));

  EXPECT_LE(*first.next_due, kNow) << "100 rows per claim: there is more to look at";
  EXPECT_EQ(second.next_due, kNow + hours{3});
}

TEST_F(ClaimTest, AGateThatNamesNoLaterTimeIsAskedAgainInAMinute) {
  const auto id = start_campaign(1);
  auto request = request_for(id);
  request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
    return ports::GateVerdict{false, TimePoint{}, "closed", "calling_hours"};
  };

  EXPECT_EQ(std::get<ports::NotClaimed>(must(store_.attempts.claim(request))).next_due, kNow + minutes{1});
}

TEST_F(ClaimTest, SkipsANumberThatIsBeingCalledForAnotherCampaign) {
  const auto one = start_campaign(1);
  const auto two = start_campaign(2);
  const auto claimed = must_claim(one);

  EXPECT_EQ(no_claim(two).next_due, kNow) << "it is put aside, and the claim is made again";
  const auto other = must_claim(two);

  EXPECT_NE(other.contact.phone, claimed.contact.phone);
  EXPECT_EQ(no_claim(two).next_due, kNow + minutes{1});
  must(store_.attempts.withdraw(claimed.attempt, kNow + hours{1}, "stopped"));
  EXPECT_EQ(must_claim(two, kNow + minutes{1}).contact.phone, claimed.contact.phone);
}

TEST_F(ClaimTest, TakesPlacesInOneRateScheduleOverAllCampaigns) {
  const auto one = start_campaign(make_campaign(), make_contacts(2));
  const auto two = start_campaign(make_campaign(), make_contacts(1, 50));
  auto request = request_for(one);
  request.calls_per_second = 1;

  const auto first = std::get<ports::Claimed>(must(store_.attempts.claim(request)));
  request.campaign = two;
  const auto second = std::get<ports::Claimed>(must(store_.attempts.claim(request)));
  request.campaign = one;
  const auto third = std::get<ports::Claimed>(must(store_.attempts.claim(request)));

  EXPECT_EQ(first.send_in, milliseconds{0});
  EXPECT_GT(second.send_in, milliseconds{500});
  EXPECT_LE(second.send_in, milliseconds{1000});
  EXPECT_GT(third.send_in, milliseconds{1500});
}

TEST_F(ClaimTest, LeavesContactsAloneWhileTheRateScheduleIsFull) {
  const auto id = start_campaign(2);
  auto request = request_for(id);
  request.calls_per_second = 0.05;  // one in 20 s
  EXPECT_TRUE(std::holds_alternative<ports::Claimed>(must(store_.attempts.claim(request))));

  const auto none = std::get<ports::NotClaimed>(must(store_.attempts.claim(request)));

  EXPECT_EQ(none.why, Why::NothingDue);
  EXPECT_GT(*none.next_due, kNow + seconds{10});
  EXPECT_LE(*none.next_due, kNow + seconds{15});
  EXPECT_EQ(database().count("otto.contact WHERE state = 'due'"), 1);
}

TEST_F(ClaimTest, ArmsOnlyWhatIsStillIntendedInARunningCampaign) {
  const auto id = start_campaign(2);
  const auto claimed = must_claim(id);
  EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
  EXPECT_TRUE(must(store_.attempts.disarm(claimed.attempt)));
  EXPECT_FALSE(must(store_.attempts.disarm(claimed.attempt)));
  EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));

  const auto second = must_claim(id);
  must(store_.campaigns.stop(id, kNow));
  EXPECT_FALSE(must(store_.attempts.arm(second.attempt, kNow, kNow + seconds{12})));
  EXPECT_FALSE(must(store_.attempts.arm(AttemptId{"no uuid"}, kNow, kNow)));
  EXPECT_FALSE(must(store_.attempts.arm(AttemptId{make_uuid_v7()}, kNow, kNow)));
}

TEST_F(ClaimTest, LeavesUnarmedWhatItsCampaignNoLongerAllows) {
  const auto claimed = must_claim(start_campaign(1));
  database().sql(R"(UPDATE "OutboundCampaign" SET "status" = 'STOPPED')");

  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));

  EXPECT_EQ(database().one("SELECT state FROM otto.attempt"), "intent");
  EXPECT_EQ(database().count("otto.calls_per_hour"), 0);
}

TEST_F(ClaimTest, ArmsNothingAndWaitsForNobodyWhileAnOptOutIsUnderWay) {
  const auto claimed = must_claim(start_campaign(1));
  pqxx::connection other{database().url()};
  pqxx::work tx{other};
  tx.exec("SELECT pg_advisory_xact_lock(1869902959, hashtext(to_e164)) FROM otto.attempt");
  tx.exec("DELETE FROM otto.attempt");

  EXPECT_FALSE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));

  tx.abort();
  EXPECT_TRUE(must(store_.attempts.arm(claimed.attempt, kNow, kNow + seconds{12})));
}

TEST_F(ClaimTest, DoesNotDisarmWhatACallbackHasProvenToBePlaced) {
  const auto id = start_campaign(1);
  const auto claimed = send(id);
  record(claimed.attempt, {make_status(LegStatus::Ringing, 2, 1, sid_of(1))});

  EXPECT_FALSE(must(store_.attempts.disarm(claimed.attempt)));
}

TEST_F(ClaimTest, GivesBackAWithdrawnAttempt) {
  const auto id = start_campaign(1);
  const auto claimed = must_claim(id);
  must(store_.attempts.withdraw(claimed.attempt, kNow + minutes{5}, "the line could not be reached"));

  EXPECT_EQ(no_claim(id).next_due, kNow + minutes{5});
  EXPECT_EQ(database().count("otto.attempt"), 0);
  EXPECT_EQ(must_claim(id, kNow + minutes{5}).attempt_number, 1);
}

TEST_F(ClaimTest, WithdrawsNothingThatMayHaveBeenSent) {
  const auto id = start_campaign(1);
  const auto claimed = send(id);
  must(store_.attempts.withdraw(claimed.attempt, kNow, "too late"));

  EXPECT_EQ(database().one("SELECT state FROM otto.attempt"), "sending");
  EXPECT_EQ(database().one("SELECT state FROM otto.contact"), "open");
}

/// Claims until nothing is left, beside others that do the same.
Task<void> claim_all(ports::Store& store, CampaignId id, std::vector<std::string>& taken, int& running) {
  for (;;) {
    auto request = request_for(id);
    auto outcome = co_await store.attempts.claim(std::move(request));
    if (!outcome || !std::holds_alternative<ports::Claimed>(*outcome)) break;
    taken.push_back(std::get<ports::Claimed>(*outcome).contact.phone);
  }
  --running;
}

TEST_F(ClaimTest, GivesEachContactToOneOfManyClaimers) {
  const auto one = start_campaign(120);
  const auto two = start_campaign(120);  // the same numbers
  store::Options options;
  options.url = database().url();
  options.connections = 4;
  const auto second = store::make_database(loop_, options);
  auto other_store = second->store();
  std::vector<std::string> taken;
  int running = 0;
  for (const CampaignId& id : {one, two}) {
    for (ports::Store* store : {&store_, &other_store}) {
      for (int i = 0; i < 3; ++i) {
        ++running;
        boost::asio::co_spawn(loop_, claim_all(*store, id, taken, running), [](std::exception_ptr failure) {
          if (failure) std::rethrow_exception(failure);
        });
      }
    }
  }
  loop_.restart();
  while (running > 0) loop_.run_one();

  const std::set<std::string> distinct(taken.begin(), taken.end());
  EXPECT_EQ(taken.size(), 120U);
  EXPECT_EQ(distinct.size(), 120U);
  EXPECT_EQ(database().count("otto.attempt WHERE closed_at IS NULL"), 120);
  boost::asio::co_spawn(loop_, second->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

TEST_F(ClaimTest, NeverExceedsTheCapacityWhateverTheConcurrency) {
  auto campaign = make_campaign();
  campaign.settings.max_concurrent_calls = 7;
  const auto id = start_campaign(std::move(campaign), make_contacts(60));
  std::vector<std::string> taken;
  int running = 0;
  for (int i = 0; i < 12; ++i) {
    ++running;
    boost::asio::co_spawn(loop_, claim_all(store_, id, taken, running), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
  }
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_EQ(taken.size(), 7U);
}

/// Claims and arms; `late` counts what was armed although the stop had been answered before it was asked.
Task<void> dial_all(ports::Store& store, CampaignId id, const bool& stopped, int& armed, int& late, int& running) {
  for (;;) {
    auto request = request_for(id);
    auto outcome = co_await store.attempts.claim(std::move(request));
    if (!outcome || !std::holds_alternative<ports::Claimed>(*outcome)) break;
    const AttemptId attempt = std::get<ports::Claimed>(*outcome).attempt;
    const bool asked_late = stopped;
    auto sending = co_await store.attempts.arm(attempt, kNow, kNow + seconds{12});
    if (!sending || !*sending) continue;
    ++armed;
    if (asked_late) ++late;
  }
  --running;
}

Task<void> stop_soon(ports::Store& store, CampaignId id, const int& armed, bool& stopped, int& counted, int& running) {
  while (armed < 5) std::ignore = co_await store.ping();
  auto answer = co_await store.campaigns.stop(id, kNow);
  stopped = true;
  counted = answer ? answer->active_calls : -1;
  --running;
}

TEST_F(ClaimTest, ArmsNothingAfterAStopHasBeenAnsweredAndTheAnswerCountsTheRest) {
  const auto id = start_campaign(200);
  bool stopped = false;
  int armed = 0, late = 0, counted = 0, running = 4;
  const auto rethrow = [](std::exception_ptr failure) {
    if (failure) std::rethrow_exception(failure);
  };
  for (int i = 0; i < 3; ++i)
    boost::asio::co_spawn(loop_, dial_all(store_, id, stopped, armed, late, running), rethrow);
  boost::asio::co_spawn(loop_, stop_soon(store_, id, armed, stopped, counted, running), rethrow);
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_LT(armed, 200) << "the stop came in the middle";
  EXPECT_EQ(late, 0);
  EXPECT_EQ(counted, armed);
  EXPECT_EQ(database().count("otto.attempt WHERE state = 'sending'"), armed);
}

}  // namespace
}  // namespace otto::test
