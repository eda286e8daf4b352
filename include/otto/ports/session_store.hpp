// Dashboard sessions that were signed out before their time, over all instances.
#pragma once

#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// `ids` are hashes; repeatable. Forgets whatever has passed its time.
  virtual Task<Result<void>> revoke(std::vector<std::string> ids, TimePoint until, TimePoint now) = 0;
  /// Those whose time has not passed.
  virtual Task<Result<std::vector<std::string>>> revoked(TimePoint now) = 0;
};

}  // namespace otto::ports
