#include "otto/phone/window.hpp"

#include <cstdlib>
#include <gtest/gtest.h>
#include <time.h>
#include <vector>

namespace otto::phone {
namespace {

using namespace std::chrono_literals;
using std::chrono::sys_days;
using std::chrono::year;

constexpr std::uint8_t kEveryDay = 0x7F;
constexpr std::uint8_t kMonday = 1;
constexpr std::uint8_t kSaturday = 1 << 5;
constexpr std::uint8_t kSunday = 1 << 6;

Window window(int start, int end, std::uint8_t days = kEveryDay) { return {start, end, days}; }

TimePoint utc(int y, unsigned month, unsigned day, int hour, int minute = 0, int second = 0) {
  return sys_days{year{y} / static_cast<int>(month) / static_cast<int>(day)} + hours{hour} + minutes{minute} +
         seconds{second};
}

std::optional<TimePoint> next_in(const Window& w, const std::string& zone, TimePoint now) {
  return next_open(w, std::vector{zone}, now);
}
bool open_in(const Window& w, const std::string& zone, TimePoint now) { return is_open(w, std::vector{zone}, now); }

TEST(Zone, NamesAreThoseOfTheDatabaseOnly) {
  for (const char* good : {"America/New_York", "UTC", "Etc/GMT+5", "America/Argentina/Buenos_Aires", "EST5EDT"}) {
    EXPECT_TRUE(is_zone(good)) << good;
  }
  for (const char* bad :
       {"", "contact", "america/new_york", "America/Nowhere", "localtime", "/etc/localtime", "../passwd",
        "America/../UTC", "Fixed/UTC+05:00:00", ":UTC", "America/New_York ", "right/UTC", "zone.tab"}) {
    EXPECT_FALSE(is_zone(bad)) << bad;
  }
}

TEST(Window, StartIsInsideAndEndIsNot) {
  const auto w = window(8 * 60, 21 * 60);
  EXPECT_FALSE(open_in(w, "America/New_York", utc(2026, 11, 23, 12, 59, 59)));
  EXPECT_TRUE(open_in(w, "America/New_York", utc(2026, 11, 23, 13)));
  EXPECT_TRUE(open_in(w, "America/New_York", utc(2026, 11, 24, 1, 59, 59)));
  EXPECT_FALSE(open_in(w, "America/New_York", utc(2026, 11, 24, 2)));
}

TEST(Window, DaysAreThoseOfTheOpening) {
  const auto nights = window(22 * 60, 6 * 60, kSaturday);  // 2026-11-21 is a Saturday
  EXPECT_TRUE(open_in(nights, "UTC", utc(2026, 11, 21, 22)));
  EXPECT_TRUE(open_in(nights, "UTC", utc(2026, 11, 22, 5, 59)));
  EXPECT_FALSE(open_in(nights, "UTC", utc(2026, 11, 22, 6)));
  EXPECT_FALSE(open_in(nights, "UTC", utc(2026, 11, 22, 23)));
  EXPECT_FALSE(open_in(nights, "UTC", utc(2026, 11, 21, 3)));
  EXPECT_EQ(next_in(nights, "UTC", utc(2026, 11, 22, 6)), utc(2026, 11, 28, 22));

  EXPECT_EQ(next_in(window(540, 1020, kMonday), "UTC", utc(2026, 11, 23, 17)), utc(2026, 11, 30, 9));
}

TEST(Window, OpensNowWhenItIsOpen) {
  const auto now = utc(2026, 11, 23, 15, 7, 31) + 5ms;
  EXPECT_EQ(next_in(window(480, 1260), "America/New_York", now), now);
  EXPECT_EQ(next_in(window(0, 1440), "America/New_York", now), now);
}

TEST(Window, WhatCanNeverOpenSaysSo) {
  const auto now = utc(2026, 11, 23, 12);
  EXPECT_EQ(next_in(window(480, 1260, 0), "UTC", now), std::nullopt);
  EXPECT_EQ(next_in(window(480, 480), "UTC", now), std::nullopt);
  EXPECT_EQ(next_in(window(480, 1260), "Nowhere/Land", now), std::nullopt);
  EXPECT_EQ(next_open(window(480, 1260), {}, now), std::nullopt);
  EXPECT_FALSE(is_open(window(0, 1440), {}, now));
  EXPECT_FALSE(is_open(window(0, 1440), std::vector<std::string>{"UTC", "Nowhere/Land"}, now));
}

TEST(Window, SeveralZonesMustAllBeOpen) {
  const std::vector<std::string> coasts{"America/New_York", "America/Los_Angeles"};
  const auto w = window(8 * 60, 21 * 60);
  EXPECT_FALSE(is_open(w, coasts, utc(2026, 11, 23, 15)));  // 7 in the west
  EXPECT_TRUE(is_open(w, coasts, utc(2026, 11, 23, 16)));
  EXPECT_FALSE(is_open(w, coasts, utc(2026, 11, 24, 2)));  // 21 in the east
  EXPECT_EQ(next_open(w, coasts, utc(2026, 11, 24, 2)), utc(2026, 11, 24, 16));

  const std::vector<std::string> never{"America/New_York", "Asia/Singapore"};
  EXPECT_EQ(next_open(window(9 * 60, 17 * 60), never, utc(2026, 11, 23, 12)), std::nullopt);
}

// 2026-03-08: New York's clocks go from 02:00 EST to 03:00 EDT, at 07:00 UTC.
TEST(Window, ASkippedHourIsNotOpenAndOneThatReachesOutOfItOpensAtTheJump) {
  const auto before = utc(2026, 3, 8, 6);
  EXPECT_EQ(next_in(window(150, 240), "America/New_York", before), utc(2026, 3, 8, 7));
  EXPECT_EQ(next_in(window(120, 180), "America/New_York", before), utc(2026, 3, 9, 6));
  EXPECT_EQ(next_in(window(120, 180, kSunday), "America/New_York", before), utc(2026, 3, 15, 6));
}

// 2026-11-01: from 02:00 EDT back to 01:00 EST, at 06:00 UTC.
TEST(Window, ARepeatedHourOpensTwice) {
  const auto w = window(60, 90);
  EXPECT_EQ(next_in(w, "America/New_York", utc(2026, 11, 1, 4)), utc(2026, 11, 1, 5));
  EXPECT_FALSE(open_in(w, "America/New_York", utc(2026, 11, 1, 5, 30)));
  EXPECT_EQ(next_in(w, "America/New_York", utc(2026, 11, 1, 5, 30)), utc(2026, 11, 1, 6));
  EXPECT_EQ(next_in(w, "America/New_York", utc(2026, 11, 1, 6, 30)), utc(2026, 11, 2, 6));
}

/// What the C library says of each minute's wall clock: an oracle that shares no code with ours.
struct WallClock {
  int minute;
  int weekday;  ///< Monday is 0
};

std::vector<WallClock> wall_clocks(const std::string& zone, TimePoint from, int count, minutes step = minutes{1}) {
  ::setenv("TZ", zone.c_str(), 1);
  ::tzset();
  std::vector<WallClock> out;
  for (int i = 0; i < count; ++i) {
    const time_t at = std::chrono::system_clock::to_time_t(from + i * step);
    tm local{};
    ::localtime_r(&at, &local);
    out.push_back({local.tm_hour * 60 + local.tm_min, (local.tm_wday + 6) % 7});
  }
  ::unsetenv("TZ");
  ::tzset();
  return out;
}

bool oracle_open(const Window& w, WallClock clock) {
  const auto chosen = [&w](int weekday) { return (w.days >> ((weekday + 7) % 7) & 1) != 0; };
  if (w.start_minute < w.end_minute) {
    return chosen(clock.weekday) && clock.minute >= w.start_minute && clock.minute < w.end_minute;
  }
  return (chosen(clock.weekday) && clock.minute >= w.start_minute) ||
         (chosen(clock.weekday - 1) && clock.minute < w.end_minute);
}

/// When a zone's wall clock jumps; all do so at a quarter of an hour of UTC.
std::vector<TimePoint> changes(const std::string& zone) {
  std::vector<TimePoint> out;
  const auto first = utc(2026, 1, 1, 0);
  const auto quarters = wall_clocks(zone, first, 3 * 366 * 96, minutes{15});
  for (std::size_t i = 1; i < quarters.size(); ++i) {
    if (quarters[i].minute != (quarters[i - 1].minute + 15) % 1440) out.push_back(first + minutes{15} * i);
  }
  return out;
}

const std::vector<Window>& windows() {
  static const std::vector<Window> all{window(480, 1260),
                                       window(120, 180),
                                       window(60, 90),
                                       window(150, 240),
                                       window(0, 30),
                                       window(1410, 1440),
                                       window(1320, 360),
                                       window(1425, 15, kSaturday),
                                       window(0, 1440, kSunday),
                                       window(119, 61),
                                       window(0, 1, kSaturday)};
  return all;
}

class Transitions : public testing::TestWithParam<const char*> {};

// Around every clock change of three years, each answer is what a scan of the wall clock minute by minute finds.
TEST_P(Transitions, NextOpenIsWhatAMinuteScanFinds) {
  const std::string zone = GetParam();
  constexpr int kBefore = 2 * 1440;
  constexpr int kAsked = 3 * 1440;
  constexpr int kHorizon = 8 * 1440;
  for (const TimePoint change : changes(zone)) {
    const TimePoint from = change - minutes{kBefore};
    const auto clocks = wall_clocks(zone, from, kAsked + kHorizon + 2);
    for (const Window& w : windows()) {
      std::vector<int> next(clocks.size() + 1, -1);  // the first open minute from each on
      for (std::size_t i = clocks.size(); i-- > 0;)
        next[i] = oracle_open(w, clocks[i]) ? static_cast<int>(i) : next[i + 1];
      for (int i = 0; i < kAsked; i += std::abs(i - kBefore) < 70 ? 1 : 97) {
        const auto at = static_cast<std::size_t>(i);
        ASSERT_EQ(open_in(w, zone, from + minutes{i} + 59s), next[at] == i)
            << zone << ' ' << i << ' ' << w.start_minute;
        const auto open = next_in(w, zone, from + minutes{i});
        const bool found = next[at] >= 0 && next[at] <= i + kHorizon;
        ASSERT_EQ(open.has_value(), found) << zone << ' ' << i << ' ' << w.start_minute;
        if (found) ASSERT_EQ(*open, from + minutes{next[at]}) << zone << ' ' << i << ' ' << w.start_minute;
      }
    }
  }
}

// Half an hour (Lord Howe), at midnight (Santiago, Beirut), at odd times (Chatham), backwards in winter (Dublin).
INSTANTIATE_TEST_SUITE_P(Zones, Transitions,
                         testing::Values("America/New_York", "America/Los_Angeles", "America/St_Johns", "Europe/Berlin",
                                         "Europe/Dublin", "Australia/Lord_Howe", "Pacific/Chatham", "America/Santiago",
                                         "Asia/Beirut", "Africa/Casablanca", "America/Havana"));

TEST(Transitions, TheListedZonesDoChangeTheirClocks) {
  EXPECT_EQ(changes("America/New_York").size(), 6u);
  EXPECT_GE(changes("America/Santiago").size(), 5u);
  EXPECT_TRUE(changes("America/Phoenix").empty());
}

TEST(LocalTime, IsReadByTheClockOnTheWall) {
  EXPECT_EQ(parse_local_time("2026-12-01T15:30", "America/New_York").value(), *parse_iso8601("2026-12-01T20:30:00Z"));
  EXPECT_EQ(parse_local_time("2026-07-01 15:30:20", "America/New_York").value(),
            *parse_iso8601("2026-07-01T19:30:20Z"));
  EXPECT_EQ(parse_local_time("2026-03-08T02:30", "America/New_York").value(),
            *parse_iso8601("2026-03-08T03:30:00-04:00"))
      << "an hour that is skipped";
  EXPECT_EQ(parse_local_time("2026-11-01T01:30", "America/New_York").value(),
            *parse_iso8601("2026-11-01T01:30:00-04:00"))
      << "an hour that comes twice";
  for (const char* wrong : {"", "tomorrow", "2026-12-01", "15:30", "2026-13-01T15:30", "2026-12-01T25:30",
                            "2026-12-01X15:30", "2026-12-01T15:30Z"})
    EXPECT_FALSE(parse_local_time(wrong, "America/New_York")) << wrong;
  EXPECT_FALSE(parse_local_time("2026-12-01T15:30", "Mars/Olympus"));
}

TEST(LocalTime, IsToldWithItsDay) {
  EXPECT_EQ(format_local_time(*parse_iso8601("2026-12-01T20:30:00Z"), "America/New_York"), "Tuesday, 2026-12-01 15:30");
  EXPECT_EQ(format_local_time(*parse_iso8601("2026-12-01T20:30:00Z"), "Mars/Olympus"), "Tuesday, 2026-12-01 20:30");
}

}  // namespace
}  // namespace otto::phone
