// Codes of authenticator apps: HOTP (RFC 4226) counted by time (RFC 6238), in the shape that all apps know: SHA-1, 30
// seconds, six digits. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"

namespace otto::crypto {

inline constexpr seconds kTotpStep{30};
inline constexpr std::size_t kTotpSecret = 20;  ///< bytes of a new one: as long as SHA-1's result (RFC 4226, 4)

/// Upper case, without padding.
std::string base32_encode(std::string_view bytes);
/// Malformed for any other letter; padding may be there or not.
Result<std::string> base32_decode(std::string_view text);

/// `digits`: 6 to 8.
std::string hotp(std::string_view secret, std::uint64_t counter, unsigned digits = 6);
/// The step whose code it is: now's, the one before or the one behind (RFC 6238, 5.2), in time that depends on nothing
/// secret; nullopt: none. Blanks within the code do not matter.
std::optional<std::int64_t> totp_step_of(std::string_view secret, std::string_view code, TimePoint now);
/// What an app scans: otpauth://totp/…; `account` names the entry.
std::string otpauth_url(std::string_view base32_secret, std::string_view issuer, std::string_view account);

}  // namespace otto::crypto
