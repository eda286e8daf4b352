#include "otto/hooks/signature.hpp"

#include <utility>

#include "otto/crypto/digest.hpp"

namespace otto::hooks {

namespace {
constexpr std::string_view kPrefix = "whsec_";
}

Result<std::string> signing_key(std::string_view secret) {
  if (!secret.starts_with(kPrefix)) {
    if (secret.empty()) return Error{Errc::Config, "OTTO_WEBHOOK_SECRET is empty."};
    return std::string{secret};
  }
  auto key = crypto::base64_decode(secret.substr(kPrefix.size()));
  if (!key || key->empty())
    return Error{Errc::Config, "OTTO_WEBHOOK_SECRET starts with whsec_, but what follows is not base64."};
  return key;
}

std::string derived_secret(std::string_view api_key) {
  // The label keeps this key apart from anything else that may be derived from the API key.
  return std::string{kPrefix} + crypto::base64_encode(crypto::hmac_sha256(api_key, "otto outgoing webhooks v1"));
}

std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body) {
  std::string content{id};
  content += '.';
  content += std::to_string(timestamp);
  content += '.';
  content += body;
  return "v1," + crypto::base64_encode(crypto::hmac_sha256(key, content));
}

ports::HookRequest signed_request(std::string_view key, std::string url, std::string id, TimePoint now,
                                  std::string body) {
  const auto timestamp = std::chrono::duration_cast<seconds>(now.time_since_epoch()).count();
  ports::HookRequest request;
  request.url = std::move(url);
  request.headers = {{"Content-Type", "application/json"},
                     {"webhook-id", id},
                     {"webhook-timestamp", std::to_string(timestamp)},
                     {"webhook-signature", sign(key, id, timestamp, body)}};
  request.body = std::move(body);
  return request;
}

}  // namespace otto::hooks
