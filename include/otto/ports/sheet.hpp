// The sheet: a table of contacts that people edit.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
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
  std::vector<std::string> header;   ///< row 1
  std::vector<SheetRow> rows;        ///< rows with at least one non-blank cell
  std::optional<SheetSource> place;  ///< the tab that was read, by number and title; known with credentials only
};

class Sheet {
 public:
  virtual ~Sheet() = default;
  /// The detail is a sentence for the person who owns the sheet. NotFound: no such sheet or tab; Forbidden: not public;
  /// InvalidInput: not a table; RateLimited; ProviderUnavailable; TimedOut; TooLarge.
  virtual Task<Result<SheetTable>> read(SheetSource source) = 0;
  virtual Task<Result<std::string>> check() = 0;
};

/// One cell to be written. `row` from 1, `column` from 0.
struct SheetCell {
  int row = 0;
  std::size_t column = 0;
  std::string text;
};

/// Writing. All text is stored as it is: what begins with "=" is no formula. Every verb is one request, never repeated
/// by itself, and begins only when `may_send` says so right before its first byte: a writer that has lost its lease
/// must not write. Errors as of read(), and Forbidden: shared for reading only; Cancelled: may_send said no, or there
/// is no place in the quota for the moment. TimedOut and ProviderUnavailable leave open whether it was done.
class SheetWriter {
 public:
  virtual ~SheetWriter() = default;
  using MaySend = std::function<bool()>;
  /// All cells or none; may be repeated.
  virtual Task<Result<void>> write(SheetSource place, std::vector<SheetCell> cells, MaySend may_send) = 0;
  /// Below the last row of the tab's table. Repeating it after an error may double the rows.
  virtual Task<Result<void>> append(SheetSource place, std::vector<std::vector<std::string>> rows,
                                    MaySend may_send) = 0;
  /// A tab with this title and first row; Conflict when there is one of the name already.
  virtual Task<Result<void>> add_tab(SheetSource place, std::vector<std::string> header, MaySend may_send) = 0;
};

/// A browser's URL or a bare id; the URL's gid (fragment before query) chooses the tab. InvalidInput otherwise.
Result<SheetSource> parse_sheet_reference(const std::string& id_or_url, const std::string& tab);

/// A CSV or an Excel (.xlsx) file's bytes as a table; errors as of read(). `tab`: the workbook's tab by its title;
/// empty: its first one. May take seconds: not on the loop.
Result<SheetTable> parse_list_file(std::string_view file, std::string_view tab);

}  // namespace otto::ports
