// For the loops that a daemon must never be without.
#pragma once

#include <functional>
#include <string>

#include "otto/rt/task.hpp"
#include "otto/rt/time.hpp"

namespace otto::rt {

/// Runs the task that `make` gives. One that ends by an exception (a broken invariant: it is logged and counted) is
/// made again after a second; the end of any other, and cancellation, is the end.
Task<void> persist(Timers& timers, std::string name, std::function<Task<void>()> make);

}  // namespace otto::rt
