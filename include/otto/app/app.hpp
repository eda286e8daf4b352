// The whole daemon, put together: who is built from what, and in which order it stops.
#pragma once

#include "otto/base/config.hpp"

namespace otto::app {

/// Runs until SIGTERM or SIGINT and its drain are through; 0 then. On a start that fails it prints one sentence that
/// names the setting to stderr and returns 1.
int serve(const Config& config);

}  // namespace otto::app
