// The dialing protocol: the two commits before the first byte, what each answer of the line leads to, and that nothing
// is ever sent a second time when it may have arrived.
#include "otto/dial/dialer.hpp"

#include <gtest/gtest.h>

#include "otto/dial/recorder.hpp"

#include "tests/dial/scripted_line.hpp"
#include "tests/fakes/fake_journal.hpp"
#include "tests/fakes/fake_store.hpp"

namespace otto::dial {
namespace {

using namespace std::chrono_literals;
using ports::PlaceVerdict;
using ports::RefusalScope;

struct DialerTest : testing::Test {
  Loop loop{1};
  rt::VirtualTimers timers{loop, TimePoint{} + 1'800'000'000s};
  fakes::FakeStore store;
  fakes::ScriptedLine line{timers};
  fakes::FakeJournal journal;
  Recorder recorder{{loop, timers, store, line, journal}};
  std::vector<AttemptId> dispatched;
  Dialer dialer{{timers, store, line, recorder,
                 [this](const ports::AttemptContext& context) { dispatched.push_back(context.attempt); }}};
  rt::Group group{loop, "test"};
  CampaignId campaign;
  ports::Claimed claimed;
  DialEnd end;
  bool ended = false, allowed = true;

  void SetUp() override {
    CampaignSettings settings;
    settings.max_attempts = 2;
    campaign = store.add_campaign(settings, 1, timers.now());
    store.campaigns[campaign].status = CampaignStatus::Running;
    claim();
  }
  void claim() {
    ports::ClaimRequest request;
    request.campaign = campaign;
    request.from = "+14155550199";
    request.now = timers.now();
    request.gate = [](const Contact&, const CampaignSettings&, const ports::DialHistory&) {
      return ports::GateVerdict{};
    };
    group.spawn("claim", [](DialerTest& t, ports::ClaimRequest r) -> Task<void> {
      auto answer = co_await t.store.claim(std::move(r));
      t.claimed = std::get<ports::Claimed>(*answer);
    }(*this, request));
    timers.advance(0ms);
  }
  void dial() {
    group.spawn("dial", [](DialerTest& t) -> Task<void> {
      auto may_dial = [&t] { return t.allowed; };
      t.end = co_await t.dialer.dial(t.claimed, t.store.campaigns.at(t.campaign), may_dial);
      t.ended = true;
    }(*this));
    timers.advance(0ms);
  }
  void TearDown() override {
    group.spawn("stop", recorder.stop());
    timers.advance(1min);
    EXPECT_EQ(group.size(), 0u);
  }
  AttemptState state() { return store.state(claimed.attempt); }
  const Contact& contact() { return store.contacts[0]; }
};

TEST_F(DialerTest, APlacedCallIsSendingBeforeItsFirstByteAndAcceptedAfterTheAnswer) {
  AttemptState at_first_byte{};
  line.while_connecting = [&] { at_first_byte = state(); };

  dial();

  EXPECT_TRUE(ended);
  EXPECT_EQ(at_first_byte, AttemptState::Sending);
  EXPECT_EQ(state(), AttemptState::Accepted);
  EXPECT_EQ(dispatched, std::vector{claimed.attempt}) << "the live call gets ready while the phone rings";
  ASSERT_EQ(line.requests.size(), 1u);
  EXPECT_EQ(line.requests[0].to, contact().phone);
  EXPECT_EQ(line.requests[0].from, "+14155550199");
  EXPECT_EQ(line.requests[0].attempt, claimed.attempt);
}

TEST_F(DialerTest, ItWaitsForItsPlaceInTheRateSchedule) {
  claimed.send_in = 3s;

  dial();
  timers.advance(2999ms);
  EXPECT_EQ(line.sent, 0);
  EXPECT_EQ(state(), AttemptState::Intent) << "a wait costs nothing when the process dies in it";
  timers.advance(1ms);

  EXPECT_EQ(line.sent, 1);
}

TEST_F(DialerTest, AnAmbiguousAnswerIsUnknownAndNeverSentAgain) {
  line.answers = {fakes::ScriptedLine::verdict(PlaceVerdict::Ambiguous, "the connection broke")};

  dial();
  timers.advance(1h);

  EXPECT_EQ(end.kind, DialEnd::Kind::Sent);
  EXPECT_EQ(line.sent, 1);
  EXPECT_EQ(state(), AttemptState::Unknown);
  EXPECT_EQ(contact().state, ContactState::Open) << "the contact stays locked";
}

TEST_F(DialerTest, UnsentAndThrottledAreTriedAgainAsTheSameAttempt) {
  auto throttled = fakes::ScriptedLine::verdict(PlaceVerdict::Throttled, "429");
  throttled.retry_after = 2s;
  line.answers = {fakes::ScriptedLine::verdict(PlaceVerdict::NotSent, "no connection"), throttled};

  dial();
  EXPECT_EQ(line.sent, 1);
  EXPECT_EQ(state(), AttemptState::Intent);
  timers.advance(100ms);
  EXPECT_EQ(line.sent, 2);
  timers.advance(1999ms);
  EXPECT_EQ(line.sent, 2) << "Retry-After counts";
  timers.advance(1ms);

  EXPECT_EQ(line.sent, 3);
  EXPECT_EQ(state(), AttemptState::Accepted);
  EXPECT_EQ(store.order.size(), 1u);
  EXPECT_EQ(contact().attempts, 1);
  EXPECT_EQ(dispatched.size(), 1u);
}

TEST_F(DialerTest, ALineThatCannotBeReachedGivesTheAttemptBack) {
  for (int i = 0; i < kMaxUnsentTries; ++i)
    line.answers.push_back(fakes::ScriptedLine::verdict(PlaceVerdict::NotSent, "no connection"));

  dial();
  timers.advance(2min);

  EXPECT_EQ(end.kind, DialEnd::Kind::Withdrawn);
  EXPECT_EQ(contact().state, ContactState::Due);
  EXPECT_EQ(contact().attempts, 0) << "an attempt that was never sent is not consumed";
}

TEST_F(DialerTest, ARefusalOfTheContactEndsIt) {
  line.answers = {fakes::ScriptedLine::refused(RefusalScope::Contact, "The number is not valid (Twilio error 21211).")};

  dial();

  EXPECT_EQ(end.kind, DialEnd::Kind::Sent);
  EXPECT_EQ(state(), AttemptState::Refused);
  EXPECT_EQ(contact().state, ContactState::Failed);
}

TEST_F(DialerTest, ARefusalThatConcernsEverybodyGivesTheAttemptBackAndHalts) {
  for (const auto scope : {RefusalScope::Account, RefusalScope::CallerId, RefusalScope::Campaign}) {
    line.answers = {fakes::ScriptedLine::refused(scope, "The account is suspended.")};
    ended = false;
    dial();

    EXPECT_TRUE(ended);
    EXPECT_EQ(end.kind, scope == RefusalScope::Account ? DialEnd::Kind::Hold : DialEnd::Kind::Halt);
    EXPECT_EQ(end.reason, "The account is suspended.");
    EXPECT_EQ(contact().state, ContactState::Due);
    EXPECT_EQ(contact().attempts, 0);
    claim();
  }
}

TEST_F(DialerTest, AStopBeforeArmSendsNothing) {
  allowed = false;

  dial();

  EXPECT_EQ(end.kind, DialEnd::Kind::Withdrawn);
  EXPECT_TRUE(line.requests.empty());
  EXPECT_EQ(contact().state, ContactState::Due);
}

TEST_F(DialerTest, AStopWhileConnectingSendsNothing) {
  line.while_connecting = [this] { allowed = false; };

  dial();
  timers.advance(1min);

  EXPECT_EQ(line.sent, 0);
  EXPECT_EQ(end.kind, DialEnd::Kind::Withdrawn);
  EXPECT_EQ(contact().state, ContactState::Due);
}

TEST_F(DialerTest, ACampaignStoppedInTheDatabaseIsNotArmed) {
  store.campaigns[campaign].status = CampaignStatus::Stopped;

  dial();

  EXPECT_EQ(end.kind, DialEnd::Kind::Withdrawn);
  EXPECT_TRUE(line.requests.empty());
}

TEST_F(DialerTest, WithoutADatabaseNothingIsSentAndTheContactIsGivenBack) {
  store.failures = 3;

  dial();
  EXPECT_FALSE(ended);
  timers.advance(5s);

  EXPECT_TRUE(line.requests.empty());
  EXPECT_EQ(end.kind, DialEnd::Kind::Withdrawn);
  EXPECT_EQ(store.contacts[0].state, ContactState::Due);
  EXPECT_EQ(store.contacts[0].attempts, 0);
}

TEST_F(DialerTest, TheAnswerIsKeptInTheJournalWhileTheDatabaseIsAway) {
  line.while_connecting = [this] { store.failures = 1; };

  dial();

  EXPECT_TRUE(ended);
  EXPECT_EQ(state(), AttemptState::Sending);
  EXPECT_EQ(journal.records.size(), 1U);
}

TEST_F(DialerTest, WithoutAJournalTheAnswerIsStoredHoweverLongTheDatabaseIsAway) {
  journal.broken = Error{Errc::Internal, "The disk is full."};
  line.while_connecting = [this] { store.failures = 20; };

  dial();
  EXPECT_EQ(state(), AttemptState::Sending);
  timers.advance(2min);

  EXPECT_TRUE(ended);
  EXPECT_EQ(state(), AttemptState::Accepted);
}

TEST_F(DialerTest, AWebhookThatWasFasterThanTheAnswerIsNotUndone) {
  line.delay = 2s;
  dial();
  Fact ringing{FactKind::Status};
  ringing.dedupe_key = "s1";
  ringing.call_sid = fakes::ScriptedLine::sid(1);
  ringing.status = LegStatus::Ringing;
  ringing.at = timers.now();
  group.spawn("webhook", [](Recorder& r, AttemptId id, Fact fact) -> Task<void> {
    std::vector<Fact> facts{fact};
    std::ignore = co_await r.record(id, std::move(facts));
  }(recorder, claimed.attempt, ringing));

  timers.advance(3s);

  EXPECT_TRUE(ended);
  EXPECT_EQ(state(), AttemptState::Ringing);
}

TEST_F(DialerTest, ACallToANumberThatWasSuppressedMeanwhileIsEndedUnanswered) {
  line.while_connecting = [this] {
    ports::Suppression entry;
    entry.phone = claimed.contact.phone;
    store.suppressed.emplace(entry.phone, entry);
  };

  dial();
  timers.advance(0ms);

  EXPECT_EQ(line.hung_up, std::vector{fakes::ScriptedLine::sid(1)});
}

TEST_F(DialerTest, ASecondCallForOneAttemptIsEnded) {
  dial();
  Fact other{FactKind::Answered};
  other.dedupe_key = "answered";
  other.call_sid = fakes::ScriptedLine::sid(9);
  other.at = timers.now();
  group.spawn("webhook", [](Recorder& r, AttemptId id, Fact fact) -> Task<void> {
    std::vector<Fact> facts{fact};
    auto recorded = co_await r.record(id, std::move(facts));
    EXPECT_TRUE(recorded->duplicate_call);
  }(recorder, claimed.attempt, other));
  timers.advance(0ms);

  EXPECT_EQ(line.hung_up, std::vector{fakes::ScriptedLine::sid(9)});
  EXPECT_EQ(store.attempts.at(claimed.attempt).call.call_sid, fakes::ScriptedLine::sid(1));
}

}  // namespace
}  // namespace otto::dial
