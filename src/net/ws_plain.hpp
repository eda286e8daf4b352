// WebSockets over TCP, both roles, without a Beast type: what http_server and connect_websocket see of them.
#pragma once

#include <memory>

#include "otto/net/websocket.hpp"

#include "deadline.hpp"
#include "socket.hpp"
#include "ws_watch.hpp"

namespace otto::net {

struct OpenSocket {
  std::unique_ptr<WebSocket> socket;
  std::shared_ptr<WsWatch> watch;  ///< ends the connection from outside; safe when the socket is gone
};

/// Answers 101 to an upgrade request that has been read and judged; no subprotocol, no extension. At most 5 s.
Task<Result<OpenSocket>> accept_websocket(Socket socket, const Request& request, WsLimits limits);

/// The client's handshake on a connected socket. `deadline` is armed by the caller.
Task<Result<std::unique_ptr<WebSocket>>> open_plain_websocket(Socket socket, const Url& url, const WsConnect& request,
                                                              Deadline& deadline);

/// The same over TLS: first the TLS handshake with the name verified.
Task<Result<std::unique_ptr<WebSocket>>> open_tls_websocket(Socket socket, const Url& url, const WsConnect& request,
                                                            Deadline& deadline);

/// ProviderRefused with the status and the start of what the server said about it.
Error handshake_refused(const Url& url, unsigned status, std::string_view body);

}  // namespace otto::net
