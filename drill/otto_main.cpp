// otto-drilled: otto itself, with the drill's hooks behind its failpoints and, on demand, with short waits.
#include <cstdio>
#include <cstdlib>
#include <exception>

#include "otto/app/tuning.hpp"
#include "otto/cli/cli.hpp"

#include "drill/failpoints.hpp"

namespace {

/// All waits by about the same factor: what must be much longer than another stays so.
void hurry() {
  auto& waits = otto::app::tuning;
  waits.lease = otto::seconds{2};
  waits.poll = otto::milliseconds{200};
  waits.create_deadline = otto::seconds{2};
  waits.event_hold = otto::seconds{22};  // more than a POST may take
  waits.abandoned = otto::seconds{6};
  waits.quiet = otto::seconds{4};
  waits.reconciler_lease = otto::seconds{2};
  waits.reconcile_every = otto::milliseconds{300};
  waits.first_look = otto::milliseconds{300};
  waits.rarest = otto::milliseconds{2000};
}

}  // namespace

int main(int argc, char** argv) {
  try {
    otto::drill::install_failpoints();
    if (std::getenv("OTTO_DRILL_HURRY") != nullptr) hurry();
    return otto::cli::run(argc, argv);
  } catch (const std::exception& e) {
    std::fprintf(stderr, "otto: %s\n", e.what());
    return 1;
  }
}
