// What a cell's text is worth to a conversation.
#pragma once

#include <string>
#include <string_view>

namespace otto::campaign {

inline constexpr std::size_t kMaxValue = 500;  // bytes

/// One line: every run of blanks and control characters (C0, DEL, C1) becomes one space.
std::string one_line(std::string_view text);
/// One line of at most `max` bytes that no template takes for one of its own.
std::string clean_value(std::string_view text, std::size_t max = kMaxValue);

}  // namespace otto::campaign
