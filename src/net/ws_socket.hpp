// The one implementation behind WebSocket, over TCP or TLS. Included by ws_plain.cpp and ws_tls.cpp only: it
// instantiates Beast's WebSocket stream, the most expensive template of the house.
#pragma once

#include <array>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <memory>
#include <type_traits>

#include "otto/net/websocket.hpp"

#include "deadline.hpp"
#include "socket.hpp"
#include "ws_watch.hpp"

namespace otto::net {

/// Beast tears the connection down after a close or a protocol error and waits for the peer's end without a limit.
/// A socket type of our own takes that over (found by argument-dependent lookup): nothing is waited for there, and
/// WsSocket says goodbye itself within its own deadline.
class WsTcp : public Socket {
 public:
  explicit WsTcp(Socket&& socket) : Socket{std::move(socket)} {}
};

template <class Handler>
void async_teardown(boost::beast::role_type, WsTcp& socket, Handler&& handler) {
  boost::asio::post(socket.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}
template <class Handler>
void async_teardown(boost::beast::role_type, boost::asio::ssl::stream<WsTcp>& socket, Handler&& handler) {
  boost::asio::post(socket.get_executor(),
                    boost::beast::bind_front_handler(std::forward<Handler>(handler), boost::system::error_code{}));
}

constexpr std::size_t kWsPadding = 64;  // simdjson::SIMDJSON_PADDING
constexpr milliseconds kGoodbyeTime{2'000};

template <class Next>
class WsSocket final : public WebSocket {
 public:
  using Stream = boost::beast::websocket::stream<Next>;
  static constexpr bool kTls = !std::is_same_v<Next, WsTcp>;

  template <class... Args>
  explicit WsSocket(WsLimits limits, Args&&... args) : stream_{std::forward<Args>(args)...}, limits_{limits} {
    stream_.auto_fragment(false);  // Twilio is strict about odd frames (error 31924)
    stream_.text(true);
    stream_.read_message_max(limits.max_message);
  }
  ~WsSocket() override {
    if (watch_) watch_->stop();
  }

  Stream& stream() noexcept { return stream_; }
  Socket& tcp() noexcept { return boost::beast::get_lowest_layer(stream_); }

  /// Once the handshake is done: from here on the watch holds the limits.
  std::shared_ptr<WsWatch> start() {
    stream_.control_callback([this](auto, auto) { watch_->heard(); });
    watch_ = WsWatch::start(tcp().get_executor(), limits_, [this] { close_quietly(tcp()); });
    return watch_;
  }

  Task<Result<WsMessage>> read() override {
    buffer_.clear();
    auto [ec, size] = co_await stream_.async_read(buffer_, rt::kNothrow);
    if (ec) co_return co_await ended(ec);
    watch_->heard();
    buffer_.reserve(size + kWsPadding);
    WsMessage message;
    message.text = {static_cast<const char*>(buffer_.cdata().data()), size};
    message.binary = stream_.got_binary();
    message.capacity = buffer_.capacity();
    co_return message;
  }

  Task<Result<void>> write(std::string_view text) override {
    watch_->write_began();
    auto [ec, size] = co_await stream_.async_write(boost::asio::buffer(text), rt::kNothrow);
    watch_->write_ended();
    if (ec) co_return describe(ec);
    co_return Result<void>{};
  }

  Task<void> close(std::uint16_t code, std::string reason) override {
    if (std::exchange(closing_, true)) co_return;
    Deadline deadline{tcp().get_executor()};
    deadline.arm(kGoodbyeTime, [this] { close_quietly(tcp()); });
    if (stream_.is_open()) {
      boost::beast::websocket::close_reason why{code};
      const auto held = truncate_utf8(reason, why.reason.max_size());  // what a control frame can hold
      why.reason.assign(held.data(), held.size());
      std::ignore = co_await stream_.async_close(why, rt::kNothrow);
    }
    co_await goodbye();
    close_quietly(tcp());
  }

  void abort() override { close_quietly(tcp()); }

  std::uint16_t close_code() const override {
    const auto code = stream_.reason().code;
    if (code != boost::beast::websocket::close_code::none) return code;
    return peer_closed_ ? std::uint16_t{1005} : std::uint16_t{1006};
  }
  std::string close_reason() const override {
    const auto& reason = stream_.reason().reason;
    return std::string{reason.data(), reason.size()};
  }

 private:
  Task<Result<WsMessage>> ended(boost::system::error_code ec) {
    peer_closed_ = ec == boost::beast::websocket::error::closed;
    const auto error = describe(ec);
    if (closing_) co_return error;  // close() is at work on the same socket
    if (error.code == Errc::Closed || error.code == Errc::TooLarge || error.code == Errc::Protocol) {
      Deadline deadline{tcp().get_executor()};
      deadline.arm(kGoodbyeTime, [this] { close_quietly(tcp()); });
      co_await goodbye();
    } else {
      close_quietly(tcp());
    }
    co_return error;
  }

  /// Ends our direction and waits for the peer to end its own; whoever armed the deadline bounds it.
  Task<void> goodbye() {
    if (std::exchange(parting_, true) || !tcp().is_open()) co_return;
    boost::system::error_code ec;
    if constexpr (kTls) {
      if (!watch_->writing()) std::ignore = co_await stream_.next_layer().async_shutdown(rt::kNothrow);
    }
    tcp().shutdown(Socket::shutdown_send, ec);
    std::array<char, 512> rest;
    while (!ec) {
      auto [end, count] = co_await tcp().async_read_some(boost::asio::buffer(rest), rt::kNothrow);
      ec = end;
    }
    close_quietly(tcp());
  }

  Error describe(const boost::system::error_code& ec) const {
    namespace ws = boost::beast::websocket;
    if (watch_->timed_out())
      return Error{Errc::TimedOut, "The WebSocket's peer was silent, or took nothing, for too long."};
    if (closing_ && ec == boost::asio::error::operation_aborted)
      return Error{Errc::Closed, "The WebSocket was closed by this side."};
    if (ec == ws::error::closed)
      return Error{Errc::Closed, "The peer closed the WebSocket with code " + std::to_string(close_code()) + "."};
    if (ec == ws::error::message_too_big || ec == ws::error::buffer_overflow)
      return Error{Errc::TooLarge,
                   "The peer sent a WebSocket message of more than " + std::to_string(limits_.max_message) + " bytes."};
    if (ec == ws::condition::protocol_violation)
      return Error{Errc::Protocol, "The peer broke the WebSocket protocol: " + ec.message() + "."};
    return Error{Errc::ConnectionLost, "The WebSocket's connection broke: " + ec.message() + "."};
  }

  Stream stream_;
  boost::beast::flat_buffer buffer_;
  WsLimits limits_;
  std::shared_ptr<WsWatch> watch_;
  bool closing_ = false, parting_ = false, peer_closed_ = false;
};

}  // namespace otto::net
