#include "otto/api/auth.hpp"

#include <charconv>

#include "otto/base/log.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/twilio/signature.hpp"

namespace otto::api {

ApiKeys::ApiKeys(const std::vector<std::string>& keys, const std::vector<std::string>& view_keys) {
  for (const std::string& key : view_keys) known_.push_back({crypto::sha256(key), Role::View});
  for (const std::string& key : keys) known_.push_back({crypto::sha256(key), Role::Operate});
}

std::string ApiKeys::key_of(const net::Request& request) {
  if (request.headers.has("X-API-Key")) return std::string{trim(request.headers.get("X-API-Key"))};
  const std::string_view authorization = request.headers.get("Authorization");
  constexpr std::string_view kBearer = "bearer ";
  if (authorization.size() > kBearer.size() && iequals(authorization.substr(0, kBearer.size()), kBearer))
    return std::string{trim(authorization.substr(kBearer.size()))};
  return {};
}

std::optional<Role> ApiKeys::role_of(std::string_view key) const {
  const std::string digest = crypto::sha256(key);
  std::optional<Role> role;
  for (const Known& known : known_)
    if (crypto::equal_constant_time(known.digest, digest)) role = known.role;
  return key.empty() ? std::nullopt : role;
}

Guard twilio_guard(std::string base_url, std::vector<std::string> tokens) {
  return [base = std::move(base_url),
          tokens = std::move(tokens)](const net::Request& request) -> std::optional<net::Response> {
    const bool websocket = iequals(request.headers.get("Upgrade"), "websocket");
    const std::string_view signature = request.headers.get("X-Twilio-Signature");
    bool valid = false;
    twilio::SignedRequest signed_request;
    signed_request.base_url = base;
    signed_request.target = request.target;
    signed_request.signature = signature;
    if (websocket) {
      valid = !twilio::verify_media_upgrade(tokens, signed_request).empty();
    } else {
      const auto form = parse_form(request.body);
      const bool is_form = request.headers.get("Content-Type").starts_with("application/x-www-form-urlencoded");
      if (is_form && form) signed_request.form = &*form;
      signed_request.body = request.body;
      valid = (!is_form || form) && twilio::verify_webhook(tokens, signed_request);
    }
    if (valid) return std::nullopt;
    log::warn("twilio.signature_refused",
              {{"path", request.path}, {"peer", request.peer}, {"present", !signature.empty()}});
    return net::error_response(403, "bad_signature",
                               signature.empty() ? "X-Twilio-Signature is missing."
                                                 : "X-Twilio-Signature does not fit this request; it is computed over "
                                                   "BASE_URL and TWILIO_AUTH_TOKEN.");
  };
}

std::string StreamTokens::sign(std::string_view attempt, std::string_view call_sid, std::string_view expires) const {
  std::string text{"stream|"};
  text.append(attempt).append("|").append(call_sid).append("|").append(expires);
  return crypto::base64url_encode(crypto::hmac_sha256(secret_, text));
}

std::string StreamTokens::make(const AttemptId& attempt, std::string_view call_sid, TimePoint now) const {
  const auto until = std::chrono::duration_cast<seconds>((now + kStreamTokenLife).time_since_epoch()).count();
  const std::string expires = std::to_string(until);
  return expires + "." + sign(attempt.value, call_sid, expires);
}

namespace {
constexpr std::string_view kVoicemail = "voicemail";  // in the place of a CallSid: no stream can be opened with it
constexpr std::string_view kWav = ".wav";
}  // namespace

std::string voicemail_name(const StreamTokens& tokens, const AttemptId& attempt, TimePoint now) {
  return attempt.value + "." + tokens.make(attempt, kVoicemail, now) + std::string{kWav};
}

std::optional<AttemptId> voicemail_attempt(const StreamTokens& tokens, std::string_view name, TimePoint now) {
  const auto dot = name.find('.');
  if (!name.ends_with(kWav) || dot == std::string_view::npos || dot + kWav.size() >= name.size()) return std::nullopt;
  const AttemptId attempt{std::string{name.substr(0, dot)}};
  const auto token = name.substr(dot + 1, name.size() - dot - 1 - kWav.size());
  if (!is_uuid(attempt.value) || !tokens.accepts(token, attempt, kVoicemail, now)) return std::nullopt;
  return attempt;
}

bool StreamTokens::accepts(std::string_view token, const AttemptId& attempt, std::string_view call_sid,
                           TimePoint now) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos) return false;
  const std::string_view expires = token.substr(0, dot);
  long long until = 0;
  const auto [end, ec] = std::from_chars(expires.data(), expires.data() + expires.size(), until);
  if (ec != std::errc{} || end != expires.data() + expires.size()) return false;
  if (!crypto::equal_constant_time(token.substr(dot + 1), sign(attempt.value, call_sid, expires))) return false;
  return now <= TimePoint{seconds{until}};
}

}  // namespace otto::api
