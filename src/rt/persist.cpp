#include "otto/rt/persist.hpp"

#include <boost/asio/this_coro.hpp>
#include <exception>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::rt {

namespace {
constexpr milliseconds kPause{1000};

std::string words_of(const std::exception_ptr& failure) {
  try {
    std::rethrow_exception(failure);
  } catch (const std::exception& e) {
    return e.what();
  } catch (...) {  // wall
    return "an exception that is not a std::exception";
  }
}
}  // namespace

Task<void> persist(Timers& timers, std::string name, std::function<Task<void>()> make) {
  for (;;) {
    std::exception_ptr failure;
    try {
      auto task = make();
      co_await std::move(task);
    } catch (...) {  // wall
      failure = std::current_exception();
    }
    if (!failure) co_return;
    metrics::add("otto_task_failures_total", {{"task", name}});
    log::error("task.begun_again", {{"task", name}, {"error", words_of(failure)}});
    co_await timers.sleep_for(kPause);
    const auto cancellation = co_await boost::asio::this_coro::cancellation_state;
    if (cancellation.cancelled() != boost::asio::cancellation_type::none) co_return;
  }
}

}  // namespace otto::rt
