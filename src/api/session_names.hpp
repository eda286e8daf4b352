// How sessions and keys are called in logs, rows and answers: never by what would open a door.
#pragma once

#include <string>

#include "otto/api/session.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/ports/session_store.hpp"

namespace otto::api {

inline constexpr std::size_t kNamed = 8;  // hex digits of an id or digest: enough to tell callers apart

inline std::string hash_of(const Session& session) { return crypto::sha256_hex(session.id); }

inline std::string name_of(const Session& session) {
  return std::string{to_string(session.role)} + ":" + session.id.substr(0, kNamed);
}

inline std::string name_of_key(const std::string& key) { return "key:" + crypto::sha256_hex(key).substr(0, kNamed); }

/// "192.0.2.7" → "192.0.2.*", "2001:db8:1:2::3" → "2001:db8:1:*": where somebody sits, not which machine it is.
std::string mask_address(std::string_view address);

ports::SessionInUse in_use_by(const Session& session, const std::string& peer, TimePoint now);

}  // namespace otto::api
