// The sheet: a table of contacts that people edit.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct SheetSource {
  std::string id;                  ///< a spreadsheet id, never a URL
  std::optional<std::string> gid;  ///< a tab by number; wins over the title
  std::string tab;                 ///< a tab by title
  SheetSource() = default;
};

struct SheetRow {
  int number = 0;  ///< the sheet's own row number, from 1
  std::vector<std::string> cells;
};
struct SheetTable {
  std::vector<std::string> header;  ///< row 1
  std::vector<SheetRow> rows;       ///< rows with at least one non-blank cell
};

class Sheet {
 public:
  virtual ~Sheet() = default;
  /// The detail is a sentence for the person who owns the sheet. NotFound: no such sheet or tab; Forbidden: not public;
  /// InvalidInput: not a table; RateLimited; ProviderUnavailable; TimedOut; TooLarge.
  virtual Task<Result<SheetTable>> read(SheetSource source) = 0;
  virtual Task<Result<std::string>> check() = 0;
};

/// A browser's URL or a bare id; the URL's gid (fragment before query) chooses the tab. InvalidInput otherwise.
Result<SheetSource> parse_sheet_reference(const std::string& id_or_url, const std::string& tab);

}  // namespace otto::ports
