// Hashes, MACs, base64 and randomness, all from OpenSSL.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"

namespace otto::crypto {

std::string sha1(std::string_view data);    ///< 20 raw bytes; only where a protocol demands it
std::string sha256(std::string_view data);  ///< 32 raw bytes
std::string sha256_hex(std::string_view data);
std::string hmac_sha1(std::string_view key, std::string_view data);    ///< 20 raw bytes
std::string hmac_sha256(std::string_view key, std::string_view data);  ///< 32 raw bytes
std::string to_hex(std::string_view bytes);                            ///< lower case
/// Compares in time that depends on the lengths only.
bool equal_constant_time(std::string_view a, std::string_view b) noexcept;
std::string random_bytes(std::size_t count);

std::string base64_encode(std::string_view bytes);  ///< standard alphabet, padded
/// Strict: alphabet, padding and length must be right; Malformed otherwise.
Result<std::string> base64_decode(std::string_view text);
std::string base64url_encode(std::string_view bytes);  ///< no padding
Result<std::string> base64url_decode(std::string_view text);

/// For media messages: appends to `out` without a temporary.
void base64_append(std::string& out, std::span<const std::uint8_t> bytes);
/// Decodes into `out` (replaced); false when malformed. Reuses out's capacity.
bool base64_decode_into(std::string_view text, std::vector<std::uint8_t>& out);

}  // namespace otto::crypto
