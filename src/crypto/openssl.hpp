// What every use of OpenSSL's functions in this room needs.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace otto::crypto {

inline const unsigned char* as_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
inline unsigned char* as_bytes(std::string& text) noexcept { return reinterpret_cast<unsigned char*>(text.data()); }

/// For calls that can fail only when OpenSSL is out of memory or was built without the algorithm.
inline void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error{std::string{"OpenSSL failed: "} + what};
}

}  // namespace otto::crypto
