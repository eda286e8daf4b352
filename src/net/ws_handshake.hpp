// The client's opening handshake, the same over TCP and TLS. Included by ws_plain.cpp and ws_tls.cpp only.
#pragma once

#include <boost/beast/http/string_body.hpp>

#include "http_text.hpp"
#include "ws_plain.hpp"
#include "ws_socket.hpp"

namespace otto::net {

template <class Next>
Task<Result<std::unique_ptr<WebSocket>>> shake_hands(std::unique_ptr<WsSocket<Next>> socket, const Url& url,
                                                     const WsConnect& request, Deadline& deadline) {
  namespace ws = boost::beast::websocket;
  socket->stream().set_option(ws::stream_base::decorator([&request](ws::request_type& head) {
    for (const auto& [name, value] : request.headers.all()) head.set(name, value);
    if (!request.headers.has("User-Agent")) head.set(boost::beast::http::field::user_agent, "otto");
  }));
  ws::response_type response;
  auto [ec] = co_await socket->stream().async_handshake(response, url.authority(), url.target, rt::kNothrow);
  if (deadline.expired())
    co_return Error{Errc::TimedOut, url.host + " did not finish the WebSocket handshake in time."};
  if (ec == ws::error::upgrade_declined) co_return handshake_refused(url, response.result_int(), response.body());
  if (ec) {
    namespace http = boost::beast::http;
    const bool ended = ec == http::error::end_of_stream || ec == http::error::partial_message;
    const bool is_http = !ended && ec.category() == http::make_error_code(http::error::bad_value).category();
    const auto code = is_http || ec == ws::condition::handshake_failed ? Errc::Protocol : Errc::ConnectFailed;
    co_return Error{code, "The WebSocket handshake with " + url.host + " failed: " + ec.message() + "."};
  }
  deadline.disarm();
  socket->start();
  co_return std::unique_ptr<WebSocket>{std::move(socket)};
}

}  // namespace otto::net
