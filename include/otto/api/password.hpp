// What the dashboard's password settings may be. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/config.hpp"

namespace otto::api {

inline constexpr std::size_t kLeastCharacters = 8;  ///< OWASP ASVS 5.0, 6.2.1; it advises 15

/// "" when the password may be used, or the end of a sentence that begins with what it is ("must have …"): it is too
/// short, came to light in a breach (script/breached-passwords), or is guessed within 2^28 tries by somebody who tries
/// words, names, keyboard walks, dates and their variations, and this program's own words, first (zxcvbn).
std::string password_problem(std::string_view password);

/// A whole sentence for each of the two settings that is not in order, stretched ones (`otto password`) included.
std::vector<std::string> dashboard_problems(const Config& config);

}  // namespace otto::api
