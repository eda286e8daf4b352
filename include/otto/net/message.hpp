// HTTP messages and URLs as plain values: routes never see Beast.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/base/json.hpp"
#include "otto/base/text.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

/// Names compare without case; order and repeats are kept.
class Headers {
 public:
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  void set(std::string_view name, std::string value);
  /// The first value, or "".
  std::string_view get(std::string_view name) const noexcept;
  bool has(std::string_view name) const noexcept;
  const std::vector<std::pair<std::string, std::string>>& all() const noexcept { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

using Params = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;  ///< "GET"
  std::string target;  ///< raw, exactly as received: signatures are computed over it
  std::string path;    ///< decoded, without the query
  std::string query;   ///< raw, without "?"
  Headers headers;
  std::string body;
  std::string peer;  ///< who asks: the socket's remote address, or what a trusted proxy there says (proxies.hpp)
  Params params;     ///< filled by the router: ":campaignId" → value

  std::string_view param(std::string_view name) const noexcept;
  /// The first value of a query parameter, decoded; nullopt when absent.
  std::optional<std::string> query_value(std::string_view name) const;
};

/// A Response::status that is no answer: the body goes out as it is, without a head, and the connection is reset.
inline constexpr int kCutOff = 444;

/// Where a body goes that is made while it is sent.
class BodyWriter {
 public:
  virtual ~BodyWriter() = default;
  /// Returns once the piece has left us; nothing for an empty one. False: the peer has gone, was too slow for the write
  /// deadline, or the server stops; whoever writes then returns soon.
  virtual Task<bool> write(std::string_view piece) = 0;
};

struct Response {
  int status = 200;
  Headers headers;
  std::string body;
  /// Instead of `body`, when set: runs once the head is out (never for a HEAD) and is cancelled when the peer leaves or
  /// the server stops. Its end is the answer's; false: something is missing, and the peer shall see that it was cut
  /// off. A peer that ends its own direction counts as gone.
  std::function<Task<bool>(BodyWriter&)> stream;

  Response() = default;
  Response(int s, std::string content_type, std::string b);
};

Response json_response(int status, const Json& body);
/// The contract's error body; `code` is snake_case.
Response error_response(int status, std::string_view code, std::string_view message,
                        const std::vector<FieldError>& details = {});
/// Errc → status (the one place that knows) and the error's own sentence; Internal never tells its detail.
Response error_response(const Error& error);
int http_status(Errc code) noexcept;

struct Url {
  std::string scheme, host;  ///< lower case
  std::uint16_t port = 0;    ///< never 0: the scheme's default when absent
  std::string target;        ///< path and query exactly as given; at least "/"
  bool tls() const noexcept { return scheme == "https" || scheme == "wss"; }
  /// host, or host:port when the port is not the scheme's default: for the Host header.
  std::string authority() const;
};
/// http, https, ws, wss; InvalidInput otherwise. User info is refused. The fragment is dropped.
Result<Url> parse_url(std::string_view text);

}  // namespace otto::net
