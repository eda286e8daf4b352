// Where this business phones, and where it never does: the guard against toll fraud. Pure.
//
// "+1" is no country: the North American plan holds the United States, Canada and some twenty countries whose calls
// cost a multiple, so its numbers are told apart by area code. Numbers that earn their owner money are never called.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otto::phone {

/// ISO 3166 country of a number ("US" with its territories, "CA", "JM", "GB"); empty when its area code or country code
/// belongs to none that is known here (also toll-free and other numbers without a place).
std::string country_of(std::string_view e164);

class Destinations {
 public:
  /// `allowed`: countries ("US") and beginnings of numbers ("+1787", "+44"), as OTTO_ALLOWED_DESTINATIONS has them.
  /// Empty: the countries of `callers`.
  Destinations(const std::vector<std::string>& allowed, std::span<const std::string> callers);

  /// Empty when the number may be called; else a sentence that says why not: premium-rate, shared-cost, personal or
  /// pager number (whatever is allowed), or a place that is not allowed.
  std::string refusal(std::string_view e164) const;

 private:
  bool allows_place(std::string_view e164) const;
  std::vector<std::string> countries_, beginnings_;
};

}  // namespace otto::phone
