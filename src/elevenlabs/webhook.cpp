#include "otto/elevenlabs/webhook.hpp"

#include <charconv>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::elevenlabs {

namespace {

struct Signature {
  std::string_view time;  ///< the digits as sent: they are part of what was signed
  std::vector<std::string_view> digests;
};

Signature parse_header(std::string_view header) {
  Signature signature;
  while (!header.empty()) {
    const auto comma = header.find(',');
    const auto part = trim(header.substr(0, comma));
    if (part.starts_with("t=")) signature.time = part.substr(2);
    if (part.starts_with("v0=")) signature.digests.push_back(part.substr(3));
    if (comma == std::string_view::npos) break;
    header.remove_prefix(comma + 1);
  }
  return signature;
}

/// Ten digits until the year 2286: more is not a time in seconds.
std::optional<std::int64_t> parse_seconds(std::string_view text) {
  std::int64_t value = 0;
  if (text.empty() || text.size() > 10) return std::nullopt;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

}  // namespace

Result<void> verify_webhook(std::string_view secret, std::string_view header, std::string_view body, TimePoint now) {
  if (secret.empty()) return Error{Errc::Config, "ELEVENLABS_WEBHOOK_SECRET is not set."};
  const auto signature = parse_header(header);
  const auto sent = parse_seconds(signature.time);
  if (!sent || signature.digests.empty())
    return Error{Errc::Unauthorized, "ElevenLabs-Signature is missing or not of the form t=<seconds>,v0=<hex>."};
  const auto age =
      std::chrono::floor<milliseconds>(now.time_since_epoch()) - seconds{*sent};  // a TimePoint ends in 2262
  if (age > kWebhookTolerance || age < -kWebhookTolerance)
    return Error{Errc::Unauthorized, "ElevenLabs-Signature is more than 30 minutes away from this server's clock."};

  std::string signed_text;
  signed_text.reserve(signature.time.size() + 1 + body.size());
  signed_text.append(signature.time).append(".").append(body);
  const auto expected = crypto::to_hex(crypto::hmac_sha256(secret, signed_text));
  for (const auto digest : signature.digests)
    if (crypto::equal_constant_time(expected, digest)) return {};
  return Error{Errc::Unauthorized,
               "ElevenLabs-Signature does not match the body; ELEVENLABS_WEBHOOK_SECRET must be the whole secret that "
               "the webhook's page showed once (wsec_…)."};
}

}  // namespace otto::elevenlabs
