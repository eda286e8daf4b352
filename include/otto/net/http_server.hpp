// The listener: connections, framing (RFC 9112, strictly), deadlines, limits, keep-alive, upgrades. TLS is the
// balancer's business, what a request means the router's.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "otto/net/message.hpp"
#include "otto/net/proxies.hpp"
#include "otto/net/websocket.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

struct ServerLimits {
  std::size_t header_bytes = 8 * 1024, header_fields = 64;         ///< over: 431
  std::size_t connections = 4096, connections_per_address = 1024;  ///< over: 503 and closed
  milliseconds header_deadline{5'000};  ///< from the first byte (or the accept) to the end of the header: 408
  milliseconds body_deadline{10'000};   ///< from the end of the header to the end of the body: 408
  milliseconds write_deadline{10'000};  ///< for each 64 KiB of an answer; closed
  milliseconds idle{15'000};            ///< between two requests; closed

  ServerLimits() = default;
};

/// What the server asks for each request. `handle` must answer; an exception becomes a 500 without details (wall).
class HttpHandler {
 public:
  virtual ~HttpHandler() = default;
  /// Before the body is read: how large it may be for this method and path (413 beyond).
  virtual std::size_t max_body(const Request& head) = 0;
  /// Before the body is read: an answer refuses the request, and no byte of its body is taken in.
  virtual std::optional<Response> refuse(const Request& head);
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
  HttpServer(Loop& loop, HttpHandler& handler, ServerLimits limits = {}, TrustedProxies proxies = {});
  ~HttpServer();
  /// Binds and listens; the error names host, port and why. Returns the port (useful with 0). A successor shares the
  /// port with a process that is about to leave it; anybody else finds it in use.
  Result<std::uint16_t> listen(const std::string& host, std::uint16_t port, bool is_successor = false);
  /// Accepts until stopped; spawn it once.
  Task<void> run();
  /// The port that is listened on; 0: none any more.
  std::uint16_t port() const;
  /// Leaves the port; connections, idle ones too, go on.
  void stop_listening();
  /// No new connections; idle ones are closed; open requests and upgraded sockets go on.
  void stop_accepting();
  /// Ends every connection, upgraded ones included, and waits for the sessions. To be awaited before destruction.
  Task<void> stop();
  std::size_t connections() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace otto::net
