#include "otto/phone/calling_rules.hpp"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <utility>

#include "otto/base/json.hpp"

namespace otto::phone {

std::string_view calling_rules_json();  ///< the table, embedded at build time

namespace {

constexpr std::uint8_t kWeekdays = 0x1F, kSaturday = 0x20, kSunday = 0x40;

constexpr std::array<std::pair<std::string_view, Holidays>, 4> kClosedOn{{
    {"", Holidays::None},
    {"federal holidays", Holidays::Federal},
    {"federal holidays, Mardi Gras and Good Friday", Holidays::FederalMardiGrasGoodFriday},
    {"federal holidays and Pioneer Day", Holidays::FederalPioneerDay},
}};

/// "HH:MM" of our own table.
int minute_of(std::string_view text) {
  return ((text[0] - '0') * 10 + (text[1] - '0')) * 60 + (text[3] - '0') * 10 + (text[4] - '0');
}

CallingRule rule_of(const Json& entry) {
  CallingRule rule;
  rule.region = entry.at("region").get<std::string>();
  rule.name = entry.at("name").get<std::string>();
  rule.source = entry.at("law").get<std::string>() + " (" + entry.at("source").get<std::string>() + "; checked " +
                entry.at("checked").get<std::string>() + ")";
  for (const auto& [key, days] : {std::pair{"weekdays", kWeekdays}, {"saturday", kSaturday}, {"sunday", kSunday}}) {
    const std::string hours = text_at(entry, key);
    if (hours.empty()) continue;
    rule.windows.push_back(Window{minute_of(hours), minute_of(std::string_view{hours}.substr(6)), days});
  }
  const std::string closed = text_at(entry, "closedOn");
  const auto holidays = std::ranges::find(kClosedOn, closed, &std::pair<std::string_view, Holidays>::first);
  if (holidays == kClosedOn.end()) throw std::logic_error("calling_rules.json: closedOn of " + rule.region);
  rule.holidays = holidays->second;
  return rule;
}

}  // namespace

std::span<const CallingRule> calling_rules() {
  static const std::vector<CallingRule> rules = [] {
    std::vector<CallingRule> made;
    const Json table = Json::parse(calling_rules_json());
    for (const Json& entry : table.at("rules")) made.push_back(rule_of(entry));
    return made;
  }();
  return rules;
}

const CallingRule& calling_rule(std::string_view state) {
  const auto rules = calling_rules();
  const auto found = std::ranges::find(rules, state, &CallingRule::region);
  return found == rules.end() ? rules.front() : *found;
}

}  // namespace otto::phone
