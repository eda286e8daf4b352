// One connection to the server: request after request until it closes or becomes a WebSocket.
#pragma once

#include <boost/asio/buffer.hpp>
#include <memory>
#include <optional>
#include <string>

#include "otto/net/http_server.hpp"

#include "deadline.hpp"
#include "guard.hpp"
#include "socket.hpp"
#include "ws_watch.hpp"

namespace otto::net {

struct SessionContext {
  HttpHandler& handler;
  ServerLimits limits;
  bool accepting = true;  ///< false: every answer closes its connection
};

class HttpSession {
 public:
  HttpSession(Socket socket, std::string peer, const SessionContext& context);

  Task<void> run();
  /// Ends the connection, upgraded or not.
  void abort();
  /// Between two requests: nobody notices when it closes.
  bool idle() const noexcept { return idle_; }

 private:
  class Parser;
  enum class Step : std::uint8_t { KeepAlive, Upgrade, Close, Linger };

  Task<Step> serve_one();
  Task<bool> read_head(std::size_t& length);
  Task<bool> receive();
  Task<Step> serve(Request request, Parser& parser);
  Task<bool> read_body(Parser& parser, std::size_t limit);
  std::optional<Response> judge(const Request& head, const Parser& parser, std::size_t& limit);
  Task<Step> serve_upgrade(Request request);
  Task<void> serve_socket(Request request, HttpHandler::Upgrade upgrade);
  Task<Response> answer(Request request);
  Task<HttpHandler::Upgrade> ask_upgrade(Request request);
  void arm_cancel(milliseconds time);
  Task<bool> send(const Response& response, bool keep_alive, bool with_body);
  Task<bool> send_bytes(std::string_view head, std::string_view body);
  Task<void> refuse(Refusal refusal);
  Task<void> cut_off(const std::string& raw);
  Task<void> linger();

  Socket socket_;
  std::string peer_;
  const SessionContext& context_;
  Deadline deadline_;
  std::string in_;  // received, not yet taken
  bool idle_ = false, first_ = true;
  std::optional<Request> upgrading_;
  std::shared_ptr<WsWatch> upgraded_;
};

/// The contract's error body for a refusal.
Response as_response(Refusal refusal);

/// Answers 503 and closes: for connections over the caps.
Task<void> refuse_connection(Socket socket);

}  // namespace otto::net
