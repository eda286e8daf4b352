// WebSocket frames by hand, so that tests can send the ones that no library would.
#pragma once

#include <cstdint>
#include <string>

#include "otto/net/message.hpp"

#include "raw_peer.hpp"

namespace otto::net {

struct Frame {
  int opcode = 1;  ///< 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong
  std::string payload;
  bool fin = true;
  bool masked = false;
  int rsv = 0;
  friend bool operator==(const Frame&, const Frame&) = default;
};

std::string encode(const Frame& frame);
Frame client_frame(int opcode, std::string payload, bool fin = true);
std::string close_payload(std::uint16_t code, std::string_view reason = {});
/// The next frame; opcode -1 when the connection ended first.
Task<Frame> hear_frame(RawPeer& peer);

/// RFC 6455's own example.
inline const std::string kSampleKey = "dGhlIHNhbXBsZSBub25jZQ==";
inline const std::string kSampleAccept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

std::string upgrade_request(std::string_view fields = {});
/// The 101 answer to a client's request, computed from its Sec-WebSocket-Key.
std::string upgrade_answer(std::string_view request);

}  // namespace otto::net
