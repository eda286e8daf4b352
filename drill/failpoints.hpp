// What stands behind the failpoints in the drilled daemon (build/otto-drilled).
#pragma once

#include <atomic>
#include <cstdint>

namespace otto::drill {

/// A page that the drill and a drilled daemon share: the one arms a place while the other runs.
struct Orders {
  std::atomic<std::uint32_t> number;  ///< +1 with each order; `spec` is as in OTTO_FAILPOINTS, one place, ends with 0
  std::atomic<std::uint32_t> fired;   ///< places that have done what they were told
  char spec[120];
};

/// Reads these and sets failpoint::hook; a name that does not exist or a spec that cannot be read ends the program
/// with status 2.
///   OTTO_FAILPOINTS       name[:nth]=exit|stop|throw|delay, comma-separated. The nth pass (1: the first) does it,
///   once:
///                         exit   ends the process as kill -9 would, status 137
///                         stop   SIGSTOP for the whole process; whoever runs the drill lets it go on
///                         throw  an exception
///                         delay  half a second in which the thread does nothing
///   OTTO_FAILPOINTS_ORDERS a file of the size of Orders, mapped
///   OTTO_FAILPOINTS_SEEN  a file that gets the name of each place when it is first passed
///   OTTO_BROKEN           rules to break, comma-separated: "once", "fence" (drill/README.md)
void install_failpoints();

}  // namespace otto::drill
