#include <boost/asio/this_coro.hpp>

#include "otto/net/websocket.hpp"

#include "dialer.hpp"
#include "ws_plain.hpp"

namespace otto::net {

Error handshake_refused(const Url& url, unsigned status, std::string_view body) {
  std::string sentence = url.host + " refused the WebSocket: HTTP " + std::to_string(status);
  const auto start = truncate_utf8(trim(body), 300);
  if (!start.empty() && is_clean_utf8(start)) sentence.append(": ").append(start);
  return Error{Errc::ProviderRefused, std::move(sentence)};
}

Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(WsConnect request) {
  auto parsed = parse_url(request.url);
  if (!parsed) co_return parsed.error();
  const Url url = std::move(*parsed);
  if (url.scheme != "ws" && url.scheme != "wss")
    co_return Error{Errc::InvalidInput, "The URL must begin with ws:// or wss://."};
  Deadline deadline{loop_executor(co_await boost::asio::this_coro::executor)};
  deadline.arm(request.timeout, nullptr);
  const AddressRule any_address;
  auto dialed = co_await dial(url, any_address, deadline);
  if (!dialed) co_return dialed.error();
  if (url.tls()) co_return co_await open_tls_websocket(std::move(*dialed), url, request, deadline);
  co_return co_await open_plain_websocket(std::move(*dialed), url, request, deadline);
}

}  // namespace otto::net
