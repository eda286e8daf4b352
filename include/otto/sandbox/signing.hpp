// The signatures that the providers put on their requests. Written apart from the code that verifies them in
// src/twilio and src/elevenlabs, so that each checks the other.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/text.hpp"

namespace otto::sandbox {

/// X-Twilio-Signature over `url` (no fragment) and the decoded form parameters.
std::string twilio_signature(std::string_view auth_token, std::string_view url, const FormFields& params);
/// ElevenLabs-Signature: "t=…,v0=…".
std::string elevenlabs_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body);
/// Authorization: Basic … → {user, password}; both empty when it is none.
std::pair<std::string, std::string> basic_credentials(std::string_view header);

}  // namespace otto::sandbox
