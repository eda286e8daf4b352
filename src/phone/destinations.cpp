#include "otto/phone/destinations.hpp"

#include <algorithm>
#include <array>
#include <phonenumbers/phonenumberutil.h>

#include "otto/phone/number.hpp"
#include "otto/phone/region.hpp"

namespace otto::phone {
namespace {

#include "phone/foreign_codes.inc"

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::string_view kTollFree = "800 833 844 855 866 877 888";

bool is_nanp(std::string_view e164) { return e164.size() == 12 && e164.starts_with("+1"); }
std::string_view area_code(std::string_view e164) { return e164.substr(2, 3); }
bool is_toll_free(std::string_view e164) { return is_nanp(e164) && kTollFree.find(area_code(e164)) != kTollFree.npos; }

std::optional<PhoneNumber> parse(std::string_view e164) {
  PhoneNumber number;
  const auto problem = PhoneNumberUtil::GetInstance()->Parse(std::string{e164}, "ZZ", &number);
  if (problem != PhoneNumberUtil::NO_PARSING_ERROR) return std::nullopt;
  return number;
}

/// What kind of number it is when its owner earns by being called; empty for the others.
std::string_view earning_kind(std::string_view e164) {
  if (is_nanp(e164)) {
    // 976 is the exchange of paid services in every area code. Personal numbers (500 and its like) have no country.
    return area_code(e164) == "900" || e164.substr(5, 3) == "976" ? "premium-rate" : "";
  }
  const auto number = parse(e164);
  if (!number) return {};
  switch (PhoneNumberUtil::GetInstance()->GetNumberType(*number)) {
    case PhoneNumberUtil::PREMIUM_RATE:
      return "premium-rate";
    case PhoneNumberUtil::SHARED_COST:
      return "shared-cost";
    case PhoneNumberUtil::PERSONAL_NUMBER:
      return "personal (call-forwarding)";
    case PhoneNumberUtil::PAGER:
      return "pager";
    default:
      return {};
  }
}

std::string joined(const std::vector<std::string>& first, const std::vector<std::string>& second) {
  std::string text;
  for (const auto* list : {&first, &second})
    for (const std::string& entry : *list) text += (text.empty() ? "" : ", ") + entry;
  return text;
}

void add_once(std::vector<std::string>& list, std::string entry) {
  if (std::ranges::find(list, entry) == list.end()) list.push_back(std::move(entry));
}

}  // namespace

std::string country_of(std::string_view e164) {
  if (!is_e164(e164)) return {};
  if (is_nanp(e164)) {
    if (is_us_number(e164)) return "US";
    const auto holds_code = [&](const CountryRow& row) {
      return row.area_codes.find(area_code(e164)) != row.area_codes.npos;
    };
    const auto found = std::ranges::find_if(kForeign, holds_code);
    return found == kForeign.end() ? std::string{} : std::string{found->country};
  }
  const auto number = parse(e164);
  if (!number) return {};
  const auto& library = *PhoneNumberUtil::GetInstance();
  std::string region;
  library.GetRegionCodeForNumber(*number, &region);
  if (region == "ZZ") library.GetRegionCodeForCountryCode(number->country_code(), &region);
  return region == "ZZ" || region == "001" ? std::string{} : region;
}

Destinations::Destinations(const std::vector<std::string>& allowed, std::span<const std::string> callers) {
  for (const std::string& entry : allowed) add_once(entry.starts_with('+') ? beginnings_ : countries_, entry);
  if (!allowed.empty()) return;
  // A toll-free caller id has no place of its own.
  for (const std::string& caller : callers) {
    std::string country = country_of(caller);
    if (country.empty() && is_nanp(caller)) country = "US";
    if (!country.empty()) add_once(countries_, std::move(country));
  }
}

bool Destinations::allows_place(std::string_view e164) const {
  if (std::ranges::any_of(beginnings_, [&](const std::string& text) { return e164.starts_with(text); })) return true;
  const auto has = [&](std::string_view country) { return std::ranges::find(countries_, country) != countries_.end(); };
  return has(country_of(e164)) || (is_toll_free(e164) && (has("US") || has("CA")));
}

std::string Destinations::refusal(std::string_view e164) const {
  if (const auto kind = earning_kind(e164); !kind.empty())
    return "The number is a " + std::string{kind} + " number, and such numbers are never called.";
  if (allows_place(e164)) return {};
  const std::string country = country_of(e164);
  std::string place = "The number is in " + country;
  if (country.empty()) place = "The number belongs to no country that is known here";
  if (is_nanp(e164)) place += " (area code " + std::string{area_code(e164)} + ")";
  return place + ", and calls go to " + joined(countries_, beginnings_) + " only (OTTO_ALLOWED_DESTINATIONS).";
}

}  // namespace otto::phone
