// One coarse timer for each WebSocket instead of one for each read and write: the media path re-arms nothing, it
// resets a counter. Shared by the socket, by its pending tick and by whoever may have to end the connection.
#pragma once

#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "otto/net/websocket.hpp"

#include "socket.hpp"

namespace otto::net {

class WsWatch {
 public:
  /// `kill` ends the TCP connection.
  static std::shared_ptr<WsWatch> start(const LoopExecutor& executor, const WsLimits& limits,
                                        std::function<void()> kill);

  void heard() noexcept { quiet_ticks_ = 0; }
  void write_began() noexcept {
    writing_ = true;
    write_ticks_ = 0;
  }
  void write_ended() noexcept { writing_ = false; }
  bool writing() const noexcept { return writing_; }
  /// Whether a limit of ours ended the connection.
  bool timed_out() const noexcept { return timed_out_; }
  /// Ends the TCP connection; nothing happens once the socket is gone.
  void kill();
  /// The socket is going away.
  void stop();

 private:
  WsWatch(const LoopExecutor& executor, const WsLimits& limits, std::function<void()> kill);
  static void tick(const std::shared_ptr<WsWatch>& self);
  void step();

  int quiet_ticks_ = 0, write_ticks_ = 0;
  bool writing_ = false, timed_out_ = false;
  boost::asio::steady_timer timer_;
  milliseconds period_;
  int idle_limit_, write_limit_;  // in ticks; 0 is none
  std::function<void()> kill_;
};

}  // namespace otto::net
