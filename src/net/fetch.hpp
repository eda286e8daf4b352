// Asks for memory that is going to be used soon, and goes on.
#pragma once

#include <cstddef>

namespace otto::net {

/// `lines` of the cache, 64 bytes each, from `first` on. An address that is none does no harm.
inline void fetch_lines(const void* first, std::size_t lines) noexcept {
  const auto* const bytes = static_cast<const char*>(first);
  for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(bytes + 64 * i, 1);
}

}  // namespace otto::net
