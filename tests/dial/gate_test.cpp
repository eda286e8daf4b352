// May this contact be dialed now, and if not, by which rule and until when.
#include "otto/dial/gate.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/dial/place.hpp"
#include "otto/phone/window.hpp"

namespace otto::dial {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Contact contact(const std::string& phone, Variables variables = {}) {
  Contact made;
  made.phone = phone;
  made.zones = place_of(phone, variables).zones;
  made.variables = std::move(variables);
  return made;
}
TimePoint at(std::string_view text) { return *parse_iso8601(text); }

TEST(Place, TheSheetsZoneNarrowsTheNumbersWhenItIsOneOfThem) {
  EXPECT_THAT(place_of("+12125550101", {}).zones, ElementsAre("America/New_York"));
  EXPECT_GT(place_of("+18005550101", {}).zones.size(), 5U) << "a toll-free number may be anywhere";
  EXPECT_THAT(place_of("+18005550101", {{"Time Zone", "Central"}}).zones, ElementsAre("America/Chicago"));
}

TEST(Place, WhenTheyDisagreeBothMustBeOpen) {
  EXPECT_THAT(place_of("+12125550101", {{"Timezone", "America/Los_Angeles"}}).zones,
              ElementsAre("America/New_York", "America/Los_Angeles"));
  EXPECT_THAT(place_of("+12125550101", {{"State", "Hawaii"}}).zones,
              ElementsAre("America/New_York", "Pacific/Honolulu"));
}

TEST(Place, TheSheetsStateDecidesWhoseLawHolds) {
  EXPECT_EQ(place_of("+12125550101", {}).state, "NY");
  EXPECT_EQ(place_of("+12125550101", {{"State", "fl"}}).state, "FL");
  EXPECT_EQ(place_of("+12125550101", {{"State", "busy"}}).state, "NY");
}

TEST(Place, WhatIsNoZoneIsSaid) {
  EXPECT_THAT(place_of("+12125550101", {{"Timezone", "Gotham"}}).complaint, HasSubstr("Gotham"));
  EXPECT_EQ(place_of("+12125550101", {{"Zone", "3"}}).complaint, "") << "somebody's own zones";
}

TEST(Gate, WithoutHoursOfItsOwnTheCampaignKeepsTheLaws) {
  const CampaignSettings settings;  // the defaults
  const TimePoint evening = at("2026-11-27T20:30:00-05:00");

  EXPECT_TRUE(may_dial(contact("+12125550101"), settings, evening).may_dial) << "New York has the federal hours";
  const auto florida = may_dial(contact("+13055550101"), settings, evening);

  EXPECT_FALSE(florida.may_dial);
  EXPECT_EQ(florida.rule, "legal_hours");
  EXPECT_THAT(florida.reason, HasSubstr("Florida law"));
  EXPECT_EQ(florida.not_before, at("2026-11-28T08:00:00-05:00"));
}

TEST(Gate, HoursOfTheCampaignsOwnHoldAloneUnlessTheLawIsAskedFor) {
  CampaignSettings settings;
  settings.hours.start_minute = 0;
  settings.hours.end_minute = 1440;
  settings.legal_hours = false;
  const TimePoint night = at("2026-11-29T03:00:00-06:00");

  EXPECT_TRUE(may_dial(contact("+12055550101"), settings, night).may_dial);
  settings.legal_hours = true;
  const auto verdict = may_dial(contact("+12055550101"), settings, night);

  EXPECT_FALSE(verdict.may_dial);
  EXPECT_EQ(verdict.not_before, at("2026-11-30T08:00:00-06:00")) << "Alabama has no Sundays";
}

TEST(Gate, ACampaignsZoneHoldsForItsHoursAndTheContactsForTheLaw) {
  CampaignSettings settings;
  settings.hours.timezone = "America/New_York";
  const TimePoint early = at("2026-11-27T08:30:00-05:00");

  const auto verdict = may_dial(contact("+14155550101"), settings, early);

  EXPECT_FALSE(verdict.may_dial) << "half past five in San Francisco";
  EXPECT_EQ(verdict.rule, "legal_hours");
  EXPECT_EQ(verdict.not_before, at("2026-11-27T08:00:00-08:00"));
}

TEST(Gate, ANumberIsCalledSoOftenADayOverAllCampaigns) {
  const CampaignSettings settings;
  const TimePoint now = at("2026-11-27T15:00:00-05:00");
  GateLimits limits;
  limits.calls_per_number = 3;
  ports::DialHistory history;
  history.of_number = {now - hours{1}, now - hours{2}};
  EXPECT_TRUE(decide(contact("+12125550101"), settings, history, limits, now).may_dial);

  history.of_number.push_back(now - hours{5});
  const auto verdict = decide(contact("+12125550101"), settings, history, limits, now);

  EXPECT_EQ(verdict.rule, "number_cap");
  EXPECT_EQ(verdict.not_before, now + hours{19});
  EXPECT_THAT(verdict.reason, HasSubstr("OTTO_CALLS_PER_NUMBER_PER_DAY"));
  limits.calls_per_number = 0;
  EXPECT_TRUE(decide(contact("+12125550101"), settings, history, limits, now).may_dial);
}

TEST(Gate, ACallbackThatTheContactAskedForPassesTheNumbersLimit) {
  const TimePoint now = at("2026-11-27T15:00:00-05:00");
  ports::DialHistory history;
  history.of_number = {now - hours{1}, now - hours{2}, now - hours{3}};
  Contact asked = contact("+12125550101");
  asked.is_callback = true;

  EXPECT_TRUE(decide(asked, CampaignSettings{}, history, GateLimits{}, now).may_dial);
}

TEST(Gate, AContactIsCalledSoOftenADay) {
  CampaignSettings settings;
  settings.max_attempts_per_day = 1;
  const TimePoint now = at("2026-11-27T15:00:00-05:00");
  ports::DialHistory history;
  history.of_number = history.of_contact = {now - hours{3}};

  const auto verdict = decide(contact("+12125550101"), settings, history, GateLimits{}, now);

  EXPECT_EQ(verdict.rule, "daily_cap");
  EXPECT_EQ(verdict.not_before, now + hours{21});
}

TEST(Gate, NeverCallsWhereNobodyIsCalled) {
  GateLimits limits;
  const std::vector<std::string> callers{"+14155550100"};
  limits.destinations.emplace(std::vector<std::string>{}, callers);
  const TimePoint now = at("2026-11-27T15:00:00-05:00");

  const auto verdict = decide(contact("+18765550101"), CampaignSettings{}, {}, limits, now);

  EXPECT_FALSE(verdict.may_dial);
  EXPECT_TRUE(verdict.is_final);
  EXPECT_EQ(verdict.rule, "destination");
  EXPECT_THAT(verdict.reason, HasSubstr("OTTO_ALLOWED_DESTINATIONS"));
  EXPECT_TRUE(decide(contact("+12125550101"), CampaignSettings{}, {}, limits, now).may_dial);
}

/// Whatever the hour: no dial is allowed that the federal hours forbid in a zone of the contact, when the law is kept.
TEST(Gate, NeverLetsACallOutOfTheFederalHoursThrough) {
  CampaignSettings settings;
  settings.hours.start_minute = 0;
  settings.hours.end_minute = 1440;
  settings.legal_hours = true;
  const phone::Window federal;
  int dialed = 0;
  for (const char* number : {"+13055550101", "+12085550101", "+18085550101", "+17015550101"}) {
    const Contact someone = contact(number);
    for (TimePoint now = at("2026-03-06T00:00:00Z"); now < at("2026-03-11T00:00:00Z"); now += minutes{13}) {
      const auto verdict = may_dial(someone, settings, now);
      if (!verdict.may_dial) {
        EXPECT_GT(verdict.not_before, now);
        EXPECT_TRUE(may_dial(someone, settings, verdict.not_before).may_dial);
        continue;
      }
      ++dialed;
      ASSERT_TRUE(phone::is_open(federal, someone.zones, now)) << number << " " << format_iso8601(now);
    }
  }
  EXPECT_GT(dialed, 100);
}

}  // namespace
}  // namespace otto::dial
