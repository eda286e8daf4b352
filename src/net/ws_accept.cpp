#include <boost/asio/write.hpp>

#include "ws_key.hpp"
#include "ws_open.hpp"

namespace otto::net {

namespace {
constexpr milliseconds kAcceptTime{5'000};
}

Task<Result<std::unique_ptr<WsStream>>> accept_websocket(Socket socket, const Request& request, WsLimits limits) {
  const std::string answer =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " +
      accept_key(request.headers.get("Sec-WebSocket-Key")) + "\r\n\r\n";
  const auto executor = socket.get_executor();
  Deadline deadline{executor};
  deadline.arm(kAcceptTime, [&socket] { close_quietly(socket); });
  auto [ec, size] = co_await boost::asio::async_write(socket, boost::asio::buffer(answer), rt::kNothrow);
  deadline.disarm();
  int descriptor = -1;
  if (!ec) descriptor = socket.release(ec);
  if (ec) co_return Error{Errc::ConnectionLost, "The WebSocket handshake failed: " + ec.message() + "."};
  co_return std::make_unique<WsStream>(executor.context(), descriptor, make_tcp_channel(descriptor), WsRole::Server,
                                       limits);
}

}  // namespace otto::net
