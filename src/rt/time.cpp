#include "otto/rt/time.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <map>
#include <tuple>

namespace otto::rt {

namespace asio = boost::asio;

Task<bool> is_cancelled() {
  const auto state = co_await asio::this_coro::cancellation_state;
  co_return state.cancelled() != asio::cancellation_type::none;
}

Task<bool> rest(Timers& timers, milliseconds time) {
  if (co_await is_cancelled()) co_return false;
  co_await timers.sleep_for(time);
  co_return !co_await is_cancelled();
}

Task<void> RealTimers::sleep_until(SteadyPoint when) {
  auto executor = co_await asio::this_coro::executor;
  asio::steady_timer timer{executor};
  timer.expires_at(when);
  std::ignore = co_await timer.async_wait(kNothrow);
}

struct VirtualTimers::State final : Clock {
  explicit State(TimePoint start) : wall{start} {}
  TimePoint now() const override { return wall; }
  SteadyPoint steady() const override { return ticks; }

  TimePoint wall;
  SteadyPoint ticks{};
  std::multimap<SteadyPoint, asio::steady_timer*> sleepers;
};

VirtualTimers::VirtualTimers(Loop& loop, TimePoint start) : state_{std::make_shared<State>(start)}, loop_{loop} {}
VirtualTimers::~VirtualTimers() = default;

const Clock& VirtualTimers::clock() const { return *state_; }
std::size_t VirtualTimers::sleeping() const { return state_->sleepers.size(); }

Task<void> VirtualTimers::sleep_until(SteadyPoint when) {
  auto state = state_;
  auto executor = co_await asio::this_coro::executor;
  if (when <= state->ticks) {
    co_await asio::post(executor, asio::use_awaitable);
    co_return;
  }
  asio::steady_timer wake{executor, asio::steady_timer::time_point::max()};
  const auto entry = state->sleepers.emplace(when, &wake);
  std::ignore = co_await wake.async_wait(kNothrow);
  // advance() takes the entry out before it wakes the sleeper; a cancelled sleeper takes it out itself.
  for (auto [at, end] = state->sleepers.equal_range(when); at != end; ++at) {
    if (at == entry) {
      state->sleepers.erase(at);
      break;
    }
  }
}

bool VirtualTimers::wakes_by(SteadyPoint time) const {
  return !state_->sleepers.empty() && state_->sleepers.begin()->first <= time;
}

bool VirtualTimers::step() {
  if (state_->sleepers.empty()) return false;
  const auto first = state_->sleepers.begin();
  state_->wall += std::chrono::duration_cast<TimePoint::duration>(first->first - state_->ticks);
  state_->ticks = first->first;
  asio::steady_timer* wake = first->second;
  state_->sleepers.erase(first);
  wake->cancel();
  return true;
}

void VirtualTimers::advance(milliseconds time) {
  const auto target = state_->ticks + time;
  const auto run_ready = [this] {
    if (loop_.stopped()) loop_.restart();
    while (loop_.poll() > 0) {
      if (loop_.stopped()) loop_.restart();
    }
  };
  run_ready();
  while (!state_->sleepers.empty() && state_->sleepers.begin()->first <= target) {
    step();
    run_ready();
  }
  state_->wall += std::chrono::duration_cast<TimePoint::duration>(target - state_->ticks);
  state_->ticks = target;
  run_ready();
}

}  // namespace otto::rt
