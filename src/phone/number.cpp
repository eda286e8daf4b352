#include "otto/phone/number.hpp"

#include <algorithm>
#include <phonenumbers/phonenumberutil.h>

#include "otto/base/text.hpp"

#include "phone/cell.hpp"

namespace otto::phone {
namespace {

using i18n::phonenumbers::PhoneNumber;
using i18n::phonenumbers::PhoneNumberUtil;

constexpr std::size_t kFewestDigits = 7;
constexpr std::size_t kMostDigits = 15;  // E.164

bool is_digit(char c) { return c >= '0' && c <= '9'; }

Error refuse(std::string why) { return Error{Errc::InvalidInput, "The phone number " + std::move(why) + "."}; }

std::string count_of(const Cell& cell) {
  return std::to_string(cell.digits.size()) + (cell.digits.size() == 1 ? " digit" : " digits");
}

/// [2-9]XX[2-9]XXXXXX. Debian's metadata dates from 2022 and calls newer area codes invalid, so only the plan's own
/// rule is asked.
bool is_nanp(std::string_view national) { return national.size() == 10 && national[0] >= '2' && national[3] >= '2'; }

/// What the cell says before any library is asked; empty when nothing speaks against it.
std::string first_objection(const Cell& cell, bool nanp_region) {
  if (cell.scientific) {
    return "is in E-notation: the sheet's cell format has rounded its digits away, so format the column as plain text";
  }
  if (cell.letters) return "holds something other than digits";
  if (cell.digits.empty()) return "holds no digits";
  if (!cell.plus && nanp_region && cell.digits.size() == 7) {
    return "has 7 digits; its area code is missing";
  }
  if (!cell.plus && nanp_region && cell.digits.size() < 10) {
    return "has " + count_of(cell) + "; a North American number has 10, area code included";
  }
  if (cell.digits.size() < kFewestDigits) {
    return "has " + count_of(cell) + "; the shortest numbers have " + std::to_string(kFewestDigits);
  }
  if (cell.digits.size() > kMostDigits + 3) {  // an international prefix may stand before the number
    return "has " + count_of(cell) + "; the longest numbers have " + std::to_string(kMostDigits);
  }
  return {};
}

/// What to hand to the library. Nothing in North America begins with 00: there it is the rest of the world's plus.
std::string to_parse(const Cell& cell, bool nanp_region) {
  if (cell.plus) return "+" + cell.digits;
  if (nanp_region && cell.digits.starts_with("00")) return "+" + cell.digits.substr(2);
  return cell.digits;
}

}  // namespace

Result<std::string> parse_number(std::string_view text, std::string_view region) {
  if (trim(text).empty()) return refuse("is empty");
  const auto& library = *PhoneNumberUtil::GetInstance();
  const bool nanp_region = library.IsNANPACountry(std::string{region});
  const Cell cell = read_cell(text);
  if (auto objection = first_objection(cell, nanp_region); !objection.empty()) return refuse(std::move(objection));

  // Nearly every row of a North American list, without the library's general parsing.
  if (nanp_region || cell.plus) {
    std::string_view national{cell.digits};
    if (national.size() == 11 && national.front() == '1') national.remove_prefix(1);
    if (national.size() == 10 && cell.digits.size() == (cell.plus ? 11U : cell.digits.size()) && is_nanp(national))
      return "+1" + std::string{national};
  }

  PhoneNumber number;
  const auto problem = library.Parse(to_parse(cell, nanp_region), std::string{region}, &number);
  if (problem == PhoneNumberUtil::INVALID_COUNTRY_CODE_ERROR) return refuse("has no country code that exists");
  if (problem != PhoneNumberUtil::NO_PARSING_ERROR) {
    return refuse("has " + count_of(cell) + ", which no number of its country has");
  }
  std::string national;
  library.GetNationalSignificantNumber(number, &national);
  if (number.country_code() == 1) {
    if (national.size() != 10) {
      return refuse("has " + std::to_string(national.size()) + " digits after +1; a North American number has 10");
    }
    if (!is_nanp(national)) return refuse("is not one: no North American area code or exchange begins with 0 or 1");
  } else if (!library.IsValidNumber(number)) {
    return refuse("is not a number of its country, +" + std::to_string(number.country_code()));
  } else if (std::string home; library.GetRegionCodeForCountryCode(number.country_code(), &home), home == "001") {
    return refuse("belongs to a satellite or worldwide service, not to a country");
  }
  std::string e164;
  library.Format(number, PhoneNumberUtil::E164, &e164);
  if (!is_e164(e164)) return refuse("is not a phone number");
  return e164;
}

bool is_e164(std::string_view text) noexcept {
  if (!text.starts_with('+')) return false;
  text.remove_prefix(1);
  return text.size() >= kFewestDigits && text.size() <= kMostDigits && text.front() != '0' &&
         std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace otto::phone
