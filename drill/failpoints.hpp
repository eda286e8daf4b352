// What stands behind the failpoints in the drilled daemon (build/otto-drilled).
#pragma once

namespace otto::drill {

/// Reads these and sets failpoint::hook; a name that does not exist or a spec that cannot be read ends the program
/// with status 2.
///   OTTO_FAILPOINTS       name[:nth]=exit|stop|throw|delay, comma-separated. The nth pass (1: the first) does it,
///   once:
///                         exit   ends the process as kill -9 would, status 137
///                         stop   SIGSTOP for the whole process; whoever runs the drill lets it go on
///                         throw  an exception
///                         delay  half a second in which the thread does nothing
///   OTTO_FAILPOINTS_SEEN  a file that gets the name of each place when it is first passed
///   OTTO_BROKEN           rules to break, comma-separated: "once", "fence" (drill/README.md)
void install_failpoints();

}  // namespace otto::drill
