// The one TCP socket type of the house: with the loop's concrete executor, because the media path is measurably slower
// with any_io_executor's wrappers and with beast::tcp_stream's timer per operation.
#pragma once

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/basic_stream_socket.hpp>
#include <boost/asio/execution/context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/query.hpp>

#include "otto/rt/task.hpp"

namespace otto::net {

using Tcp = boost::asio::ip::tcp;
using LoopExecutor = Loop::executor_type;
using Socket = boost::asio::basic_stream_socket<Tcp, LoopExecutor>;
using Acceptor = boost::asio::basic_socket_acceptor<Tcp, LoopExecutor>;

/// The loop behind a coroutine's executor: every task of ours runs on an io_context.
inline LoopExecutor loop_executor(const boost::asio::any_io_executor& executor) {
  auto& context = boost::asio::query(executor, boost::asio::execution::context);
  return static_cast<Loop&>(context).get_executor();
}

/// Close without caring how: the peer may have been faster.
inline void close_quietly(Socket& socket) noexcept {
  boost::system::error_code ignored;
  socket.close(ignored);
}

}  // namespace otto::net
