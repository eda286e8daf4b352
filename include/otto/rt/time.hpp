// Waiting, on a clock that tests can move. Everything that sleeps in floors 3 to 5 gets a Timers&.
#pragma once

#include <cstdint>
#include <map>
#include <memory>

#include "otto/base/clock.hpp"
#include "otto/rt/task.hpp"

namespace otto::rt {

class Timers {
 public:
  virtual ~Timers() = default;
  virtual const Clock& clock() const = 0;
  /// Suspends until `clock().steady()` has reached `when`. Ends early, without an error, when the awaiting task is
  /// cancelled: the caller's loop condition then says so.
  virtual Task<void> sleep_until(SteadyPoint when) = 0;

  Task<void> sleep_for(milliseconds time) { return sleep_until(clock().steady() + time); }
  TimePoint now() const { return clock().now(); }
  SteadyPoint steady() const { return clock().steady(); }
};

/// A cancellation ends the wait that is under way and none that begins after it.
Task<bool> is_cancelled();
/// A sleep that does not begin once the task has been cancelled. False: cancelled.
Task<bool> rest(Timers& timers, milliseconds time);

class RealTimers final : public Timers {
 public:
  const Clock& clock() const override { return clock_; }
  Task<void> sleep_until(SteadyPoint when) override;

 private:
  SystemClock clock_;
};

/// Stands still until advanced. advance() lets every task run up to its next wait before time moves on.
class VirtualTimers final : public Timers {
 public:
  VirtualTimers(Loop& loop, TimePoint start);
  ~VirtualTimers() override;
  const Clock& clock() const override;
  Task<void> sleep_until(SteadyPoint when) override;
  /// Runs ready handlers, then moves to each due timer in order until `time` has passed.
  void advance(milliseconds time);
  /// Moves to the earliest timer and wakes it, without running anything; false when nobody sleeps. For whoever runs the
  /// loop: what is waited for outside of virtual time has to be over.
  bool step();
  bool wakes_by(SteadyPoint time) const;  ///< somebody sleeps until then at the latest
  std::size_t sleeping() const;

 private:
  struct State;
  std::shared_ptr<State> state_;
  Loop& loop_;
};

}  // namespace otto::rt
