// How both ends of the opening handshake prove that they speak WebSocket.
#pragma once

#include <string>
#include <string_view>

#include "otto/crypto/digest.hpp"

namespace otto::net {

/// Sec-WebSocket-Accept for a Sec-WebSocket-Key; the constant is RFC 6455 §1.3's.
inline std::string accept_key(std::string_view key) {
  return crypto::base64_encode(crypto::sha1(std::string{key} + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"));
}

}  // namespace otto::net
