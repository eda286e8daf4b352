// What all instances have to know of the dashboard's sessions: those that were ended before their time, those that are
// in use, and the codes that have been taken.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

/// A session in use, as people see it.
struct SessionInUse {
  std::string id;  ///< a hash
  std::string role, peer;
  TimePoint signed_in, last_used, until;  ///< `until`: it expires by itself
};

class SessionStore {
 public:
  virtual ~SessionStore() = default;
  /// `ids` are hashes; repeatable. Forgets whatever has passed its time.
  virtual Task<Result<void>> revoke(std::vector<std::string> ids, TimePoint until, TimePoint now) = 0;
  /// Those whose time has not passed.
  virtual Task<Result<std::vector<std::string>>> revoked(TimePoint now) = 0;
  /// Notes that a session is used; false when it has been revoked. One that is new makes room for itself: those that
  /// have expired are forgotten.
  virtual Task<Result<bool>> use(SessionInUse session) = 0;
  /// Not revoked, not expired and used since `since`; of `role`, or of all roles when it is empty. The one that was
  /// used last comes first, 200 at most.
  virtual Task<Result<std::vector<SessionInUse>>> in_use(std::string role, TimePoint since, TimePoint now) = 0;
  /// Takes the code of a time step for a role; false when somebody has taken it before.
  virtual Task<Result<bool>> take_code(std::string role, std::int64_t step) = 0;
};

}  // namespace otto::ports
