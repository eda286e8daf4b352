// Task<T>: the coroutine type of the house, and the token that turns errors into values.
#pragma once

#include <coroutine>  // must precede Boost with g++ 12

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace otto {

/// Lazily started; runs on the one loop thread; owned by whoever awaits it or by the rt::Group it was spawned in.
template <class T = void>
using Task = boost::asio::awaitable<T>;

using Loop = boost::asio::io_context;

namespace rt {
/// co_await op(kNothrow) yields (error_code, values…) instead of throwing.
inline constexpr auto kNothrow = boost::asio::as_tuple(boost::asio::use_awaitable);
}  // namespace rt
}  // namespace otto
