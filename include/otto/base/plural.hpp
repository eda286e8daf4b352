// Counts in sentences.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace otto {

/// "1 call", "7 calls"; `more` where an s does not make it: "2 replies".
inline std::string counted(std::int64_t count, std::string_view one, std::string_view more = {}) {
  std::string text = std::to_string(count) + " ";
  if (count == 1) return text.append(one);
  return more.empty() ? text.append(one) + "s" : text.append(more);
}

/// "not at all", "once", "twice", "7 times".
inline std::string times(std::int64_t count) {
  return count == 0 ? "not at all" : count == 1 ? "once" : count == 2 ? "twice" : std::to_string(count) + " times";
}

}  // namespace otto
