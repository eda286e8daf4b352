// Twilio's identifiers: two letters and 32 hexadecimal digits. Checked before one goes into a path or a row.
#pragma once

#include <string_view>

namespace otto::twilio {

inline constexpr std::size_t kSidLength = 34;

/// is_sid("CA", …): call; "RE" recording, "MZ" stream, "AC" account, "SK" API key.
constexpr bool is_sid(std::string_view prefix, std::string_view text) noexcept {
  if (text.size() != kSidLength || !text.starts_with(prefix)) return false;
  return text.find_first_not_of("0123456789abcdefABCDEF", prefix.size()) == std::string_view::npos;
}

}  // namespace otto::twilio
