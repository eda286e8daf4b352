// The table of the law's hours, holidays, and several constraints at once, against a naive reading of the calendar.
#include "otto/phone/calling_rules.hpp"

#include <array>
#include <gtest/gtest.h>
#include <random>

#include "otto/phone/region.hpp"

namespace otto::phone {
namespace {

using namespace std::chrono_literals;

TimePoint at(std::string_view text) { return *parse_iso8601(text); }

bool allowed(std::string_view state, std::string_view zone, std::string_view time) {
  const CallingRule& rule = calling_rule(state);
  return is_open(Constraint{rule.windows, {std::string{zone}}, rule.holidays}, at(time));
}

TEST(CallingRules, FirstComesTheFederalOneAndEveryRuleHasItsSource) {
  ASSERT_FALSE(calling_rules().empty());
  EXPECT_EQ(calling_rules().front().region, "US");
  for (const CallingRule& rule : calling_rules()) {
    EXPECT_FALSE(rule.source.empty()) << rule.region;
    EXPECT_FALSE(rule.windows.empty()) << rule.region;
    if (rule.region != "US") EXPECT_EQ(parse_state(rule.region), rule.region);
  }
  EXPECT_EQ(calling_rule("CA").region, "US") << "a state without a rule of its own";
}

TEST(CallingRules, StatesAreStricterThanTheFederation) {
  EXPECT_TRUE(allowed("CA", "America/Los_Angeles", "2026-11-27T20:59:59-08:00"));
  EXPECT_FALSE(allowed("CA", "America/Los_Angeles", "2026-11-27T21:00:00-08:00"));
  EXPECT_TRUE(allowed("FL", "America/New_York", "2026-11-27T19:59:59-05:00"));
  EXPECT_FALSE(allowed("FL", "America/New_York", "2026-11-27T20:00:00-05:00"));
  EXPECT_TRUE(allowed("FL", "America/New_York", "2026-11-29T12:00:00-05:00")) << "a Sunday";
  EXPECT_FALSE(allowed("AL", "America/Chicago", "2026-11-29T12:00:00-06:00")) << "a Sunday";
  EXPECT_FALSE(allowed("MS", "America/Chicago", "2026-11-29T12:00:00-06:00"));
  EXPECT_FALSE(allowed("TX", "America/Chicago", "2026-11-29T11:59:59-06:00"));
  EXPECT_TRUE(allowed("TX", "America/Chicago", "2026-11-29T12:00:00-06:00")) << "from noon on Sundays";
  EXPECT_FALSE(allowed("RI", "America/New_York", "2026-11-28T09:30:00-05:00")) << "from ten on Saturdays";
}

TEST(CallingRules, HolidaysAreClosedAlsoWhenTheyAreObserved) {
  EXPECT_FALSE(allowed("AL", "America/Chicago", "2026-11-26T12:00:00-06:00")) << "Thanksgiving";
  EXPECT_TRUE(allowed("AL", "America/Chicago", "2026-11-27T12:00:00-06:00"));
  EXPECT_FALSE(allowed("AL", "America/Chicago", "2026-07-03T12:00:00-05:00")) << "the Fourth is a Saturday";
  EXPECT_FALSE(allowed("LA", "America/Chicago", "2026-02-17T12:00:00-06:00")) << "Mardi Gras";
  EXPECT_FALSE(allowed("LA", "America/Chicago", "2026-04-03T12:00:00-05:00")) << "Good Friday";
  EXPECT_TRUE(allowed("AL", "America/Chicago", "2026-02-17T12:00:00-06:00"));
  EXPECT_FALSE(allowed("UT", "America/Denver", "2026-07-24T12:00:00-06:00")) << "Pioneer Day";
}

TEST(Holidays, FederalDaysOfTwoYearsAreTheseAndNoOthers) {
  const std::array<std::pair<int, int>, 12> days_2026{
      {{1, 1}, {1, 19}, {2, 16}, {5, 25}, {6, 19}, {7, 3}, {7, 4}, {9, 7}, {10, 12}, {11, 11}, {11, 26}, {12, 25}}};
  int found = 0;
  for (int month = 1; month <= 12; ++month)
    for (int day = 1; day <= 28 + (month == 2                                              ? 0
                                   : month == 4 || month == 6 || month == 9 || month == 11 ? 2
                                                                                           : 3);
         ++day)
      found += is_holiday(Holidays::Federal, 2026, month, day) ? 1 : 0;
  for (const auto& [month, day] : days_2026)
    EXPECT_TRUE(is_holiday(Holidays::Federal, 2026, month, day)) << month << "/" << day;
  EXPECT_EQ(found, 12);
  EXPECT_FALSE(is_holiday(Holidays::None, 2026, 12, 25));
}

/// Over a hundred years of every zone's changes: next_open() of campaign hours and law together is open, and nothing
/// before it is.
TEST(Constraints, NextOpenIsTheFirstOpenMinute) {
  std::mt19937 random{7};
  const std::array<std::string_view, 6> states{"FL", "AL", "LA", "TX", "RI", "UT"};
  int closed = 0;
  for (int i = 0; i < 400; ++i) {
    const std::string_view state = states[random() % states.size()];
    const CallingRule& rule = calling_rule(state);
    std::vector<Constraint> all;
    const int start = static_cast<int>(random() % 1380), length = 30 + static_cast<int>(random() % 600);
    all.push_back({{Window{start, std::min(start + length, 1440), 0x7F}}, zones_in_state(state), Holidays::None});
    all.push_back({rule.windows, zones_in_state(state), rule.holidays});
    const TimePoint now{seconds{static_cast<std::int64_t>(random() % 3'155'760'000ULL)} + minutes{0}};
    const auto open = [&](TimePoint time) { return is_open(all[0], time) && is_open(all[1], time); };
    const auto next = next_open(all, now);
    if (!next) {
      for (TimePoint t = now; t < now + 7 * 24h; t += 7min) ASSERT_FALSE(open(t)) << state << " " << format_iso8601(t);
      ++closed;
      continue;
    }
    ASSERT_TRUE(open(*next)) << state << " " << format_iso8601(*next);
    if (*next > now) {
      EXPECT_FALSE(open(*next - 1s));
      for (TimePoint t = now; t < *next; t += 3min) ASSERT_FALSE(open(t)) << state << " " << format_iso8601(t);
    }
  }
  EXPECT_LT(closed, 250);
}

}  // namespace
}  // namespace otto::phone
