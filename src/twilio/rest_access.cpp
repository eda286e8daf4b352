#include "rest_access.hpp"

#include "otto/crypto/digest.hpp"
#include "otto/twilio/line_outcome.hpp"

namespace otto::twilio {

bool has_api_key(const LineSettings& settings) {
  return !settings.api_key_sid.empty() && !settings.api_key_secret.empty();
}

std::string authorization_of(const LineSettings& settings) {
  const bool has_key = has_api_key(settings);
  const auto& user = has_key ? settings.api_key_sid : settings.account_sid;
  const auto& secret = has_key ? settings.api_key_secret : settings.auth_token;
  return "Basic " + crypto::base64_encode(user + ":" + secret);
}

std::string account_url_of(const LineSettings& settings) {
  return settings.api_base_url + "/2010-04-01/Accounts/" + settings.account_sid;
}

Error to_error(int status, const std::string& body) {
  const auto error = parse_error_body(body);
  const auto* known = error && error->code ? find_error_code(*error->code) : nullptr;
  const auto sentence = [&](std::string_view advice) {
    return error_sentence(known != nullptr ? known->advice : advice, error, status);
  };
  if (status == 401 || status == 403) return {Errc::Unauthorized, sentence(find_error_code(20003)->advice)};
  if (status == 404) return {Errc::NotFound, error_sentence("Twilio does not know it", error, status)};
  if (status == 429) return {Errc::RateLimited, sentence(find_error_code(20429)->advice)};
  if (status >= 400 && status < 500) return {Errc::ProviderRefused, sentence("Twilio refused the request")};
  return {Errc::ProviderUnavailable, sentence("Twilio is out of order: try again later")};
}

}  // namespace otto::twilio
