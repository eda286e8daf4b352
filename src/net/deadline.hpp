// A deadline over any number of socket operations: on expiry it does one thing (close or cancel the socket), and the
// operation under way ends by that. No coroutine is raced, none can get lost.
#pragma once

#include <functional>
#include <memory>

#include "otto/base/clock.hpp"

#include "socket.hpp"

namespace otto::net {

class Deadline {
 public:
  explicit Deadline(const LoopExecutor& executor);
  ~Deadline();
  Deadline(const Deadline&) = delete;

  /// From now on; replaces what was armed before. `on_expiry` must stay valid until disarmed.
  void arm(milliseconds time, std::function<void()> on_expiry);
  /// Another thing to do at the same moment, as the work moves on (resolver, socket, TLS stream).
  void on_expiry(std::function<void()> action);
  void disarm();
  /// True from the expiry until the next arm().
  bool expired() const noexcept;

 private:
  struct State;
  std::shared_ptr<State> state_;  // the other owner is the pending wait
};

}  // namespace otto::net
