// A CSV export (RFC 4180, read by libcsv) as a table of contacts. Row numbers are the sheet's own: each
// record is one row, blank ones included, whatever line breaks its quoted cells hold. Trailing blank cells and rows
// are dropped. What is not clean UTF-8, not CSV or over a limit is refused with a sentence that names the row.
#pragma once

#include <cstddef>
#include <string_view>

#include "otto/base/error.hpp"
#include "otto/ports/sheet.hpp"

namespace otto::sheets {

inline constexpr std::size_t kMaxSheetBytes = 32 * 1024 * 1024;
inline constexpr int kMaxSheetRows = 100'001;  ///< the header and 100,000 contacts
inline constexpr std::size_t kMaxSheetColumns = 200;

/// InvalidInput: not CSV, not UTF-8, or nothing in it at all. TooLarge: over a limit.
Result<ports::SheetTable> parse_csv(std::string_view text);

}  // namespace otto::sheets
