// A TCP peer that says exactly what a test wants said, byte for byte, and hears exactly what comes back.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <memory>
#include <string>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

class RawPeer {
 public:
  using Tcp = boost::asio::ip::tcp;

  explicit RawPeer(Loop& loop) : socket_{loop}, patience_{loop} {}
  explicit RawPeer(Tcp::socket socket) : socket_{std::move(socket)}, patience_{socket_.get_executor()} {}

  Task<void> connect(std::uint16_t port) {
    const Tcp::endpoint to{boost::asio::ip::address_v4::loopback(), port};
    co_await socket_.async_connect(to, boost::asio::use_awaitable);
    socket_.set_option(Tcp::no_delay(true));
  }

  /// False when the connection is gone.
  Task<bool> send(std::string_view bytes) {
    auto [ec, count] = co_await boost::asio::async_write(socket_, boost::asio::buffer(bytes), rt::kNothrow);
    co_return !ec;
  }

  /// Appends what comes next to heard(); false at the end of the connection or after `patience`. The end is heard
  /// once: Asio takes a socket that read nothing for exhausted, and a further read may wait for an event that never
  /// comes.
  Task<bool> hear(std::chrono::milliseconds patience = std::chrono::seconds{5}) {
    if (ended_) co_return false;
    patience_.expires_after(patience);
    auto waited = std::make_shared<bool>(false);
    patience_.async_wait([this, waited](boost::system::error_code ec) {
      if (ec || *waited) return;
      *waited = true;
      socket_.cancel();
    });
    char chunk[4096];
    auto [ec, count] = co_await socket_.async_read_some(boost::asio::buffer(chunk), rt::kNothrow);
    *waited = true;
    patience_.cancel();
    heard_.append(chunk, count);
    ended_ = ec && ec != boost::asio::error::operation_aborted;
    reset_ = reset_ || ec == boost::asio::error::connection_reset;
    co_return !ec;
  }

  /// Everything until the other side ends.
  Task<std::string> hear_all() {
    while (co_await hear()) {
    }
    co_return heard_;
  }
  /// Until `text` is part of heard().
  Task<bool> hear_until(std::string text) {
    while (heard_.find(text) == std::string::npos) {
      if (!co_await hear()) co_return false;
    }
    co_return true;
  }
  /// At least `count` bytes, taken off heard().
  Task<std::string> take(std::size_t count) {
    while (heard_.size() < count && co_await hear()) {
    }
    const auto taken = heard_.substr(0, count);
    heard_.erase(0, taken.size());
    co_return taken;
  }

  std::string& heard() { return heard_; }
  bool ended() const { return ended_; }
  bool was_reset() const { return reset_; }
  void end_sending() {
    boost::system::error_code ignored;
    socket_.shutdown(Tcp::socket::shutdown_send, ignored);
  }
  void reset() {
    boost::system::error_code ignored;
    socket_.set_option(boost::asio::socket_base::linger(true, 0), ignored);
    socket_.close(ignored);
  }
  void close() {
    boost::system::error_code ignored;
    socket_.close(ignored);
  }
  Tcp::socket& socket() { return socket_; }

 private:
  Tcp::socket socket_;
  boost::asio::steady_timer patience_;
  std::string heard_;
  bool ended_ = false, reset_ = false;
};

/// A listener for tests of our clients: accepts raw peers.
class RawListener {
 public:
  explicit RawListener(Loop& loop)
      : acceptor_{loop, RawPeer::Tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}} {}
  std::uint16_t port() const { return acceptor_.local_endpoint().port(); }
  std::string url(std::string_view scheme, std::string_view target = "/") const {
    return std::string{scheme} + "://127.0.0.1:" + std::to_string(port()) + std::string{target};
  }
  Task<std::unique_ptr<RawPeer>> accept() {
    auto socket = co_await acceptor_.async_accept(boost::asio::use_awaitable);
    co_return std::make_unique<RawPeer>(std::move(socket));
  }
  /// Null when the listener is closed first.
  Task<std::unique_ptr<RawPeer>> try_accept() {
    auto accepted = co_await acceptor_.async_accept(rt::kNothrow);
    if (std::get<0>(accepted)) co_return nullptr;
    co_return std::make_unique<RawPeer>(std::move(std::get<1>(accepted)));
  }
  void close() { acceptor_.close(); }
  RawPeer::Tcp::acceptor& socket() { return acceptor_; }

 private:
  RawPeer::Tcp::acceptor acceptor_;
};

/// The status of every response in what was heard, in order, interim answers included.
inline std::vector<int> statuses(std::string_view heard) {
  std::vector<int> found;
  for (auto at = heard.find("HTTP/1.1 "); at != std::string_view::npos; at = heard.find("HTTP/1.1 ", at + 1)) {
    const auto digits = heard.substr(std::min(at + 9, heard.size()), 3);
    const bool is_status = digits.size() == 3 && digits.find_first_not_of("0123456789") == std::string_view::npos;
    if (is_status) found.push_back(std::stoi(std::string{digits}));
  }
  return found;
}

}  // namespace otto::net
