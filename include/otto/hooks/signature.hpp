// Standard Webhooks signatures (standardwebhooks.com): HMAC-SHA256 over "id.timestamp.body", so that a receiver can
// tell our webhooks from forged or replayed ones with any of the scheme's libraries.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/ports/hook.hpp"

namespace otto::hooks {

/// The key's bytes of OTTO_WEBHOOK_SECRET: "whsec_" and base64 as the scheme writes it, or any other text as it is.
/// Config when it is empty or the base64 is broken.
Result<std::string> signing_key(std::string_view secret);

/// The secret that holds while OTTO_WEBHOOK_SECRET is unset, "whsec_…": known to whoever knows the API key.
std::string derived_secret(std::string_view api_key);

/// The webhook-signature header, "v1,…". `timestamp` is webhook-timestamp, Unix seconds.
std::string sign(std::string_view key, std::string_view id, std::int64_t timestamp, std::string_view body);

/// A JSON POST with the scheme's three headers.
ports::HookRequest signed_request(std::string_view key, std::string url, std::string id, TimePoint now,
                                  std::string body);

}  // namespace otto::hooks
