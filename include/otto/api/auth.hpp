// What callers prove themselves by: API keys for /api (doors.hpp asks for them), Twilio's signature for its routes, and
// the one-time token of a media stream.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/api/session.hpp"
#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/net/message.hpp"

namespace otto::api {

using Guard = std::function<std::optional<net::Response>(const net::Request&)>;

/// Keys are kept as SHA-256 digests and compared in constant time.
class ApiKeys {
 public:
  explicit ApiKeys(const std::vector<std::string>& keys, const std::vector<std::string>& view_keys = {});
  /// The key from `X-API-Key` or `Authorization: Bearer`; empty when the request brings none.
  static std::string key_of(const net::Request& request);
  /// What its bearer may do; nullopt for a key that is none of ours. Takes as long for each of them.
  std::optional<Role> role_of(std::string_view key) const;

 private:
  struct Known {
    std::string digest;
    Role role = Role::View;
  };
  std::vector<Known> known_;
};

/// 403 unless X-Twilio-Signature fits the configured public URL, the raw target and the form.
Guard twilio_guard(std::string base_url, std::vector<std::string> tokens);

/// Lets a media stream in for one attempt and one call, for two minutes: an HMAC, so that any instance can check it.
class StreamTokens {
 public:
  explicit StreamTokens(std::string secret) : secret_{std::move(secret)} {}
  std::string make(const AttemptId& attempt, std::string_view call_sid, TimePoint now) const;
  bool accepts(std::string_view token, const AttemptId& attempt, std::string_view call_sid, TimePoint now) const;

 private:
  std::string sign(std::string_view attempt, std::string_view call_sid, std::string_view expires) const;
  std::string secret_;
};
inline constexpr seconds kStreamTokenLife{120};

inline constexpr std::string_view kVoicemailPath = "/api/twilio/outbound/voicemail/";
/// "<attempt>.<token>.wav", good for two minutes: the file name under which the line fetches an attempt's message.
std::string voicemail_name(const StreamTokens& tokens, const AttemptId& attempt, TimePoint now);
std::optional<AttemptId> voicemail_attempt(const StreamTokens& tokens, std::string_view name, TimePoint now);

}  // namespace otto::api
