// The law's calling hours: the federal ones of the United States and the stricter ones of its states, from the table
// src/phone/calling_rules.json with sources and dates. It is a help, not legal advice.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/phone/window.hpp"

namespace otto::phone {

struct CallingRule {
  std::string region;           ///< "US" or a state, "FL"
  std::string name;             ///< for people: "federal law", "Florida law"
  std::vector<Window> windows;  ///< open in any of them
  Holidays holidays = Holidays::None;
  std::string source;  ///< what the hours were taken from, and when
};

/// All rules of the table, the federal one first.
std::span<const CallingRule> calling_rules();
/// The rule of a state ("FL"); the federal one when it has none that is stricter.
const CallingRule& calling_rule(std::string_view state);

}  // namespace otto::phone
