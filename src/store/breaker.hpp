// Spares everybody the wait for a database that is away: after some failures in a row, one verb a second finds out
// whether it is back, and all others are answered at once. Pure; one thread.
#pragma once

#include "otto/base/clock.hpp"

namespace otto::store {

class Breaker {
 public:
  /// Whether a verb may go to the database now.
  bool admits(SteadyPoint now) noexcept {
    if (failures_ < kTrips) return true;
    if (now < next_probe_) return false;
    next_probe_ = now + kProbe;
    return true;
  }
  void succeeded() noexcept { failures_ = 0; }
  void failed(SteadyPoint now) noexcept {
    if (++failures_ == kTrips) next_probe_ = now + kProbe;
  }
  bool is_open() const noexcept { return failures_ >= kTrips; }

 private:
  static constexpr int kTrips = 5;
  static constexpr seconds kProbe{1};
  int failures_ = 0;
  SteadyPoint next_probe_{};
};

}  // namespace otto::store
