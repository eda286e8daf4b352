// An Excel workbook (.xlsx, Office Open XML) as a table of contacts: the same table that the sheet's CSV would give,
// row numbers included. libzip opens the package and checks its sums, expat reads its parts as they are inflated, so
// that nothing is ever unpacked as a whole.
//
// - Rich text is its text; a formula is the result that was stored with it; hidden rows are rows.
// - Numbers are written out ("15555550142", never "1.55555e+10") with the fifteen digits that Excel shows; padded when
//   the cell's format is zeros only, as for ZIP codes. Dates and times become "2026-12-02 09:30", whatever their
//   format.
// - A table holds at most as much as a CSV file (kMaxSheetBytes, kMaxSheetRows, kMaxSheetColumns), however often its
//   cells refer to one text; of one file kMaxUnpackedBytes are inflated and no more. Document types are refused.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"
#include "otto/ports/sheet.hpp"

namespace otto::sheets {

/// The XML of 100,000 rows of eight columns takes about 40 MB; a bomb wants gigabytes.
inline constexpr std::size_t kMaxUnpackedBytes = 512 * 1024 * 1024;

/// `tab`: its title in any letter case; empty: the first one that is not hidden. InvalidInput: no workbook, damaged,
/// or nothing in it; NotFound: no such tab (names those there are). TooLarge: over a limit.
Result<ports::SheetTable> parse_xlsx(std::string_view file, std::string_view tab);

}  // namespace otto::sheets
