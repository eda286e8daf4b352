// The start lines and header blocks that we send, as text. Values lose control characters, so that no value can add a
// line of its own.
#pragma once

#include <cstddef>
#include <string>

#include "otto/base/clock.hpp"
#include "otto/net/message.hpp"

namespace otto::net {

struct HeadOptions {
  bool keep_alive = true;
  bool chunks = true;  ///< how a streamed body goes; otherwise the connection's end is its end (HTTP/1.0)
  TimePoint date{};
};

/// Content-Length or Transfer-Encoding, Connection and Date are ours; 204 and 304 carry no length.
std::string format_response_head(const Response& response, const HeadOptions& options);

/// Host, User-Agent and Content-Length are set when absent; Connection is `connection`.
std::string format_request_head(std::string_view method, const Url& url, const Headers& headers, std::size_t body_bytes,
                                std::string_view connection = "close");

/// "Sun, 06 Nov 1994 08:49:37 GMT"
std::string format_http_date(TimePoint time);

/// True when a comma-separated field holds the token ("keep-alive, Upgrade").
bool has_token(std::string_view list, std::string_view token);

}  // namespace otto::net
