#include "otto/model/state.hpp"

#include <gtest/gtest.h>

#include "tests/model/make.hpp"

namespace otto::test {
namespace {

CallState ended(AttemptState state, Outcome outcome) {
  CallState call;
  call.state = state;
  call.outcome = outcome;
  return call;
}

CampaignSettings retrying(int attempts, seconds delay) {
  CampaignSettings settings;
  settings.max_attempts = attempts;
  settings.retry_delay = delay;
  return settings;
}

TEST(AfterAttempt, AConnectedCallCompletesTheContact) {
  for (const Outcome outcome : {Outcome::HumanAnswered, Outcome::Voicemail}) {
    const auto next = after_attempt(ended(AttemptState::Completed, outcome), 1, retrying(3, seconds{60}), kStart);
    EXPECT_EQ(next.contact, ContactState::Completed);
    EXPECT_EQ(next.next_at, std::nullopt);
  }
}

TEST(AfterAttempt, AnUnansweredCallIsRetriedWhileAttemptsAreLeft) {
  using S = AttemptState;
  for (const auto& [state, outcome] : {std::pair{S::NoAnswer, Outcome::NoAnswer},
                                       {S::Busy, Outcome::Busy},
                                       {S::Failed, Outcome::Failed},
                                       {S::Canceled, Outcome::Failed}}) {
    const auto next = after_attempt(ended(state, outcome), 1, retrying(2, seconds{60}), kStart);
    EXPECT_EQ(next.contact, ContactState::Due);
    EXPECT_EQ(next.next_at, kStart + seconds{60});
    EXPECT_EQ(after_attempt(ended(state, outcome), 2, retrying(2, seconds{60}), kStart).contact, ContactState::Failed);
  }
}

TEST(AfterAttempt, ACallThatMayStillTurnUpWaitsHalfAnHour) {
  const CallState call = ended(AttemptState::NotPlaced, Outcome::Failed);
  EXPECT_EQ(after_attempt(call, 1, retrying(2, seconds{60}), kStart).next_at, kStart + minutes{30});
  EXPECT_EQ(after_attempt(call, 1, retrying(2, seconds{7200}), kStart).next_at, kStart + hours{2});
  EXPECT_EQ(after_attempt(call, 2, retrying(2, seconds{60}), kStart).contact, ContactState::Failed);
}

TEST(AfterAttempt, ARefusalIsFinalForTheContact) {
  const auto next = after_attempt(ended(AttemptState::Refused, Outcome::Failed), 1, retrying(9, seconds{1}), kStart);
  EXPECT_EQ(next.contact, ContactState::Failed);
}

TEST(AfterAttempt, AnAgreedCallbackIsDialedBeyondTheCampaignsAttemptsButNotForEver) {
  CallState call = ended(AttemptState::Completed, Outcome::HumanAnswered);
  call.callback_at = kStart + hours{20};
  for (int used = 1; used <= 3; ++used) {
    const auto next = after_attempt(call, used, retrying(1, seconds{60}), kStart);
    EXPECT_EQ(next.contact, ContactState::Due);
    EXPECT_EQ(next.next_at, kStart + hours{20});
  }
  EXPECT_EQ(after_attempt(call, 4, retrying(1, seconds{60}), kStart).contact, ContactState::Completed);
  EXPECT_EQ(after_attempt(call, 1, retrying(1, seconds{60}), kStart + hours{21}).next_at, kStart + hours{21});
}

TEST(AfterAttempt, AnOptOutEndsTheContactWhateverElseWasAgreed) {
  CallState call = ended(AttemptState::Completed, Outcome::HumanAnswered);
  call.opted_out = true;
  call.callback_at = kStart + hours{20};
  EXPECT_EQ(after_attempt(call, 1, retrying(9, seconds{60}), kStart).contact, ContactState::Completed);
  call.outcome = Outcome::Failed;
  EXPECT_EQ(after_attempt(call, 1, retrying(9, seconds{60}), kStart).contact, ContactState::Failed);
}

TEST(AfterAttempt, AnOpenAttemptKeepsTheContactOpen) {
  EXPECT_EQ(after_attempt(CallState{}, 1, retrying(2, seconds{1}), kStart).contact, ContactState::Open);
}

TEST(AttemptState, IsOpenUntilItsEndIsKnown) {
  using S = AttemptState;
  for (const S open : {S::Intent, S::Sending, S::Unknown, S::Accepted, S::Initiated, S::Ringing, S::InProgress})
    EXPECT_TRUE(is_open(open)) << to_string(open);
  for (const S closed : {S::NotPlaced, S::Refused, S::Completed, S::Busy, S::NoAnswer, S::Failed, S::Canceled})
    EXPECT_FALSE(is_open(closed)) << to_string(closed);
}

TEST(PublicStatus, HasTheFirstSystemsSevenWords) {
  using S = AttemptState;
  EXPECT_EQ(public_status(S::Accepted), "INITIATED");
  EXPECT_EQ(public_status(S::Initiated), "INITIATED");
  EXPECT_EQ(public_status(S::Ringing), "RINGING");
  EXPECT_EQ(public_status(S::InProgress), "ANSWERED");
  EXPECT_EQ(public_status(S::Completed), "COMPLETED");
  EXPECT_EQ(public_status(S::Busy), "BUSY");
  EXPECT_EQ(public_status(S::NoAnswer), "NO_ANSWER");
  EXPECT_EQ(public_status(S::Failed), "FAILED");
  EXPECT_EQ(public_status(S::Canceled), "FAILED");
}

template <class Enum, class Parse>
void expect_labels_both_ways(int count, Parse parse) {
  for (int i = 0; i < count; ++i) {
    const auto value = static_cast<Enum>(i);
    EXPECT_EQ(parse(to_string(value)), value) << to_string(value);
  }
  EXPECT_EQ(parse("nonsense"), std::nullopt);
  EXPECT_EQ(parse(""), std::nullopt);
}

TEST(Labels, AreReadAsTheyAreWritten) {
  expect_labels_both_ways<CampaignType>(6, parse_campaign_type);
  expect_labels_both_ways<CampaignStatus>(5, parse_campaign_status);
  expect_labels_both_ways<ContactState>(4, parse_contact_state);
  expect_labels_both_ways<LegStatus>(9, parse_leg_status);
  expect_labels_both_ways<AnsweredBy>(7, parse_answered_by);
  expect_labels_both_ways<FactKind>(19, parse_fact_kind);
  expect_labels_both_ways<AttemptState>(14, parse_attempt_state);
  expect_labels_both_ways<Outcome>(5, parse_outcome);
}

TEST(Labels, AreTheWordsOfTheirTables) {
  EXPECT_EQ(to_string(CampaignType::PaymentReminder), "PAYMENT_REMINDER");
  EXPECT_EQ(to_string(CampaignStatus::Stopped), "STOPPED");
  EXPECT_EQ(to_string(LegStatus::InProgress), "in-progress");
  EXPECT_EQ(to_string(AnsweredBy::MachineEndBeep), "machine_end_beep");
  EXPECT_EQ(to_string(AttemptState::NotPlaced), "not_placed");
  EXPECT_EQ(to_string(Outcome::HumanAnswered), "HUMAN_ANSWERED");
  EXPECT_EQ(to_string(FactKind::MachineHandled), "machine_handled");
  EXPECT_EQ(to_string(FactKind::GreetingHeard), "greeting_heard");
}

TEST(FactJson, HoldsOnlyWhatIsSetAndReadsBack) {
  Fact fact = make_end(LegStatus::NoAnswer, 5, 2, 7, 480);
  fact.error_code = "32016";
  fact.reason = "Post-dial delay.";
  fact.answered_by = AnsweredBy::Unknown;
  fact.recording_sid = "RE1";
  fact.recording_url = "https://example.com/1";
  fact.recording_status = "completed";
  fact.recording_seconds = 6;
  fact.conversation_id = "conv_9";
  fact.user_turns = 1;
  fact.agent_turns = 2;
  fact.summary = "Nothing.";
  fact.evidence = "It said so.";
  fact.callback_at = TimePoint{seconds{1'790'000'000}};

  const Fact back = fact_from_json(FactKind::Status, fact_to_json(fact));

  EXPECT_EQ(fact_to_json(back), fact_to_json(fact));
  EXPECT_EQ(fact_to_json(fact).size(), 16U);
  EXPECT_EQ(back.callback_at, fact.callback_at);
  EXPECT_EQ(back.status, LegStatus::NoAnswer);
  EXPECT_EQ(fact_to_json(make_fact(FactKind::Ambiguous, 1)), Json::object());
}

}  // namespace
}  // namespace otto::test
