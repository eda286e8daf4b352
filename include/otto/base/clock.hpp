// Time as a dependency (rule C14): nobody above base calls std::chrono::…::now().
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"

namespace otto {

using TimePoint = std::chrono::system_clock::time_point;  ///< UTC
using SteadyPoint = std::chrono::steady_clock::time_point;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual TimePoint now() const = 0;       ///< wall clock, for windows, records and messages
  virtual SteadyPoint steady() const = 0;  ///< never steps, for deadlines and latencies
};

class SystemClock final : public Clock {
 public:
  TimePoint now() const override { return std::chrono::system_clock::now(); }
  SteadyPoint steady() const override { return std::chrono::steady_clock::now(); }
};

/// "2026-11-23T18:33:59.120Z": UTC, always milliseconds.
std::string format_iso8601(TimePoint time);
/// ISO 8601 with seconds optional and an offset ("Z", "+01:00", "-0500") required; InvalidInput otherwise.
Result<TimePoint> parse_iso8601(std::string_view text);
/// RFC 2822 as Twilio sends it, "Tue, 14 Apr 2026 17:03:05 +0000"; Malformed otherwise.
Result<TimePoint> parse_rfc2822(std::string_view text);
/// "Tue, 14 Apr 2026 17:03:05 +0000"
std::string format_rfc2822(TimePoint time);

}  // namespace otto
