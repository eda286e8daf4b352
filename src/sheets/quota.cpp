#include "otto/sheets/quota.hpp"

#include <boost/asio/this_coro.hpp>

namespace otto::sheets {

namespace {
constexpr seconds kWindow{61};  // the other side's minute may begin a little later than ours
}

Task<bool> Quota::take(SteadyPoint deadline) {
  for (;;) {
    const SteadyPoint now = timers_.steady();
    while (!taken_.empty() && taken_.front() + kWindow <= now) taken_.pop_front();
    if (taken_.size() < per_minute_) {
      taken_.push_back(now);
      co_return true;
    }
    const SteadyPoint free = taken_.front() + kWindow;
    if (free > deadline) co_return false;
    co_await timers_.sleep_until(free);
    const auto state = co_await boost::asio::this_coro::cancellation_state;
    if (state.cancelled() != boost::asio::cancellation_type::none) co_return false;
  }
}

}  // namespace otto::sheets
