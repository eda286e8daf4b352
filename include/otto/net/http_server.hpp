// The listener: connections, deadlines, limits, keep-alive, upgrades. What a request means is the router's business.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "otto/net/message.hpp"
#include "otto/net/websocket.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

struct ServerLimits {
  std::size_t header_bytes = 8 * 1024;
  std::size_t connections = 4096, connections_per_address = 1024;
  seconds header_deadline{5}, body_deadline{10}, write_deadline{10}, idle{15};

  ServerLimits() = default;
};

/// What the server asks for each request. `handle` must answer; an exception becomes a 500 without details (wall).
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Before the body is read: how large it may be for this method and path; an early answer refuses the request.
  virtual std::size_t max_body(const Request& head) = 0;
  virtual Task<Response> handle(Request request) = 0;
  /// A WebSocket upgrade request. An answer with a status refuses it; nullopt accepts it: the handshake is made and
  /// `serve` runs with the socket until it returns.
  struct Upgrade {
    std::optional<Response> refuse;
    WsLimits limits;
    std::function<Task<void>(std::unique_ptr<WebSocket>)> serve;
  };
  virtual Task<Upgrade> upgrade(Request request) = 0;
};

class HttpServer {
 public:
  HttpServer(Loop& loop, HttpHandler& handler, ServerLimits limits = {});
  ~HttpServer();
  /// Binds and listens; the error names host, port and why. Returns the port (useful with 0).
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port);
  /// Accepts until stopped; spawn it once.
  Task<void> run();
  /// No new connections; idle ones are closed; open requests and upgraded sockets go on.
  void stop_accepting();
  /// Ends every connection and waits for the sessions.
  Task<void> stop();
  std::size_t connections() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace otto::net
