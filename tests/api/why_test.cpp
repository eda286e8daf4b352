#include "otto/api/why.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otto::api {
namespace {

using testing::HasSubstr;

const TimePoint kNow = *parse_iso8601("2026-11-27T11:00:00Z");

ports::ContactDecision waiting() {
  ports::ContactDecision decision;
  decision.contact.phone = "+13125550101";
  decision.contact.zones = {"America/Chicago"};
  decision.contact.next_at = kNow + hours{3};
  decision.rule = "calling_hours";
  decision.reason = "outside the campaign's calling hours, 08:00 to 21:00 (America/Chicago)";
  return decision;
}

ports::CampaignState running() {
  ports::CampaignState state;
  state.campaign.status = CampaignStatus::Running;
  return state;
}

TEST(Why, AContactsWaitIsToldInItsOwnTime) {
  EXPECT_EQ(
      contact_sentence(waiting(), kNow),
      "waits until Friday, 2026-11-27 08:00 America/Chicago (in 3 h): outside the campaign's calling hours, 08:00 "
      "to 21:00 (America/Chicago)");
}

TEST(Why, TimesAreRoundedAsPeopleSayThem) {
  EXPECT_EQ(in_time(milliseconds{0}), "now");
  EXPECT_EQ(in_time(milliseconds{1}), "in 1 s");
  EXPECT_EQ(in_time(seconds{119}), "in 119 s");
  EXPECT_EQ(in_time(seconds{121}), "in 3 min");
  EXPECT_EQ(in_time(hours{3} + minutes{20}), "in 3 h 20 min");
  EXPECT_EQ(in_time(hours{49}), "in 2 days");
}

TEST(Why, EveryEndOfAContactHasItsSentence) {
  auto decision = waiting();
  decision.suppressed = true;
  EXPECT_THAT(contact_sentence(decision, kNow), HasSubstr("do-not-call"));
  decision.suppressed = false;
  decision.contact.next_at = kNow;
  EXPECT_THAT(contact_sentence(decision, kNow), HasSubstr("turn"));
  decision.contact.state = ContactState::Open;
  EXPECT_THAT(contact_sentence(decision, kNow), HasSubstr("is being called"));
  decision.contact.state = ContactState::Completed;
  EXPECT_THAT(contact_sentence(decision, kNow), HasSubstr("reached"));
  decision.contact.state = ContactState::Failed;
  decision.reason.clear();
  decision.last_error = "the number does not exist";
  EXPECT_EQ(contact_sentence(decision, kNow), "is not called any more: the number does not exist");
}

TEST(Why, ACampaignWaitsForTheFirstThingThatHoldsItUp) {
  WhyLimits limits;
  auto state = running();
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("everybody has been called"));
  state.next = waiting();
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("+13125550101, which waits until"));
  state.next->contact.next_at = kNow;
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("delayBetweenCalls is 30 s"));
  state.rate_wait = seconds{9};
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("TWILIO_CALLS_PER_SECOND"));
  limits.calls_per_day = 100;
  state.calls_of_day = 100;
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("OTTO_CALLS_PER_DAY is 100"));
  limits.max_conversations = 3;
  state.account_calls = 3;
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("ELEVENLABS_MAX_CONVERSATIONS"));
  state.open_calls = 10;
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("maxConcurrentCalls is 10"));
  state.campaign.settings.budget.max_calls = 10;
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("budget allows 10 calls"));
  state.campaign.hold = CampaignHold::Failures;
  state.campaign.hold_reason = "12 of the last 20 calls failed.";
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("held (failures). 12 of the last 20"));
  state.campaign.status = CampaignStatus::Failed;
  state.campaign.failure_reason = "no such agent";
  EXPECT_THAT(waiting_for(state, limits, kNow), HasSubstr("ended as FAILED: no such agent"));
}

TEST(Why, AScheduledCampaignSaysWhen) {
  auto state = running();
  state.campaign.status = CampaignStatus::Pending;
  state.campaign.scheduled_time = kNow + minutes{30};
  EXPECT_THAT(waiting_for(state, {}, kNow), HasSubstr("(in 30 min)"));
}

}  // namespace
}  // namespace otto::api
