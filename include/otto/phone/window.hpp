// Calling hours in local time, exact over daylight-saving changes (Abseil's time zones).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"

namespace otto::phone {

struct Window {
  int start_minute = 8 * 60;  ///< local, inclusive
  int end_minute = 21 * 60;   ///< local, exclusive; 1440 is midnight; end < start spans midnight; equal: never open
  std::uint8_t days = 0x7F;   ///< bit 0 is Monday: the day on which the window opens
};

/// Days on which a rule lets nobody be called: the United States' federal holidays, also as they are observed when they
/// fall on a weekend, and what some states add.
enum class Holidays : std::uint8_t { None, Federal, FederalMardiGrasGoodFriday, FederalPioneerDay };
bool is_holiday(Holidays which, int year, int month, int day);

/// One of several things that must all hold: open in every zone by at least one of the windows, and no holiday there.
struct Constraint {
  std::vector<Window> windows;
  std::vector<std::string> zones;
  Holidays holidays = Holidays::None;
};

/// The first moment, from `now` on, at which every constraint is open; nullopt: not within eight days.
std::optional<TimePoint> next_open(std::span<const Constraint> constraints, TimePoint now);
bool is_open(const Constraint& constraint, TimePoint now);

/// A name of the IANA database that this machine knows.
bool is_zone(std::string_view iana_name);

/// Open means open in every zone, by the clock on the wall. No zone, or an unknown one, is never open.
bool is_open(const Window& window, std::span<const std::string> zones, TimePoint now);
/// The first moment, from `now` on, at which it is open in every zone; `now` itself when it is. nullopt: not within
/// eight days (windows that never meet, no day chosen).
std::optional<TimePoint> next_open(const Window& window, std::span<const std::string> zones, TimePoint now);

/// "2026-12-01T15:30", also with seconds or with a blank for the T, by the clock on the wall of `zone`: an hour that is
/// skipped there is moved on by it, one that comes twice means the first. InvalidInput: not such a text, or no such
/// zone.
Result<TimePoint> parse_local_time(std::string_view text, std::string_view zone);
/// "Tuesday, 2026-12-01 15:30" by the clock on the wall of `zone`; of UTC when it is unknown.
std::string format_local_time(TimePoint time, std::string_view zone);

}  // namespace otto::phone
