// migrations/*.sql as they were when this binary was built (cmake/Migrations.cmake makes the table).
#pragma once

#include <string_view>
#include <vector>

namespace otto::store {

struct MigrationFile {
  std::string_view name;  ///< "0002_otto"
  std::string_view sql;
};
const std::vector<MigrationFile>& migration_files();

}  // namespace otto::store
