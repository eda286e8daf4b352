// Phone numbers as people type them, to E.164 (libphonenumber).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"

namespace otto::phone {

/// E.164 of what a person or a sheet's cell holds ("(212) 555-0102", "13125550103", "4155550101.0", leading
/// apostrophe, full-width digits). `region` (ISO 3166, "US") is for numbers without a country code. InvalidInput with a
/// sentence that says why: empty, letters, too short (how many digits), E-notation (the sheet's cell format has eaten
/// digits), not a number. North American numbers need only follow the plan's rule, so area codes newer than the
/// library are taken; satellite and worldwide services are not.
Result<std::string> parse_number(std::string_view text, std::string_view region = "US");

bool is_e164(std::string_view text) noexcept;  ///< "+", 7 to 15 digits, no leading 0

/// The IANA zones in which a number may be; several where its prefix spans zones. Never empty for what parse_number
/// gives: a number without a geographic meaning gets all zones of its country.
std::vector<std::string> zones_of(std::string_view e164);

}  // namespace otto::phone
