// The first system's two tables, checked through the catalog: they are used as they are and never altered.
#pragma once

#include <string>
#include <vector>

#include "pqxx.hpp"

namespace otto::store {

struct PublicSchema {
  bool exists = false;                   ///< at least one of the tables or types is there
  std::vector<std::string> differences;  ///< what otto could not live with, one sentence each
  std::vector<std::string> notes;        ///< what it can: further columns that need no value of ours
};
PublicSchema inspect_public_schema(pqxx::work& tx);

}  // namespace otto::store
