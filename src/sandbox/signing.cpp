#include "otto/sandbox/signing.hpp"

#include <map>
#include <set>

#include "otto/crypto/digest.hpp"

namespace otto::sandbox {

std::string twilio_signature(std::string_view auth_token, std::string_view url, const FormFields& params) {
  std::map<std::string_view, std::set<std::string_view>> sorted;  // by byte value; repeats of a value count once
  for (const auto& field : params) sorted[field.first].insert(field.second);
  std::string text{url.substr(0, url.find('#'))};
  for (const auto& entry : sorted)
    for (const auto value : entry.second) text.append(entry.first).append(value);
  return crypto::base64_encode(crypto::hmac_sha1(auth_token, text));
}

std::string elevenlabs_signature(std::string_view secret, std::int64_t unix_seconds, std::string_view body) {
  const auto time = std::to_string(unix_seconds);
  std::string text = time + ".";
  text += body;
  return "t=" + time + ",v0=" + crypto::to_hex(crypto::hmac_sha256(secret, text));
}

std::pair<std::string, std::string> basic_credentials(std::string_view header) {
  constexpr std::string_view kScheme = "basic ";
  if (header.size() < kScheme.size() || !iequals(header.substr(0, kScheme.size()), kScheme)) return {};
  const auto decoded = crypto::base64_decode(trim(header.substr(kScheme.size())));
  if (!decoded) return {};
  const auto colon = decoded->find(':');
  if (colon == std::string::npos) return {};
  return {decoded->substr(0, colon), decoded->substr(colon + 1)};
}

}  // namespace otto::sandbox
