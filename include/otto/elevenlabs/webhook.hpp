// ElevenLabs-Signature: "t=<unix seconds>,v0=<hex HMAC-SHA256 of t.body>". Stricter than ElevenLabs's own checker:
// the time must be an integer within 30 minutes either way, and any one of several v0 may match (secret rotation).
// A delivery repeated within that window passes: whoever stores it is idempotent on (conversation id, type).
#pragma once

#include <string_view>

#include "otto/base/clock.hpp"

namespace otto::elevenlabs {

inline constexpr seconds kWebhookTolerance{1800};

/// `body` as received, byte for byte. Unauthorized says which part was wrong, never the expected value.
Result<void> verify_webhook(std::string_view secret, std::string_view header, std::string_view body, TimePoint now);

}  // namespace otto::elevenlabs
