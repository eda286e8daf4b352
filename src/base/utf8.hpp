// Decoding of single UTF-8 code points, for base's own text functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace otto::utf8 {

struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 0;  ///< 0: no valid code point starts here
};

/// Strict: no overlong forms, no surrogates, nothing above U+10FFFF. `text` is not empty.
CodePoint decode(std::string_view text) noexcept;

}  // namespace otto::utf8
