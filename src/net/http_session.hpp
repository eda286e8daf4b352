// One connection to the server: request after request until it closes or becomes a WebSocket, which is served without
// it.
#pragma once

#include <boost/asio/buffer.hpp>
#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "otto/net/http_server.hpp"

#include "deadline.hpp"
#include "guard.hpp"
#include "socket.hpp"
#include "ws_stream.hpp"

namespace otto::net {

struct SessionContext {
  HttpHandler& handler;
  ServerLimits limits;
  TrustedProxies proxies;
  bool accepting = true;  ///< false: every answer closes its connection
};

/// A WebSocket behind its handshake, and what is to be done with it.
struct OpenSocket {
  std::string path;
  std::unique_ptr<WsStream> socket;
  std::function<Task<void>(std::unique_ptr<WebSocket>)> serve;
};

class HttpSession {
 public:
  HttpSession(Socket socket, std::string peer, const SessionContext& context);

  /// Null when the connection has ended.
  Task<std::unique_ptr<OpenSocket>> run();
  /// Ends the connection.
  void abort() { close_quietly(socket_); }
  /// Between two requests: nobody notices when it closes.
  bool idle() const noexcept { return idle_; }
  /// Nothing whole has been asked yet, for the first time or again.
  bool waits_for_head() const noexcept { return waits_for_head_; }

 private:
  static constexpr std::size_t kReadChunk = 8 * 1024;
  class Parser;
  class StreamWriter;
  enum class Step : std::uint8_t { KeepAlive, Upgrade, Close, Linger };

  Task<Step> serve_one();
  Task<bool> read_head(std::size_t& length);
  Task<bool> receive(std::size_t room = kReadChunk);
  Task<Step> serve(Request request, Parser& parser);
  Task<bool> read_body(Parser& parser, std::size_t limit);
  std::optional<Response> judge(const Request& head, const Parser& parser, std::size_t& limit);
  Task<Step> serve_upgrade(Request request, std::unique_ptr<OpenSocket>& opened);
  Task<Response> answer(Request request);
  Task<HttpHandler::Upgrade> ask_upgrade(Request request);
  void arm_cancel(milliseconds time);
  Task<bool> send(const Response& response, bool keep_alive, bool with_body);
  Task<bool> send_stream(const Response& response, bool keep_alive, bool chunks);
  Task<void> watch_peer();
  Task<bool> send_bytes(std::string_view head, std::string_view body);
  Task<void> refuse(Refusal refusal);
  Task<void> cut_off(const std::string& raw);
  Task<void> linger();

  Socket socket_;
  std::string peer_;
  const SessionContext& context_;
  Deadline deadline_;
  std::string in_;  // received, not yet taken
  bool idle_ = false, waits_for_head_ = false, first_ = true;
  std::optional<Request> upgrading_;
};

/// The wall: what a handler threw is told to the log, never to the peer.
void log_failure(std::string_view what, const std::string& path, std::exception_ptr failure);

/// The contract's error body for a refusal.
Response as_response(Refusal refusal);

/// Answers 503 and closes: for connections over the caps.
Task<void> refuse_connection(Socket socket);

}  // namespace otto::net
