#include "ws_watch.hpp"

#include <algorithm>

namespace otto::net {
namespace {
constexpr milliseconds kMinPeriod{5}, kMaxPeriod{1'000};

/// A quarter of the shorter limit, but no more often than that needs.
milliseconds period_for(const WsLimits& limits) {
  auto shorter = limits.write_deadline;
  if (limits.idle.count() > 0) shorter = std::min(shorter, limits.idle);
  return std::clamp(shorter / 4, kMinPeriod, kMaxPeriod);
}

/// Ticks that are sure to span `time`: the first one may come at once.
int ticks(milliseconds time, milliseconds period) { return static_cast<int>(time / period) + 1; }
}  // namespace

WsWatch::WsWatch(const LoopExecutor& executor, const WsLimits& limits, std::function<void()> kill)
    : timer_{executor},
      period_{period_for(limits)},
      idle_limit_{limits.idle.count() > 0 ? ticks(limits.idle, period_) : 0},
      write_limit_{ticks(limits.write_deadline, period_)},
      kill_{std::move(kill)} {}

std::shared_ptr<WsWatch> WsWatch::start(const LoopExecutor& executor, const WsLimits& limits,
                                        std::function<void()> kill) {
  std::shared_ptr<WsWatch> watch{new WsWatch{executor, limits, std::move(kill)}};
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
