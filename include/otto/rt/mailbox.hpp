// A bounded queue between two coroutines of the loop: push never suspends, pop waits.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <chrono>
#include <cstddef>
#include <deque>
#include <optional>
#include <tuple>

#include "otto/rt/task.hpp"

namespace otto::rt {

/// One consumer. Overflow: push() answers false and the caller decides (drop, close, count).
/// close() lets the consumer drain what is there and then see nullopt.
template <class T>
class Mailbox {
 public:
  Mailbox(Loop& loop, std::size_t bound) : bound_{bound}, wake_{loop} { wake_.expires_at(kNever); }

  bool push(T value) {
    if (closed_ || items_.size() >= bound_) return false;
    items_.push_back(std::move(value));
    wake_.cancel();
    return true;
  }
  /// Beyond the bound, for the one message that must not be lost (the end).
  void push_last(T value) {
    items_.push_back(std::move(value));
    close();
  }
  void close() {
    closed_ = true;
    wake_.cancel();
  }
  bool closed() const noexcept { return closed_; }
  std::size_t size() const noexcept { return items_.size(); }
  bool empty() const noexcept { return items_.empty(); }
  T& front() { return items_.front(); }

  /// The next item; nullopt when closed and empty, when cancelled, or after `wait`.
  Task<std::optional<T>> pop(std::chrono::milliseconds wait = kForever) {
    const auto until = wait == kForever ? kNever : std::chrono::steady_clock::now() + wait;
    while (items_.empty()) {
      if (closed_) co_return std::nullopt;
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none) co_return std::nullopt;
      wake_.expires_at(until);
      auto [ec] = co_await wake_.async_wait(kNothrow);
      if (!ec && items_.empty()) co_return std::nullopt;  // the wait is over
    }
    T item = std::move(items_.front());
    items_.pop_front();
    co_return std::optional<T>{std::move(item)};
  }

  static constexpr std::chrono::milliseconds kForever = std::chrono::milliseconds::max();

 private:
  static constexpr auto kNever = std::chrono::steady_clock::time_point::max();
  std::size_t bound_;
  boost::asio::steady_timer wake_;
  std::deque<T> items_;
  bool closed_ = false;
};

/// A flag that tasks wait on: set() wakes every waiter, and stays set until clear().
class Event {
 public:
  explicit Event(Loop& loop) : wake_{loop} { wake_.expires_at(std::chrono::steady_clock::time_point::max()); }
  void set() {
    set_ = true;
    wake_.cancel();
  }
  void clear() noexcept { set_ = false; }
  bool is_set() const noexcept { return set_; }
  /// True when set; false when cancelled.
  Task<bool> wait() {
    while (!set_) {
      const auto state = co_await boost::asio::this_coro::cancellation_state;
      if (state.cancelled() != boost::asio::cancellation_type::none) co_return false;
      std::ignore = co_await wake_.async_wait(kNothrow);
    }
    co_return true;
  }

 private:
  boost::asio::steady_timer wake_;
  bool set_ = false;
};

}  // namespace otto::rt
