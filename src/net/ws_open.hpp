// The opening handshake, both ends (RFC 6455 §4).
#pragma once

#include <memory>

#include "otto/net/websocket.hpp"

#include "socket.hpp"
#include "ws_stream.hpp"

namespace otto::net {

/// Answers 101 to an upgrade request that has been read and judged; no subprotocol, no extension. At most 5 s.
Task<Result<std::unique_ptr<WsStream>>> accept_websocket(Socket socket, const Request& request, WsLimits limits);

}  // namespace otto::net
