// The state of the United States whose law a call answers to, and what people write about places and zones in a sheet.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace otto::phone {

/// "FL", by the number's area code; nullopt for numbers of other countries, toll-free and other non-geographic ones,
/// and area codes newer than the table.
std::optional<std::string_view> state_of(std::string_view e164) noexcept;

/// "FL" of "fl", "Florida" or "US-FL"; nullopt when it names no state.
std::optional<std::string_view> parse_state(std::string_view text);

/// The IANA zones that lie in a state ("FL"); empty for what is no state.
std::vector<std::string> zones_in_state(std::string_view state);

/// The IANA zone of "America/Chicago", "america/chicago", "US/Central", "Central", "CST" or "CDT" (the zones' everyday
/// names are those of the United States); nullopt when it names none.
std::optional<std::string> parse_zone(std::string_view text);

/// Federal law of the United States holds: a number of one of its states or territories.
bool is_us_number(std::string_view e164) noexcept;

}  // namespace otto::phone
