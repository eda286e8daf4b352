// From a number to the time zones in which its owner may be.
#include <algorithm>
#include <array>
#include <cstdint>
#include <phonenumbers/phonenumberutil.h>

#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"

namespace otto::phone {
namespace {

struct ZonePrefix {
  std::uint32_t digits;
  std::uint16_t set;  ///< index into kZoneSets
};

#include "phone/zone_table.inc"

constexpr std::size_t kLongestPrefix = 9;
static_assert(std::is_sorted(kZonePrefixes.begin(), kZonePrefixes.end(),
                             [](const ZonePrefix& a, const ZonePrefix& b) { return a.digits < b.digits; }));

/// The zones of the longest prefix of `digits` that the table has, joined by "&"; empty when it has none.
std::string_view zones_of_digits(std::string_view digits, std::size_t longest) {
  for (std::size_t length = std::min(longest, digits.size()); length > 0; --length) {
    std::uint32_t prefix = 0;
    for (const char c : digits.substr(0, length)) prefix = prefix * 10 + static_cast<std::uint32_t>(c - '0');
    const auto it = std::lower_bound(kZonePrefixes.begin(), kZonePrefixes.end(), prefix,
                                     [](const ZonePrefix& entry, std::uint32_t value) { return entry.digits < value; });
    if (it != kZonePrefixes.end() && it->digits == prefix) return kZoneSets[it->set];
  }
  return {};
}

/// How much of the number speaks of a place. North American area codes do, whatever the type; elsewhere a mobile's
/// prefix names a network, so only the country counts.
std::size_t telling_digits(std::string_view e164) {
  if (e164.starts_with("+1")) return kLongestPrefix;
  const auto& library = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  i18n::phonenumbers::PhoneNumber number;
  if (library.Parse(std::string{e164}, "ZZ", &number) != i18n::phonenumbers::PhoneNumberUtil::NO_PARSING_ERROR)
    return 0;
  if (library.IsNumberGeographical(number)) return kLongestPrefix;
  return std::to_string(number.country_code()).size();
}

}  // namespace

std::vector<std::string> zones_of(std::string_view e164) {
  if (!is_e164(e164)) return {};
  const std::string_view zones = zones_of_digits(e164.substr(1), telling_digits(e164));
  return zones.empty() ? std::vector<std::string>{} : split(zones, '&');
}

}  // namespace otto::phone
