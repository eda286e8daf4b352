// Answers that are made while they are sent: piece by piece, each with the write deadline to itself, until the peer
// leaves.
#include <array>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "otto/rt/group.hpp"

#include "http_session.hpp"
#include "http_text.hpp"

namespace otto::net {

namespace asio = boost::asio;

namespace {
constexpr std::size_t kMaxChunk = 64 * 1024;
constexpr std::size_t kReadAhead = 16 * 1024;  // of requests that follow; beyond it nobody reads until the answer's end
}  // namespace

class HttpSession::StreamWriter final : public BodyWriter {
 public:
  StreamWriter(HttpSession& session, bool chunks) : session_{session}, chunks_{chunks} {}

  Task<bool> write(std::string_view piece) override {
    while (!piece.empty() && !failed_) {
      const auto part = piece.substr(0, kMaxChunk);
      const auto head = chunks_ ? fmt::format("{:x}\r\n", part.size()) : std::string{};
      co_await send(head, part, chunks_ ? "\r\n" : "");
      piece.remove_prefix(part.size());
    }
    co_return !failed_;
  }
  Task<bool> finish() {
    if (chunks_ && !failed_) co_await send("0\r\n\r\n", {}, {});
    co_return !failed_;
  }

 private:
  Task<void> send(std::string_view head, std::string_view part, std::string_view end) {
    const std::array<asio::const_buffer, 3> buffers{asio::buffer(head), asio::buffer(part), asio::buffer(end)};
    auto& deadline = session_.deadline_;
    deadline.arm(session_.context_.limits.write_deadline, [this] { close_quietly(session_.socket_); });
    auto [ec, count] = co_await asio::async_write(session_.socket_, buffers, rt::kNothrow);
    failed_ = ec || deadline.expired();
    deadline.disarm();  // the next piece may be long in coming
  }

  HttpSession& session_;
  bool chunks_, failed_ = false;
};

/// Returns when the peer has gone. What it sends meanwhile is kept for its turn.
Task<void> HttpSession::watch_peer() {
  while (in_.size() < kReadAhead) {
    if (!co_await receive()) co_return;
  }
  asio::steady_timer never{socket_.get_executor(), asio::steady_timer::time_point::max()};
  std::ignore = co_await never.async_wait(rt::kNothrow);
}

Task<bool> HttpSession::send_stream(const Response& response, bool keep_alive, bool chunks) {
  HeadOptions options;
  options.keep_alive = keep_alive;
  options.chunks = chunks;
  options.date = SystemClock{}.now();
  const auto head = format_response_head(response, options);
  if (!co_await send_bytes(head, {})) co_return false;
  deadline_.disarm();
  StreamWriter writer{*this, chunks};
  bool is_whole = false;
  const auto produce = [](const Response& r, BodyWriter& to, bool& whole) -> Task<void> {
    std::exception_ptr failure;
    try {
      whole = co_await r.stream(to);
      co_return;
    } catch (...) {  // wall
      failure = std::current_exception();
    }
    log_failure("http.stream_failed", "", std::move(failure));
  };
  const int ended = co_await rt::first_of(produce(response, writer, is_whole), watch_peer());
  const auto state = co_await asio::this_coro::cancellation_state;
  if (ended != 0 || !is_whole || state.cancelled() != asio::cancellation_type::none) co_return false;
  co_return co_await writer.finish();
}

}  // namespace otto::net
