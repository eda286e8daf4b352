// Calling hours around every clock change that the time-zone database knows: all zones, from 1901 to 2037. Where the
// clocks change is read from the database's own files, what they show afterwards from the C library: neither shares
// code with what is tested.
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <set>
#include <time.h>
#include <vector>

#include "otto/phone/window.hpp"

namespace otto::phone {
namespace {

constexpr const char* kDatabase = "/usr/share/zoneinfo";
constexpr std::uint8_t kEveryDay = 0x7F;

std::int64_t big_endian(const std::string& bytes, std::size_t at, int size) {
  std::uint64_t value = 0;
  for (int i = 0; i < size; ++i)
    value = value << 8 | static_cast<std::uint8_t>(bytes.at(at + static_cast<std::size_t>(i)));
  return static_cast<std::int64_t>(value);
}

/// The transition times of a TZif file's 64-bit block (RFC 8536); empty for what is none.
std::vector<std::int64_t> transitions_in(const std::string& file) {
  if (!file.starts_with("TZif") || file.size() < 88 || file[4] < '2') return {};
  const auto count = [&](std::size_t header, int field) {
    return static_cast<std::size_t>(big_endian(file, header + 20 + static_cast<std::size_t>(field) * 4, 4));
  };
  // isutcnt, isstdcnt, leapcnt, timecnt, typecnt, charcnt
  const std::size_t second =
      44 + count(0, 3) * 5 + count(0, 4) * 6 + count(0, 5) + count(0, 2) * 8 + count(0, 1) + count(0, 0);
  std::vector<std::int64_t> times;
  for (std::size_t i = 0; i < count(second, 3); ++i) times.push_back(big_endian(file, second + 44 + i * 8, 8));
  return times;
}

/// Each zone once: names that are links to another have the same file.
std::vector<std::pair<std::string, std::vector<std::int64_t>>> zones() {
  std::vector<std::pair<std::string, std::vector<std::int64_t>>> found;
  std::set<std::string> seen;
  for (const char* region :
       {"Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"})
    for (const auto& entry : std::filesystem::recursive_directory_iterator{std::string{kDatabase} + "/" + region}) {
      if (!entry.is_regular_file()) continue;
      std::ifstream stream{entry.path(), std::ios::binary};
      std::string file{std::istreambuf_iterator<char>{stream}, {}};
      auto times = transitions_in(file);
      if (times.empty() || !seen.insert(std::move(file)).second) continue;
      found.emplace_back(entry.path().string().substr(std::string{kDatabase}.size() + 1), std::move(times));
    }
  return found;
}

struct WallClock {
  int minute, weekday;
};

WallClock wall_clock(std::int64_t at) {
  const time_t when = at;
  tm local{};
  ::localtime_r(&when, &local);
  return {local.tm_hour * 60 + local.tm_min, (local.tm_wday + 6) % 7};
}

bool oracle_open(const Window& w, WallClock clock) {
  const auto chosen = [&w](int weekday) { return (w.days >> ((weekday + 7) % 7) & 1) != 0; };
  if (w.start_minute < w.end_minute)
    return chosen(clock.weekday) && clock.minute >= w.start_minute && clock.minute < w.end_minute;
  return (chosen(clock.weekday) && clock.minute >= w.start_minute) ||
         (chosen(clock.weekday - 1) && clock.minute < w.end_minute);
}

TimePoint at_second(std::int64_t at) { return TimePoint{seconds{at}}; }

TEST(ZoneHistory, HoursAreThoseOfTheWallAroundEveryChangeOfEveryZone) {
  // The law's hours; two that lie where clocks jump; one over midnight; one that a weekday bounds.
  const std::vector<Window> windows{
      {480, 1260, kEveryDay}, {90, 150, kEveryDay}, {0, 61, kEveryDay}, {1320, 360, kEveryDay}, {1425, 15, 1 << 5}};
  int changes = 0, zones_seen = 0;
  for (const auto& [zone, times] : zones()) {
    ++zones_seen;
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    const std::vector<std::string> here{zone};
    for (const std::int64_t change : times) {
      if (change < -2'177'452'800) continue;  // 1901: before that it is local mean time, by the second
      ++changes;
      for (const int offset : {-86'400, -3660, -3600, -1800, -60, -1, 0, 1, 59, 60, 1800, 3599, 3600, 7200, 86'400}) {
        const auto clock = wall_clock(change + offset);
        for (const Window& w : windows)
          ASSERT_EQ(is_open(w, here, at_second(change + offset)), oracle_open(w, clock))
              << zone << " " << change << " " << offset << " " << w.start_minute;
      }
    }
  }
  ::unsetenv("TZ");
  ::tzset();

  EXPECT_GT(zones_seen, 250);
  EXPECT_GT(changes, 15'000);
}

/// No minute in between is open, and the one before is not either.
TEST(ZoneHistory, TheNextOpeningIsTheFirstOpenMinuteAfterEveryChange) {
  const Window law{480, 1260, kEveryDay}, at_jumps{90, 150, kEveryDay};
  int asked = 0, change_number = 0;
  for (const auto& [zone, times] : zones()) {
    ::setenv("TZ", zone.c_str(), 1);
    ::tzset();
    const std::vector<std::string> here{zone};
    for (const std::int64_t change : times) {
      // Whole minutes only: before 1972 some clocks were off by seconds. A seventh of all is scanned minute by minute.
      if (change < 63'072'000 || change % 60 != 0 || ++change_number % 7 != 0) continue;
      for (const Window& w : {law, at_jumps}) {
        const std::int64_t from = change - 1800;
        const auto open = next_open(w, here, at_second(from));
        ASSERT_TRUE(open) << zone << " " << change;
        std::int64_t expected = from;
        while (expected < from + 3 * 86'400 && !oracle_open(w, wall_clock(expected))) expected += 60;
        ASSERT_EQ(*open, at_second(expected)) << zone << " " << change << " " << w.start_minute;
        ++asked;
      }
    }
  }
  ::unsetenv("TZ");
  ::tzset();

  EXPECT_GT(asked, 2000);
}

}  // namespace
}  // namespace otto::phone
