// Keeps us within Google's quota of 60 reads and 60 writes a minute for one service account, with room to spare for
// what else may run under the same account. Any span of a minute holds at most `per_minute` requests.
#pragma once

#include <deque>

#include "otto/base/clock.hpp"
#include "otto/rt/time.hpp"

namespace otto::sheets {

class Quota {
 public:
  explicit Quota(rt::Timers& timers, std::size_t per_minute = 50) : timers_{timers}, per_minute_{per_minute} {}
  /// Waits for a place and takes it; false when there is none before `deadline`, or when cancelled: nothing is taken.
  Task<bool> take(SteadyPoint deadline);

 private:
  rt::Timers& timers_;
  std::size_t per_minute_;
  std::deque<SteadyPoint> taken_;  ///< within the last minute, oldest first
};

}  // namespace otto::sheets
