// What is said about a campaign before it begins.
#include "otto/campaign/estimate.hpp"

#include <gtest/gtest.h>
#include <random>

namespace otto::campaign {
namespace {

const TimePoint kBegin = TimePoint{} + hours{24 * 20'000};  // midnight, UTC

EstimateGroup always(int contacts) {
  return {contacts, [](TimePoint t) { return std::optional{t}; }};
}
/// Open from `from` to `to` o'clock UTC each day.
EstimateGroup daily(int contacts, int from, int to) {
  return {contacts, [from, to](TimePoint t) -> std::optional<TimePoint> {
            const auto day = std::chrono::floor<std::chrono::days>(t);
            const auto since = t - day;
            if (since < hours{from}) return day + hours{from};
            if (since >= hours{to}) return day + std::chrono::days{1} + hours{from};
            return t;
          }};
}
CampaignSettings settings_of(milliseconds delay, int at_once = 10) {
  CampaignSettings settings;
  settings.delay_between_calls = delay;
  settings.max_concurrent_calls = at_once;
  return settings;
}
EstimatePace fast() { return {1000, 0.1}; }

TEST(Estimate, TheSlowestOfPauseRateAndCallsAtOncePaces) {
  const auto ends = [](const CampaignSettings& settings, double rate) {
    return *estimate({always(101)}, settings, {rate, 0}, kBegin).ends_at - kBegin;
  };

  EXPECT_EQ(ends(settings_of(seconds{30}), 1000), seconds{100 * 30 + 60});
  EXPECT_EQ(ends(settings_of(seconds{0}, 1000), 0.5), seconds{100 * 2 + 60});
  EXPECT_EQ(ends(settings_of(seconds{0}, 2), 1000), seconds{100 * 30 + 60});
}

TEST(Estimate, NobodyIsCalledWhileTheirHoursAreClosed) {
  const auto result = estimate({daily(1, 9, 17)}, settings_of(seconds{30}), fast(), kBegin);
  EXPECT_EQ(*result.ends_at, kBegin + hours{9} + kEstimatedCall);

  // 120 an hour for an hour a day.
  const auto days = estimate({daily(250, 9, 10)}, settings_of(seconds{30}), fast(), kBegin);
  EXPECT_EQ(std::chrono::floor<std::chrono::days>(*days.ends_at - kBegin), std::chrono::days{2});
}

TEST(Estimate, TheBudgetBoundsCallsAndCost) {
  auto settings = settings_of(seconds{0});
  EXPECT_DOUBLE_EQ(*estimate({always(10)}, settings, fast(), kBegin).cost, 1.0);
  settings.budget.max_calls = 4;
  EXPECT_EQ(estimate({always(10)}, settings, fast(), kBegin).calls, 4);
  settings.budget.max_cost = 0.3;
  EXPECT_EQ(estimate({always(10)}, settings, fast(), kBegin).calls, 3);
  settings.budget.price_per_minute = 0.3;
  EXPECT_EQ(estimate({always(10)}, settings, fast(), kBegin).calls, 1);
  EXPECT_FALSE(estimate({always(10)}, settings_of(seconds{0}), {1, 0}, kBegin).cost);
}

TEST(Estimate, NothingToCallEndsAtOnceAndHoursThatNeverOpenNotAtAll) {
  EXPECT_EQ(*estimate({}, settings_of(seconds{30}), fast(), kBegin).ends_at, kBegin);
  const EstimateGroup never{3, [](TimePoint) { return std::optional<TimePoint>{}; }};
  EXPECT_FALSE(estimate({never}, settings_of(seconds{30}), fast(), kBegin).ends_at);
  EXPECT_FALSE(estimate({always(3), never}, settings_of(seconds{30}), fast(), kBegin).ends_at);
  EXPECT_FALSE(estimate({daily(10'000'000, 9, 10)}, settings_of(seconds{30}), fast(), kBegin).ends_at) << "60 days";
}

TEST(Estimate, MoreContactsSlowerPaceAndShorterHoursNeverEndEarlier) {
  std::mt19937 dice{7};
  const auto roll = [&](int from, int to) { return std::uniform_int_distribution{from, to}(dice); };
  for (int i = 0; i < 300; ++i) {
    const int contacts = roll(1, 2000), from = roll(0, 12), to = roll(from + 2, 24), delay = roll(0, 60);
    const auto base = settings_of(seconds{delay}, roll(1, 50));
    const EstimatePace pace{roll(1, 20) / 4.0, 0.1};
    const auto ends = [&](int count, int opens, int closes, const CampaignSettings& settings) {
      const auto result = estimate({daily(count, opens, closes), always(10)}, settings, pace, kBegin);
      EXPECT_EQ(result.calls, count + 10);
      return result.ends_at.value_or(TimePoint::max());
    };
    const auto plain = ends(contacts, from, to, base);
    auto slower = base;
    slower.delay_between_calls += seconds{5};

    EXPECT_GE(plain, kBegin + kEstimatedCall);
    EXPECT_GE(ends(contacts + 50, from, to, base), plain);
    EXPECT_GE(ends(contacts, from, to, slower) + minutes{1}, plain) << "a step may end in the closed hours";
    EXPECT_GE(ends(contacts, from, to - 1, base) + minutes{1}, plain);
  }
}

}  // namespace
}  // namespace otto::campaign
