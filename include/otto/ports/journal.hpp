// Records on this machine's own disk, for the time in which the store is away: what has been acknowledged is never
// lost with the process. A record may be handed over twice, which must do no harm. oldest(), drop() and look_around()
// are one task's; append() is everybody's.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

class Journal {
 public:
  virtual ~Journal() = default;
  /// On the disk, flushed, when it returns. Overloaded: the journal is full; Internal: the disk refuses.
  virtual Task<Result<void>> append(std::string record) = 0;
  /// The oldest records that have not been dropped, at most `limit`; empty when nothing waits.
  virtual Task<Result<std::vector<std::string>>> oldest(std::size_t limit) = 0;
  /// The `count` oldest have been handed over.
  virtual Task<Result<void>> drop(std::size_t count) = 0;
  /// Keeps, for a person to look at, a record that nobody will ever take; it is not handed over any more. Overloaded:
  /// there is no room for it; Internal: the disk refuses.
  virtual Task<Result<void>> set_aside(std::string record) = 0;
  /// Nothing waits to be handed over, as far as this process knows.
  virtual bool empty() const noexcept = 0;
  /// Why the last append failed, while none has succeeded since.
  virtual std::optional<Error> failure() const = 0;
  /// Finds what a process that died has left behind, and tries a failing disk again. Now and then.
  virtual Task<void> look_around() = 0;
};

}  // namespace otto::ports
