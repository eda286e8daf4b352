#include "otto/phone/window.hpp"

#include <absl/time/civil_time.h>
#include <absl/time/time.h>
#include <algorithm>
#include <tuple>
#include <vector>

namespace otto::phone {
namespace {

using Zones = std::vector<absl::TimeZone>;

constexpr int kHorizonDays = 8;  // a window on one weekday comes again within seven days and a clock change

/// Only names of the IANA database: the library would also read "localtime" and any path.
bool is_well_formed(std::string_view name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
           c == '+' || c == '/';
  };
  return !name.empty() && name.size() <= 64 && name.front() >= 'A' && name.front() <= 'Z' &&
         std::all_of(name.begin(), name.end(), allowed) && !name.starts_with("Fixed/");
}

bool load(std::string_view name, absl::TimeZone& zone) {
  return is_well_formed(name) && absl::LoadTimeZone(std::string{name}, &zone);
}

/// Empty when one is unknown: a contact whose zone nobody knows is not called at all.
Zones load_all(std::span<const std::string> names) {
  Zones zones;
  for (const auto& name : names) {
    absl::TimeZone zone;
    if (!load(name, zone)) return {};
    zones.push_back(zone);
  }
  return zones;
}

bool opens_on(const Window& window, absl::CivilDay day) {
  return (window.days >> static_cast<int>(absl::GetWeekday(day)) & 1) != 0;  // absl's Monday is 0, as ours
}

/// By what the clock on the wall shows, so an hour that is skipped has no calls and one that comes twice has them
/// twice.
bool is_open_in(const Window& window, absl::TimeZone zone, absl::Time time) {
  const absl::CivilSecond local = zone.At(time).cs;
  const absl::CivilDay day{local};
  const int minute = local.hour() * 60 + local.minute();
  if (window.start_minute < window.end_minute) {
    return opens_on(window, day) && minute >= window.start_minute && minute < window.end_minute;
  }
  if (window.start_minute == window.end_minute) return false;
  return minute >= window.start_minute ? opens_on(window, day)
                                       : minute < window.end_minute && opens_on(window, day - 1);
}

/// A constraint with its zones loaded.
struct Loaded {
  const Constraint* rule;
  Zones zones;
};

std::vector<Loaded> load_constraints(std::span<const Constraint> constraints) {
  std::vector<Loaded> loaded;
  loaded.reserve(constraints.size());
  for (const Constraint& constraint : constraints) loaded.push_back({&constraint, load_all(constraint.zones)});
  return loaded;
}

bool is_open_in(const Constraint& rule, absl::TimeZone zone, absl::Time time) {
  if (rule.holidays != Holidays::None) {
    const absl::CivilDay day{zone.At(time).cs};
    if (is_holiday(rule.holidays, static_cast<int>(day.year()), day.month(), day.day())) return false;
  }
  return std::ranges::any_of(rule.windows, [&](const Window& window) { return is_open_in(window, zone, time); });
}

bool is_open_in_all(const Loaded& loaded, absl::Time time) {
  return !loaded.zones.empty() && std::ranges::all_of(loaded.zones, [&](const absl::TimeZone& zone) {
    return is_open_in(*loaded.rule, zone, time);
  });
}

bool all_open(const std::vector<Loaded>& constraints, absl::Time time) {
  return std::ranges::all_of(constraints, [time](const Loaded& loaded) { return is_open_in_all(loaded, time); });
}

/// The moments at which a closed window can open in one zone: the wall clock comes to the window's start (twice, when
/// the hour comes twice), or it jumps over it.
void append_openings(const Window& window, absl::TimeZone zone, absl::Time from, absl::Time until,
                     std::vector<absl::Time>& out) {
  const absl::CivilDay first = absl::CivilDay{zone.At(from).cs} - 1;
  for (int i = 0; i <= kHorizonDays + 2; ++i) {
    const auto start = absl::CivilSecond{first + i} + window.start_minute * 60;
    const auto info = zone.At(start);
    for (const absl::Time time : {info.pre, info.trans, info.post}) {
      if (time > from && time <= until) out.push_back(time);
    }
  }
  absl::TimeZone::CivilTransition change;
  for (absl::Time at = from; zone.NextTransition(at, &change);) {
    const absl::Time changed = zone.At(change.to).post;  // of a repeated time the later one: where the change leads
    if (changed > until || changed <= at) return;
    at = changed;
    out.push_back(at);
  }
}

}  // namespace

bool is_zone(std::string_view iana_name) {
  absl::TimeZone zone;
  return load(iana_name, zone);
}

bool is_open(const Constraint& constraint, TimePoint now) {
  return is_open_in_all(Loaded{&constraint, load_all(constraint.zones)}, absl::FromChrono(now));
}

std::optional<TimePoint> next_open(std::span<const Constraint> constraints, TimePoint now) {
  const auto loaded = load_constraints(constraints);
  const absl::Time from = absl::FromChrono(now);
  if (all_open(loaded, from)) return now;
  std::vector<absl::Time> openings;
  for (const Loaded& constraint : loaded) {
    for (const absl::TimeZone& zone : constraint.zones)
      for (const Window& window : constraint.rule->windows)
        append_openings(window, zone, from, from + absl::Hours(24 * kHorizonDays), openings);
  }
  std::sort(openings.begin(), openings.end());
  const auto first = std::ranges::find_if(openings, [&](absl::Time time) { return all_open(loaded, time); });
  if (first == openings.end()) return std::nullopt;
  return absl::ToChronoTime(*first);
}

bool is_open(const Window& window, std::span<const std::string> zones, TimePoint now) {
  return is_open(Constraint{{window}, {zones.begin(), zones.end()}, Holidays::None}, now);
}

std::optional<TimePoint> next_open(const Window& window, std::span<const std::string> names, TimePoint now) {
  const Constraint constraint{{window}, {names.begin(), names.end()}, Holidays::None};
  return next_open(std::span{&constraint, 1}, now);
}

Result<TimePoint> parse_local_time(std::string_view text, std::string_view name) {
  const Error wrong{Errc::InvalidInput, "The time must look like 2026-12-01T15:30."};
  constexpr std::size_t kMinute = 16, kSecond = 19;  // up to which a text reads
  if (text.size() != kMinute && text.size() != kSecond) return wrong;
  std::string civil{text};
  if (civil[10] == ' ') civil[10] = 'T';
  absl::TimeZone zone;
  absl::CivilSecond second;
  if (civil[10] != 'T' || !load(name, zone) || !absl::ParseLenientCivilTime(civil, &second)) return wrong;
  return absl::ToChronoTime(zone.At(second).pre);
}

std::string format_local_time(TimePoint time, std::string_view name) {
  absl::TimeZone zone = absl::UTCTimeZone();
  std::ignore = load(name, zone);
  return absl::FormatTime("%A, %Y-%m-%d %H:%M", absl::FromChrono(time), zone);
}

}  // namespace otto::phone
