// Base64's standard alphabet 24 bytes at a time, for processors that have AVX2 (after Muła and Lemire, "Faster Base64
// Encoding and Decoding Using AVX2 Instructions", 2018). What is left over is for the caller.
#pragma once

#include <cstddef>
#include <cstdint>

namespace otto::crypto {

/// Returns how many of the bytes it has encoded, a multiple of 24: `out` has 4 characters for each 3 of them. 0 without
/// AVX2.
std::size_t base64_encode_wide(const std::uint8_t* in, std::size_t size, char* out) noexcept;
/// Returns how many of the characters it has decoded, a multiple of 32; it stops before the first that is no digit.
/// `out` has room for what all of them hold.
std::size_t base64_decode_wide(const char* in, std::size_t size, std::uint8_t* out) noexcept;

}  // namespace otto::crypto
