// What an exception of libpqxx means to us: the one place that knows.
#pragma once

#include <exception>

#include "otto/base/error.hpp"

namespace otto::store {

struct Failure {
  Error error;
  bool may_run_again = false;  ///< the transaction lost against another, or met a migration, and left nothing behind
  bool connection_is_lost = false;  ///< never used again; whether the last COMMIT happened is unknown
};

Failure classify(const std::exception& exception);

}  // namespace otto::store
