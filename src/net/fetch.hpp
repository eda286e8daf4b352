// Asks for memory that is going to be used soon, and goes on.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otto::net {

/// `lines` of the cache, 64 bytes each, from `first` on. An address that is none does no harm.
inline void fetch_lines(const void* first, std::size_t lines) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(first);  // arithmetic that is good for nullptr as well
  for (std::size_t i = 0; i < lines; ++i) __builtin_prefetch(reinterpret_cast<const void*>(address + 64 * i), 1);
}

}  // namespace otto::net
