// otto: the daemon and its command line.
#include <cstdio>
#include <exception>

#include "otto/cli/cli.hpp"

int main(int argc, char** argv) {
  try {
    return otto::cli::run(argc, argv);
  } catch (const std::exception& e) {  // wall
    std::fprintf(stderr, "otto: %s\n", e.what());
    return 1;
  }
}
