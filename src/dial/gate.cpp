#include "otto/dial/gate.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otto/base/plural.hpp"
#include "otto/dial/place.hpp"
#include "otto/phone/calling_rules.hpp"
#include "otto/phone/region.hpp"
#include "otto/phone/window.hpp"

namespace otto::dial {

namespace {

constexpr hours kDay{24};

struct NamedConstraint {
  phone::Constraint constraint;
  std::string rule, name;
};

std::string clock_text(int minutes) { return fmt::format("{:02}:{:02}", minutes / 60, minutes % 60); }

std::string zones_text(const std::vector<std::string>& zones) {
  if (zones.empty()) return "no known time zone";
  std::string text = zones.front();
  if (zones.size() == 2) text += " and " + zones.back();
  if (zones.size() > 2) text += fmt::format(" and {} more", zones.size() - 1);
  return text;
}

std::vector<NamedConstraint> constraints_of(const Contact& contact, const CampaignSettings& settings) {
  const CallingHours& hours = settings.hours;
  std::vector<NamedConstraint> all(1);
  all[0].constraint.windows = {phone::Window{hours.start_minute, hours.end_minute, hours.days}};
  all[0].constraint.zones = hours.timezone == "contact" ? contact.zones : std::vector<std::string>{hours.timezone};
  all[0].rule = "calling_hours";
  all[0].name = "outside the campaign's calling hours, " + clock_text(hours.start_minute) + " to " +
                clock_text(hours.end_minute) + (hours.days == 0x7F ? "" : " on its days");
  const std::string state = settings.legal_hours ? place_of(contact.phone, contact.variables).state : "";
  if (state.empty()) return all;
  const auto add = [&](const phone::CallingRule& rule) {
    NamedConstraint law;
    law.constraint = {rule.windows, contact.zones, rule.holidays};
    law.rule = "legal_hours";
    law.name = rule.name + " allows no call now";
    all.push_back(std::move(law));
  };
  const phone::CallingRule& federal = phone::calling_rules().front();
  const phone::CallingRule& rule = phone::calling_rule(state);
  add(federal);
  if (&rule != &federal) add(rule);
  return all;
}

ports::GateVerdict wait(std::string rule, TimePoint until, std::string reason) {
  ports::GateVerdict verdict;
  verdict.may_dial = false;
  verdict.not_before = until;
  verdict.reason = std::move(reason);
  verdict.rule = std::move(rule);
  return verdict;
}

/// The first moment at which fewer than `most` calls lie within the last 24 hours.
TimePoint frees_at(const std::vector<TimePoint>& newest_first, int most) {
  return newest_first[static_cast<std::size_t>(most) - 1] + kDay;
}

}  // namespace

ports::GateVerdict may_dial(const Contact& contact, const CampaignSettings& settings, TimePoint now) {
  const auto all = constraints_of(contact, settings);
  const auto closed =
      std::ranges::find_if(all, [now](const NamedConstraint& named) { return !phone::is_open(named.constraint, now); });
  if (closed == all.end()) return {};
  std::vector<phone::Constraint> constraints;
  for (const NamedConstraint& named : all) constraints.push_back(named.constraint);
  const auto opens = phone::next_open(constraints, now);
  std::string reason = closed->name + " (" + zones_text(closed->constraint.zones) + ")";
  if (!opens) reason += "; within eight days there is no moment at which all zones and rules of this contact agree";
  return wait(closed->rule, opens.value_or(now + kDay), std::move(reason));
}

ports::GateVerdict decide(const Contact& contact, const CampaignSettings& settings, const ports::DialHistory& history,
                          const GateLimits& limits, TimePoint now) {
  if (auto refusal = limits.destinations ? limits.destinations->refusal(contact.phone) : ""; !refusal.empty()) {
    auto never = wait("destination", now, std::move(refusal));
    never.is_final = true;
    return never;
  }
  auto verdict = may_dial(contact, settings, now);
  if (!verdict.may_dial) return verdict;
  const auto often = [](const std::vector<TimePoint>& calls) { return times(static_cast<std::int64_t>(calls.size())); };
  const auto reached = [](const std::vector<TimePoint>& calls, int most) {
    return most > 0 && calls.size() >= static_cast<std::size_t>(most);
  };
  if (const int most = settings.max_attempts_per_day.value_or(0); reached(history.of_contact, most))
    return wait(
        "daily_cap", frees_at(history.of_contact, most),
        fmt::format("called {} within 24 hours, which is settings.maxAttemptsPerDay", often(history.of_contact)));
  if (!contact.is_callback && reached(history.of_number, limits.calls_per_number))
    return wait("number_cap", frees_at(history.of_number, limits.calls_per_number),
                fmt::format("the number was called {} within 24 hours over all campaigns, which is the most "
                            "that OTTO_CALLS_PER_NUMBER_PER_DAY allows",
                            often(history.of_number)));
  return verdict;
}

}  // namespace otto::dial
