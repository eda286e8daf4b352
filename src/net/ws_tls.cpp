#include <boost/asio/ssl/stream.hpp>

#include "dialer.hpp"
#include "tls.hpp"
#include "ws_handshake.hpp"
#include "ws_plain.hpp"
#include "ws_socket.hpp"

namespace otto::net {

Task<Result<std::unique_ptr<WebSocket>>> open_tls_websocket(Socket socket, const Url& url, const WsConnect& request,
                                                            Deadline& deadline) {
  using TlsStream = boost::asio::ssl::stream<WsTcp>;
  auto context = client_tls();
  if (!context) co_return context.error();
  auto opening = std::make_unique<WsSocket<TlsStream>>(request.limits, WsTcp{std::move(socket)}, **context);
  auto* const raw = opening.get();
  deadline.on_expiry([raw] { raw->abort(); });
  auto& tls = opening->stream().next_layer();
  if (auto prepared = prepare_tls(tls.native_handle(), url); !prepared) co_return prepared.error();
  auto [ec] = co_await tls.async_handshake(boost::asio::ssl::stream_base::client, rt::kNothrow);
  if (deadline.expired() || ec == boost::asio::error::operation_aborted)
    co_return classify(ec, deadline, Errc::ConnectFailed, "TLS with " + url.host + " was not set up");
  if (ec)
    co_return Error{Errc::ConnectFailed,
                    "TLS with " + url.host + " was not set up: " + tls_failure(tls.native_handle(), ec) + "."};
  co_return co_await shake_hands(std::move(opening), url, request, deadline);
}

}  // namespace otto::net
