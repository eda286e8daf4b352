// The session's way out: answers within the write deadline, refusals, and the last moments of a connection.
#include <array>
#include <boost/asio/write.hpp>

#include "http_session.hpp"
#include "http_text.hpp"

namespace otto::net {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kWriteChunk = 64 * 1024;
constexpr std::size_t kLingerBytes = 256 * 1024;
constexpr milliseconds kLingerTime{1'000};
}  // namespace

Response as_response(Refusal refusal) { return error_response(refusal.status, refusal.code, refusal.message); }

Task<bool> HttpSession::send(const Response& response, bool keep_alive, bool with_body) {
  HeadOptions options;
  options.keep_alive = keep_alive;
  options.date = SystemClock{}.now();
  const auto head = format_response_head(response, options);
  const bool bodiless = !with_body || response.status == 204 || response.status == 304;
  co_return co_await send_bytes(head, bodiless ? std::string_view{} : std::string_view{response.body});
}

/// Each 64 KiB has the write deadline to itself: a slow reader may take its time, a stuck one may not.
Task<bool> HttpSession::send_bytes(std::string_view head, std::string_view body) {
  do {
    const auto piece = body.substr(0, kWriteChunk);
    const std::array<asio::const_buffer, 2> buffers{asio::buffer(head), asio::buffer(piece)};
    deadline_.arm(context_.limits.write_deadline, [this] { close_quietly(socket_); });
    auto [ec, count] = co_await asio::async_write(socket_, buffers, rt::kNothrow);
    if (ec || deadline_.expired()) co_return false;
    head = {};
    body.remove_prefix(piece.size());
  } while (!body.empty());
  co_return true;
}

Task<void> HttpSession::cut_off(const std::string& raw) {
  if (!raw.empty()) co_await send_bytes(raw, {});
  boost::system::error_code ignored;
  socket_.set_option(asio::socket_base::linger{true, 0}, ignored);  // close resets
}

Task<void> HttpSession::refuse(Refusal refusal) {
  const auto response = as_response(refusal);
  if (co_await send(response, false, true)) co_await linger();
}

/// Reads what the peer is still sending for a moment: closing on unread bytes would reset the connection, and the
/// peer might never see the answer.
Task<void> HttpSession::linger() {
  boost::system::error_code ec;
  socket_.shutdown(Socket::shutdown_send, ec);
  arm_cancel(kLingerTime);
  std::size_t drained = 0;
  while (!ec && drained < kLingerBytes) {
    in_.clear();
    if (!co_await receive()) break;
    drained += in_.size();
  }
}

Task<void> refuse_connection(Socket socket) {
  const auto response = error_response(503, "overloaded", "Too many connections are open; try again in a moment.");
  HeadOptions options;
  options.keep_alive = false;
  options.date = SystemClock{}.now();
  const auto text = format_response_head(response, options) + response.body;
  Deadline deadline{socket.get_executor()};
  deadline.arm(kLingerTime, [&socket] { close_quietly(socket); });
  auto [failed_write, written] = co_await asio::async_write(socket, asio::buffer(text), rt::kNothrow);
  if (failed_write) co_return;
  boost::system::error_code ec;
  socket.shutdown(Socket::shutdown_send, ec);
  std::array<char, 1024> rest;
  while (!ec && !deadline.expired()) {
    auto [end, count] = co_await socket.async_read_some(asio::buffer(rest), rt::kNothrow);
    ec = end;
  }
}

}  // namespace otto::net
