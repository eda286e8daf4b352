#include "otto/crypto/totp.hpp"

#include <algorithm>
#include <array>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::crypto {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

}  // namespace

std::string base32_encode(std::string_view bytes) {
  std::string out;
  unsigned held = 0, bits = 0;
  for (const char c : bytes) {
    held = (held << 8U | static_cast<unsigned char>(c)) & 0xFFFFU;
    for (bits += 8; bits >= 5; bits -= 5) out += kAlphabet[held >> (bits - 5) & 31U];
  }
  if (bits > 0) out += kAlphabet[held << (5 - bits) & 31U];
  return out;
}

Result<std::string> base32_decode(std::string_view text) {
  while (text.ends_with('=')) text.remove_suffix(1);
  std::string out;
  unsigned held = 0, bits = 0;
  for (const char c : text) {
    const auto value = kAlphabet.find(c);
    if (value == std::string_view::npos) return Error{Errc::Malformed, "is not base32"};
    held = (held << 5U | static_cast<unsigned>(value)) & 0xFFFU;
    bits += 5;
    if (bits < 8) continue;
    bits -= 8;
    out += static_cast<char>(held >> bits & 0xFFU);
  }
  return out;
}

std::string hotp(std::string_view secret, std::uint64_t counter, unsigned digits) {
  std::string message(8, '\0');
  for (unsigned i = 0; i < 8; ++i) message[i] = static_cast<char>(counter >> (56 - 8 * i) & 0xFFU);
  const std::string mac = hmac_sha1(secret, message);
  const auto byte = [&mac](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(mac[i])}; };
  const std::size_t at = byte(mac.size() - 1) & 15U;
  const std::uint32_t number = (byte(at) & 0x7FU) << 24U | byte(at + 1) << 16U | byte(at + 2) << 8U | byte(at + 3);
  std::string text = std::to_string(number);
  text.insert(0, 10 - std::min<std::size_t>(text.size(), 10), '0');
  return text.substr(10 - digits);
}

std::optional<std::int64_t> totp_step_of(std::string_view secret, std::string_view code, TimePoint now) {
  std::string typed;
  for (const char c : code)
    if (c != ' ') typed += c;
  const std::int64_t current = std::chrono::duration_cast<seconds>(now.time_since_epoch()) / kTotpStep;
  std::optional<std::int64_t> found;
  for (const std::int64_t step : std::array{current - 1, current, current + 1})
    if (step >= 0 && equal_constant_time(hotp(secret, static_cast<std::uint64_t>(step)), typed)) found = step;
  return found;
}

std::string otpauth_url(std::string_view base32_secret, std::string_view issuer, std::string_view account) {
  std::string url = "otpauth://totp/" + percent_encode(issuer) + ":" + percent_encode(account);
  url.append("?secret=").append(base32_secret).append("&issuer=").append(percent_encode(issuer));
  return url + "&algorithm=SHA1&digits=6&period=30";
}

}  // namespace otto::crypto
