// One HTTP/1.1 request on a fresh connection, TLS verified, one deadline for all of it, never retried.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/net/message.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

struct ClientRequest {
  std::string method = "GET";
  std::string url;  ///< http:// or https://
  Headers headers;  ///< Host, Content-Length and User-Agent are set when absent
  std::string body;
  milliseconds timeout{15'000};
  std::size_t max_body = 8 * 1024 * 1024;
  std::function<bool()> may_send;  ///< asked once connected, before the first byte of the request; false ends it unsent
  /// Refuse private, loopback and link-local addresses unless the predicate allows this host and port.
  std::function<bool(const std::string& host, std::uint16_t port)> allow_private;
  bool public_only = false;
  std::string_view points;  ///< the stage of the failpoints on its way; empty: it passes none

  ClientRequest() = default;
};

struct ClientResult {
  Result<Response> response;
  bool sent_any = false;  ///< whether a byte of the request may have left us
  explicit ClientResult(Result<Response> r, bool sent = false) : response{std::move(r)}, sent_any{sent} {}
};

/// Errors: InvalidInput (URL), Forbidden (public_only), ConnectFailed, TimedOut, ConnectionLost, Protocol, TooLarge,
/// Cancelled (may_send said no). Redirects are answers, not followed.
Task<ClientResult> send_request(ClientRequest request);

}  // namespace otto::net
