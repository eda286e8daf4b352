// DATABASE_URL as libpq takes it, with the session settings that every connection of otto has.
#pragma once

#include <string>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"

namespace otto::store {

struct SessionLimits {
  milliseconds statement{3000};  ///< 0: none
  milliseconds lock{1000};
  seconds connect{2};
};

/// Leaves out the parameters that only Prisma knows and adds ours: UTC, ISO dates, limits, keepalives. Config: not a
/// postgresql:// URL, or one that names another schema than public.
Result<std::string> connection_url(const std::string& database_url, const SessionLimits& limits);

}  // namespace otto::store
