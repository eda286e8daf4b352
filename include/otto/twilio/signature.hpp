// X-Twilio-Signature: base64(HMAC-SHA1(auth token, URL + sorted form fields)). Signed URLs are computed from the
// configured public base and the raw request target, never from the Host header, which any proxy may have changed.
// Always keyed with an auth token, never with an API key's secret; several tokens allow rotation without a gap.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/text.hpp"

namespace otto::twilio {

/// The signature of `url` as configured at Twilio (no fragment) with the decoded form fields, if any.
std::string compute_signature(std::string_view token, std::string_view url, const FormFields& form = {});

struct SignedRequest {
  std::string_view base_url;         ///< BASE_URL: "https://calls.example.com", no trailing slash
  std::string_view target;           ///< raw, exactly as received: "/api/twilio/outbound/twiml?attempt=…"
  std::string_view signature;        ///< the X-Twilio-Signature header; empty never verifies
  const FormFields* form = nullptr;  ///< the decoded fields of a form body; null for a GET or a JSON body
  std::string_view body;             ///< raw; only read when the target names its digest as bodySHA256 and form is null
};

/// True when one of the tokens signed this webhook: the URL with its port left out, made explicit or as configured.
/// A JSON body must have the digest that the signed URL names.
bool verify_webhook(std::span<const std::string> tokens, const SignedRequest& request);

/// The URL that a media stream's upgrade request was signed as, one of: the ws(s) URL or its http(s) twin, with and
/// without the default port and one trailing slash. Empty: refuse the upgrade.
std::string verify_media_upgrade(std::span<const std::string> tokens, const SignedRequest& request);

}  // namespace otto::twilio
