#include "ws_plain.hpp"

#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>

#include "ws_handshake.hpp"
#include "ws_socket.hpp"

namespace otto::net {

namespace {
constexpr milliseconds kAcceptTime{5'000};
}

Task<Result<OpenSocket>> accept_websocket(Socket socket, const Request& request, WsLimits limits) {
  namespace http = boost::beast::http;
  http::request<http::empty_body> handshake{http::verb::get, request.target, 11};
  for (const auto& [name, value] : request.headers.all()) handshake.insert(name, value);

  auto opened = std::make_unique<WsSocket<WsTcp>>(limits, WsTcp{std::move(socket)});
  Deadline deadline{opened->tcp().get_executor()};
  deadline.arm(kAcceptTime, [&opened] { opened->abort(); });
  auto [ec] = co_await opened->stream().async_accept(handshake, rt::kNothrow);
  if (ec) co_return Error{Errc::ConnectionLost, "The WebSocket handshake failed: " + ec.message() + "."};
  deadline.disarm();
  OpenSocket open;
  open.watch = opened->start();
  open.socket = std::move(opened);
  co_return open;
}

Task<Result<std::unique_ptr<WebSocket>>> open_plain_websocket(Socket socket, const Url& url, const WsConnect& request,
                                                              Deadline& deadline) {
  auto opening = std::make_unique<WsSocket<WsTcp>>(request.limits, WsTcp{std::move(socket)});
  auto* const raw = opening.get();
  deadline.on_expiry([raw] { raw->abort(); });
  co_return co_await shake_hands(std::move(opening), url, request, deadline);
}

}  // namespace otto::net
