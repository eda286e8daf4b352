#include "ws_watch.hpp"

#include <algorithm>

namespace otto::net {
namespace {
constexpr milliseconds kMaxPeriod{1'000};
constexpr milliseconds kWriteLimit{10'000};

/// Ticks that are sure to span `time`: the first one may come at once.
int ticks(milliseconds time, milliseconds period) { return static_cast<int>(time / period) + 1; }
}  // namespace

WsWatch::WsWatch(const LoopExecutor& executor, milliseconds idle, std::function<void()> kill)
    : timer_{executor},
      period_{idle.count() > 0 ? std::clamp(idle / 4, milliseconds{5}, kMaxPeriod) : kMaxPeriod},
      idle_limit_{idle.count() > 0 ? ticks(idle, period_) : 0},
      write_limit_{ticks(kWriteLimit, period_)},
      kill_{std::move(kill)} {}

std::shared_ptr<WsWatch> WsWatch::start(const LoopExecutor& executor, milliseconds idle, std::function<void()> kill) {
  std::shared_ptr<WsWatch> watch{new WsWatch{executor, idle, std::move(kill)}};
  tick(watch);
  return watch;
}

void WsWatch::tick(const std::shared_ptr<WsWatch>& self) {
  self->timer_.expires_after(self->period_);
  self->timer_.async_wait([self](boost::system::error_code ec) {
    if (ec || !self->kill_) return;
    self->step();
    if (self->kill_) tick(self);
  });
}

void WsWatch::step() {
  const bool idle = idle_limit_ > 0 && ++quiet_ticks_ > idle_limit_;
  const bool stuck = writing_ && ++write_ticks_ > write_limit_;
  if (!idle && !stuck) return;
  timed_out_ = true;
  kill();
}

void WsWatch::kill() {
  if (kill_) kill_();
}

void WsWatch::stop() {
  kill_ = nullptr;
  timer_.cancel();
}

}  // namespace otto::net
