#include "poller.hpp"

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <exception>
#include <system_error>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/reach.hpp"

namespace otto::net {

namespace {

constexpr std::size_t kLinesOfWatched = 8;  // of a WebSocket: what every frame touches
constexpr std::size_t kSlotsAhead = 8;
constexpr int kBatch = 256;  // then the loop's other work has its turn

std::uint32_t events_of(Poller::Interest interest) noexcept {
  return (interest.in ? std::uint32_t{EPOLLIN} : 0U) | (interest.out ? std::uint32_t{EPOLLOUT} : 0U);
}

std::uint64_t pack(Poller::Place place) noexcept { return std::uint64_t{place.generation} << 32 | place.slot; }
Poller::Place unpack(std::uint64_t packed) noexcept {
  return {static_cast<std::uint32_t>(packed & 0xFFFFFFFFU), static_cast<std::uint32_t>(packed >> 32)};
}

}  // namespace

boost::asio::execution_context::id Poller::id;

Poller& Poller::of(Loop& loop) { return boost::asio::use_service<Poller>(loop); }

Poller::Poller(boost::asio::execution_context& context)
    : service{context}, loop_{static_cast<Loop&>(context)}, set_{loop_} {
  const int set = ::epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error{errno, std::generic_category(), "epoll_create1"};
  set_.assign(set);
}

Poller::~Poller() = default;

void Poller::shutdown() {
  boost::system::error_code ignored;
  set_.close(ignored);
}

void Poller::enroll(Watched& watched) {
  if (free_.empty()) {
    free_.push_back(static_cast<std::uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const auto slot = free_.back();
  free_.pop_back();
  slots_[slot].watched = &watched;
  watched.place_ = {slot, slots_[slot].generation};
}

void Poller::leave(Watched& watched) {
  auto& slot = slots_[watched.place_.slot];
  slot.watched = nullptr;
  ++slot.generation;
  free_.push_back(watched.place_.slot);
}

Poller::Watched* Poller::find(Place place) noexcept {
  const auto& slot = slots_[place.slot];
  return slot.generation == place.generation ? slot.watched : nullptr;
}

void Poller::watch(const Watched& watched, int descriptor, Interest before, Interest now) {
  if (before == now) return;
  epoll_event event{};
  event.events = events_of(now);
  event.data.u64 = pack(watched.place_);
  const bool was = before != Interest{}, is = now != Interest{};
  ::epoll_ctl(set_.native_handle(), is ? (was ? EPOLL_CTL_MOD : EPOLL_CTL_ADD) : EPOLL_CTL_DEL, descriptor, &event);
  if (is && !was) {
    if (watched_++ == 0) wait();
  } else if (was && !is && --watched_ == 0) {
    boost::system::error_code ignored;
    set_.cancel(ignored);  // an idle set must not keep the loop running
  }
}

void Poller::wait() {
  if (std::exchange(waiting_, true)) return;
  set_.async_wait(Descriptor::wait_read, [this](boost::system::error_code ec) {
    waiting_ = false;
    if (!ec) run_batch();
    if (watched_ > 0 && set_.is_open()) wait();
  });
}

void Poller::run_batch() {
  std::array<epoll_event, kBatch> events;
  const int count = ::epoll_wait(set_.native_handle(), events.data(), kBatch, 0);
  const std::span ready{events.data(), static_cast<std::size_t>(std::max(count, 0))};
  in_batch_ = true;
  for (std::size_t i = 0; i < std::min(ready.size(), kSlotsAhead); ++i)
    __builtin_prefetch(&slots_[unpack(ready[i].data.u64).slot]);
  look_ahead(ready, 0);
  for (std::size_t i = 0; i < ready.size(); ++i) {
    const auto& event = ready[i];
    look_ahead(ready, i + 1);
    Watched* const watched = find(unpack(event.data.u64));
    if (watched == nullptr) continue;
    // A hang-up is something to read: its end or its error.
    const bool readable = (event.events & (EPOLLIN | EPOLLHUP | EPOLLERR)) != 0;
    const bool writable = (event.events & EPOLLOUT) != 0;
    guarded(*watched, [&] { watched->on_ready(readable, writable); });
  }
  in_batch_ = false;
  run_later();
}

/// With hundreds of sockets nothing of them is in the cache: the object is fetched two steps ahead, what it points to
/// one step; of the first, while the system copies what it has received.
void Poller::look_ahead(std::span<const epoll_event> events, std::size_t step) noexcept {
  auto& ahead = Ahead::here();
  if (step + kSlotsAhead < events.size()) __builtin_prefetch(&slots_[unpack(events[step + kSlotsAhead].data.u64).slot]);
  if (step + 1 < events.size()) ahead.add(find(unpack(events[step + 1].data.u64)), kLinesOfWatched);
  if (step < events.size()) {
    if (const auto* const watched = find(unpack(events[step].data.u64))) watched->expect_ready();
  }
  ahead.fetch_some();
}

void Poller::later(Watched& watched) {
  if (std::exchange(watched.is_later_, true)) return;
  later_.push_back(watched.place_);
  if (in_batch_ || std::exchange(later_posted_, true)) return;
  boost::asio::post(loop_, [this] {
    later_posted_ = false;
    run_later();
  });
}

void Poller::run_later() {
  due_.swap(later_);
  for (std::size_t i = 0; i < due_.size(); ++i) {
    if (i + 1 < due_.size()) {
      if (const auto* const next = find(due_[i + 1])) next->expect_batch_end();
    }
    Ahead::here().fetch_some();
    Watched* const watched = find(due_[i]);
    if (watched == nullptr) continue;
    watched->is_later_ = false;
    guarded(*watched, [&] { watched->on_batch_end(); });
  }
  due_.clear();
}

template <class F>
void Poller::guarded(Watched& watched, F call) {
  std::string reason;
  try {
    return call();
  } catch (const std::exception& e) {
    reason = e.what();
  } catch (...) {  // wall
    reason = "an exception that is not a std::exception";
  }
  metrics::add("otto_task_failures_total", {{"task", "websocket"}});
  log::error("websocket.failed", {{"error", reason}});
  watched.failed();
}

}  // namespace otto::net
