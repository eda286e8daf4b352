// One epoll loop: sockets, timers by absolute time, and a tick every millisecond for the media. No allocation per
// event.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <queue>
#include <vector>

namespace otto::bench {

inline constexpr std::int64_t kMs = 1'000'000;  ///< in nanoseconds, the unit of every time here
inline constexpr std::int64_t kSecond = 1000 * kMs;

std::int64_t now_ns();  ///< CLOCK_MONOTONIC

/// Something with a socket. Must live until the events of the round in which it closes its socket are handled.
class Ready {
 public:
  virtual ~Ready() = default;
  virtual void on_ready(std::uint32_t events) = 0;
};

class Poller {
 public:
  Poller();
  ~Poller();
  Poller(const Poller&) = delete;

  void watch(int fd, Ready* who);
  void watch_writable(int fd, Ready* who, bool writable);
  void at(std::int64_t when, std::function<void()> what);
  void after(std::int64_t delay, std::function<void()> what) { at(now_ns() + delay, std::move(what)); }
  /// Called once for each millisecond since the first call of run(), late ones after another; with the time it was due.
  void on_tick(std::function<void(std::int64_t tick, std::int64_t due)> what) { tick_ = std::move(what); }
  /// Destroyed once the round's events are handled.
  void retire(std::unique_ptr<Ready> who) { retired_.push_back(std::move(who)); }

  /// Until the condition, looked at once a round, holds.
  void run(const std::function<bool()>& until);

 private:
  struct Timer {
    std::int64_t when;
    std::uint64_t number;
    std::function<void()> what;
    bool operator>(const Timer& other) const { return when != other.when ? when > other.when : number > other.number; }
  };
  std::int64_t tick_time() const;  ///< of the next one
  std::int64_t run_due();          ///< the time when something is due next

  int epoll_;
  std::priority_queue<Timer, std::vector<Timer>, std::greater<>> timers_;
  std::uint64_t timer_numbers_ = 0;
  std::function<void(std::int64_t, std::int64_t)> tick_;
  std::int64_t tick_zero_ = 0, ticks_ = 0;
  std::vector<std::unique_ptr<Ready>> retired_;
};

}  // namespace otto::bench
