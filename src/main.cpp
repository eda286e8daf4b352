// otto: the daemon and its command line.
#include <cstdio>
#include <exception>
#include <malloc.h>

#include "otto/cli/cli.hpp"

namespace {

/// One arena: what a database thread allocates and the loop frees would else be kept by an arena each, and a daemon
/// that has carried ten thousand calls would hold a third more than it needs, growing. Media messages allocate nothing,
/// so nobody waits for the lock. Fixed thresholds: glibc else raises them with the largest block that it has seen
/// freed.
void keep_memory_small() {
  mallopt(M_ARENA_MAX, 1);
  mallopt(M_TRIM_THRESHOLD, 128 * 1024);
}

}  // namespace

int main(int argc, char** argv) {
  keep_memory_small();
  try {
    return otto::cli::run(argc, argv);
  } catch (const std::exception& e) {  // wall
    std::fprintf(stderr, "otto: %s\n", e.what());
    return 1;
  }
}
