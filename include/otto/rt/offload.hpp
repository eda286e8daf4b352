// A blocking function on a pool of threads, its value or its failure back on the loop.
// No coroutine frame ever runs on a pool thread.
#pragma once

#include <boost/asio/async_result.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <exception>
#include <optional>
#include <type_traits>

#include "otto/rt/task.hpp"

namespace otto::rt {

/// `fn` must own what it touches; it returns a value (not void). An exception of `fn` is rethrown on the loop.
template <class F>
Task<std::invoke_result_t<F&>> offload(boost::asio::thread_pool& pool, F fn) {
  using R = std::invoke_result_t<F&>;
  auto initiate = [&pool](auto handler, F work) {
    auto loop = boost::asio::get_associated_executor(handler);
    auto guard = boost::asio::make_work_guard(loop);
    boost::asio::post(
        pool, [handler = std::move(handler), work = std::move(work), loop, guard = std::move(guard)]() mutable {
          std::exception_ptr failure;
          std::optional<R> value;
          try {
            value.emplace(work());
          } catch (...) {  // wall: the exception crosses to the loop and is rethrown there
            failure = std::current_exception();
          }
          boost::asio::post(loop, [handler = std::move(handler), failure, value = std::move(value)]() mutable {
            handler(failure, std::move(value));
          });
        });
  };
  auto value = co_await boost::asio::async_initiate<const boost::asio::use_awaitable_t<>,
                                                    void(std::exception_ptr, std::optional<R>)>(
      initiate, boost::asio::use_awaitable, std::move(fn));
  co_return std::move(*value);
}

}  // namespace otto::rt
