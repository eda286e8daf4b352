// Calling hours in local time, exact over daylight-saving changes (Abseil's time zones).
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"

namespace otto::phone {

struct Window {
  int start_minute = 8 * 60;  ///< local, inclusive
  int end_minute = 21 * 60;   ///< local, exclusive; 1440 is midnight; end < start spans midnight; equal: never open
  std::uint8_t days = 0x7F;   ///< bit 0 is Monday: the day on which the window opens
};

/// A name of the IANA database that this machine knows.
bool is_zone(std::string_view iana_name);

/// Open means open in every zone, by the clock on the wall. No zone, or an unknown one, is never open.
bool is_open(const Window& window, std::span<const std::string> zones, TimePoint now);
/// The first moment, from `now` on, at which it is open in every zone; `now` itself when it is. nullopt: not within
/// eight days (windows that never meet, no day chosen).
std::optional<TimePoint> next_open(const Window& window, std::span<const std::string> zones, TimePoint now);

}  // namespace otto::phone
