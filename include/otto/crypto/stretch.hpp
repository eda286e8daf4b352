// Passwords that are kept so that every guess costs memory and time: scrypt (RFC 7914), from OpenSSL.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"

namespace otto::crypto {

/// 128 · r · 2^log_n bytes, and p times the work. The default is one of OWASP's equal choices ("Password Storage Cheat
/// Sheet": N=2^15, r=8, p=3): 32 MiB.
struct StretchCost {
  unsigned log_n = 15, r = 8, p = 3;
};

struct Stretched {
  StretchCost cost;
  std::string salt, hash;  ///< raw bytes
};

/// 32 bytes. Blocks for as long as the cost says, some tenths of a second by default: on the loop for nobody.
std::string scrypt(std::string_view password, std::string_view salt, const StretchCost& cost);
Stretched stretch(std::string_view password, std::string salt, const StretchCost& cost = {});

/// "scrypt:ln=15,r=8,p=3:<salt>:<hash>", base64url: nothing in it that a shell, a settings file or Compose would read
/// as its own.
std::string format_stretched(const Stretched& password);
bool is_stretched(std::string_view text) noexcept;
/// InvalidInput, with the end of a sentence that begins with the setting's name, also for a cost below RFC 7914's
/// advice for sign-ins (N=2^14, r=8, p=1) or above 128 MiB and p=16, which a stranger's tries shall not cost us.
Result<Stretched> parse_stretched(std::string_view text);

}  // namespace otto::crypto
