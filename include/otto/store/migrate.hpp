// Brings a database to the schema that this binary was built for (migrations/*.sql are inside it). Forward only; an
// applied file never changes. Blocking: for the command line and for rt::offload.
#pragma once

#include <string>
#include <vector>

#include "otto/base/error.hpp"

namespace otto::store {

struct MigrationReport {
  std::vector<std::string> applied;  ///< "0002_otto", … by this run
  std::vector<std::string> pending;  ///< what a dry run would apply
  bool adopted = false;              ///< the two public tables were there already and have been checked instead
  std::vector<std::string> notes;    ///< harmless differences of the public tables, one sentence each
};

/// Each file in a transaction of its own, under an advisory lock. Config: the database is newer than this binary, an
/// applied file has changed, or the public tables are not the first system's (every difference is listed).
/// DatabaseUnavailable: it cannot be reached.
Result<MigrationReport> migrate(const std::string& database_url, bool dry_run);

}  // namespace otto::store
