// The cursors and search patterns of lists.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"

namespace otto::store {

/// Ids as we and Prisma make them.
inline bool is_id_cursor(std::string_view text) {
  return text.size() <= 64 && std::ranges::all_of(text, [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
         });
}

inline Error bad_cursor() { return {Errc::InvalidInput, "The cursor is not one that an earlier page has given."}; }

inline std::optional<std::string> null_without(const std::string& cursor) {
  return cursor.empty() ? std::nullopt : std::optional{cursor};
}

/// "%text%" for LIKE, with its own signs taken as they are; "" for "".
inline std::string pattern_of(std::string_view text) {
  if (text.empty()) return {};
  std::string pattern = "%";
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') pattern += '\\';
    pattern += c;
  }
  return pattern + "%";
}

}  // namespace otto::store
