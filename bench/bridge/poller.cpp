#include "bench/bridge/poller.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <stdexcept>
#include <sys/epoll.h>
#include <unistd.h>

namespace otto::bench {

namespace {
constexpr int kEventsPerRound = 64;  // few, so that no tick waits long behind them
constexpr std::int64_t kLongestWait = 20 * kMs;
}  // namespace

std::int64_t now_ns() {
  timespec time{};
  ::clock_gettime(CLOCK_MONOTONIC, &time);
  return std::int64_t{time.tv_sec} * kSecond + time.tv_nsec;
}

Poller::Poller() : epoll_{::epoll_create1(EPOLL_CLOEXEC)} {
  if (epoll_ < 0) throw std::runtime_error{"epoll_create1"};
}
Poller::~Poller() { ::close(epoll_); }

void Poller::watch(int fd, Ready* who) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = who;
  if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, fd, &event) != 0) throw std::runtime_error{"epoll_ctl"};
}

void Poller::watch_writable(int fd, Ready* who, bool writable) {
  epoll_event event{};
  event.events = EPOLLIN | (writable ? std::uint32_t{EPOLLOUT} : 0U);
  event.data.ptr = who;
  ::epoll_ctl(epoll_, EPOLL_CTL_MOD, fd, &event);
}

void Poller::at(std::int64_t when, std::function<void()> what) {
  timers_.push(Timer{when, ++timer_numbers_, std::move(what)});
}

/// Off the beat by up to 0.8 ms: in step with the kernel's own tick, which takes the samples by which a process's time
/// is divided into user and system, all of it would seem to be spent in one or the other.
std::int64_t Poller::tick_time() const {
  const auto scattered = static_cast<std::uint64_t>(ticks_) * 0x9E3779B97F4A7C15 >> 44;
  return tick_zero_ + ticks_ * kMs + static_cast<std::int64_t>(scattered % 800'000);
}

std::int64_t Poller::run_due() {
  for (auto now = now_ns(); !timers_.empty() && timers_.top().when <= now;) {
    const auto what = timers_.top().what;
    timers_.pop();
    what();
  }
  while (tick_ && tick_time() <= now_ns()) {
    tick_(ticks_, tick_time());
    ++ticks_;
  }
  auto next = now_ns() + kLongestWait;
  if (tick_) next = std::min(next, tick_time());
  if (!timers_.empty()) next = std::min(next, timers_.top().when);
  return next;
}

void Poller::run(const std::function<bool()>& until) {
  if (tick_zero_ == 0) tick_zero_ = now_ns();
  std::array<epoll_event, kEventsPerRound> events{};
  while (!until()) {
    const auto wait = std::max<std::int64_t>(0, run_due() - now_ns());
    const timespec timeout{.tv_sec = wait / kSecond, .tv_nsec = wait % kSecond};
    const int count = ::epoll_pwait2(epoll_, events.data(), kEventsPerRound, &timeout, nullptr);
    if (count < 0 && errno != EINTR) throw std::runtime_error{"epoll_pwait2"};
    for (int i = 0; i < count; ++i) {
      const auto& event = events[static_cast<std::size_t>(i)];
      static_cast<Ready*>(event.data.ptr)->on_ready(event.events);
    }
    retired_.clear();
  }
}

}  // namespace otto::bench
