#include "otto/base/clock.hpp"

#include <array>
#include <fmt/format.h>
#include <optional>

#include "otto/base/text.hpp"

namespace otto {
namespace {

using std::chrono::floor;
using std::chrono::sys_days;

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::array<std::string_view, 7> kDays{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};

struct Civil {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, offset_minutes = 0;
  std::chrono::nanoseconds fraction{0};
};

/// A cursor over the text; every reader leaves it unmoved when it fails.
struct Cursor {
  std::string_view rest;

  bool take(char c) {
    if (!rest.starts_with(c)) return false;
    rest.remove_prefix(1);
    return true;
  }
  std::optional<int> digits(std::size_t min, std::size_t max) {
    std::size_t count = 0;
    int value = 0;
    while (count < max && count < rest.size() && rest[count] >= '0' && rest[count] <= '9') {
      value = value * 10 + (rest[count++] - '0');
    }
    if (count < min) return std::nullopt;
    rest.remove_prefix(count);
    return value;
  }
  bool number(int& out, std::size_t min, std::size_t max) {
    const auto value = digits(min, max);
    if (value) out = *value;
    return value.has_value();
  }
  void spaces() {
    while (take(' ') || take('\t')) {
    }
  }
  /// ±HH:MM, ±HHMM; ±HH only where `hours_alone` allows it.
  bool offset(int& out_minutes, bool hours_alone) {
    const int sign = take('+') ? 1 : take('-') ? -1 : 0;
    int hour = 0;
    int minute = 0;
    if (sign == 0 || !number(hour, 2, 2)) return false;
    const bool colon = take(':');
    if (!number(minute, 2, 2) && (colon || !hours_alone)) return false;
    out_minutes = sign * (hour * 60 + minute);
    return hour <= 23 && minute <= 59;
  }
};

// The years are bounded because system_clock counts nanoseconds in 64 bits, which end in 2262.
std::optional<TimePoint> to_time(const Civil& c) {
  const std::chrono::year_month_day date{std::chrono::year{c.year}, std::chrono::month(static_cast<unsigned>(c.month)),
                                         std::chrono::day(static_cast<unsigned>(c.day))};
  if (c.year < 1970 || c.year > 2200 || !date.ok()) return std::nullopt;
  if (c.hour > 23 || c.minute > 59 || c.second > 59) return std::nullopt;
  return sys_days{date} + hours{c.hour} + minutes{c.minute - c.offset_minutes} + seconds{c.second} +
         std::chrono::duration_cast<TimePoint::duration>(c.fraction);
}

bool read_fraction(Cursor& in, Civil& c) {
  if (!in.take('.') && !in.take(',')) return true;
  std::int64_t nanos = 0;
  int count = 0;
  while (!in.rest.empty() && in.rest.front() >= '0' && in.rest.front() <= '9') {
    if (count < 9) nanos = nanos * 10 + (in.rest.front() - '0'), ++count;
    in.rest.remove_prefix(1);
  }
  if (count == 0) return false;
  for (; count < 9; ++count) nanos *= 10;
  c.fraction = std::chrono::nanoseconds{nanos};
  return true;
}

template <std::size_t N>
int index_of(Cursor& in, const std::array<std::string_view, N>& names) {
  for (std::size_t i = 0; i < N; ++i) {
    if (!iequals(in.rest.substr(0, 3), names[i])) continue;
    in.rest.remove_prefix(3);
    return static_cast<int>(i);
  }
  return -1;
}

bool read_rfc2822(Cursor& in, Civil& c) {
  if (index_of(in, kDays) >= 0 && !in.take(',')) return false;
  in.spaces();
  if (!in.number(c.day, 1, 2)) return false;
  in.spaces();
  c.month = index_of(in, kMonths) + 1;
  in.spaces();
  if (!in.number(c.year, 4, 4)) return false;
  in.spaces();
  if (!in.number(c.hour, 2, 2) || !in.take(':') || !in.number(c.minute, 2, 2)) return false;
  if (in.take(':') && !in.number(c.second, 2, 2)) return false;
  in.spaces();
  if (in.rest == "GMT" || in.rest == "UTC" || in.rest == "UT" || in.rest == "Z") return true;
  return in.offset(c.offset_minutes, false) && in.rest.empty();
}

}  // namespace

std::string format_iso8601(TimePoint time) {
  const auto at = floor<milliseconds>(time);
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{at - day};
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count());
}

Result<TimePoint> parse_iso8601(std::string_view text) {
  Cursor in{trim(text)};
  Civil c;
  const bool date = in.number(c.year, 4, 4) && in.take('-') && in.number(c.month, 2, 2) && in.take('-') &&
                    in.number(c.day, 2, 2) && (in.take('T') || in.take('t') || in.take(' '));
  bool time = date && in.number(c.hour, 2, 2) && in.take(':') && in.number(c.minute, 2, 2);
  if (time && in.take(':')) time = in.number(c.second, 2, 2) && read_fraction(in, c);
  if (!time) {
    return Error{Errc::InvalidInput, "The time must be ISO 8601 with an offset, like 2026-11-23T18:30:00Z."};
  }
  if (in.rest.empty()) {
    return Error{Errc::InvalidInput, "The time has no offset: add Z for UTC, or one like -05:00."};
  }
  const bool zone = in.take('Z') || in.take('z') || in.offset(c.offset_minutes, true);
  const auto result = zone && in.rest.empty() ? to_time(c) : std::nullopt;
  if (!result) {
    return Error{Errc::InvalidInput, "The time is not a moment between 1970 and 2200 in ISO 8601 with an offset."};
  }
  return *result;
}

Result<TimePoint> parse_rfc2822(std::string_view text) {
  Cursor in{trim(text)};
  Civil c;
  const auto result = read_rfc2822(in, c) ? to_time(c) : std::nullopt;
  if (!result) return Error{Errc::Malformed, "The date is not RFC 2822, like Tue, 14 Apr 2026 17:03:05 +0000."};
  return *result;
}

std::string format_rfc2822(TimePoint time) {
  const auto at = floor<seconds>(time);
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{at - day};
  return fmt::format("{}, {:02} {} {:04} {:02}:{:02}:{:02} +0000", kDays[std::chrono::weekday{day}.c_encoding()],
                     static_cast<unsigned>(date.day()), kMonths[static_cast<unsigned>(date.month()) - 1],
                     static_cast<int>(date.year()), clock.hours().count(), clock.minutes().count(),
                     clock.seconds().count());
}

}  // namespace otto
