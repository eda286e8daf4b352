// A1 notation: how ranges of a tab are named. Titles are always quoted: "A1" unquoted is a cell, a named range wins
// over a tab of the same name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace otto::sheets {

/// 'Jon''s Data'
std::string quote_tab(std::string_view title);
/// 0 → "A", 26 → "AA"
std::string column_letters(std::size_t column);
/// 'Title'!B7; `row` from 1, `column` from 0.
std::string cell_range(std::string_view title, int row, std::size_t column);

}  // namespace otto::sheets
