// The command line: `otto [serve]`, `otto migrate`, `otto doctor`, `otto agent`, `otto call`, `otto campaign`.
#pragma once

namespace otto::cli {

/// The program's exit status: 0 done, 1 failed (one sentence on stderr), 2 wrong usage.
int run(int argc, char** argv);

}  // namespace otto::cli
