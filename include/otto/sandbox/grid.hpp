// A tab's cells as the sheets' provider keeps them: typed values in rows that move when people sort, insert and delete.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/base/json.hpp"

namespace otto::sandbox {

struct Grid {
  std::vector<std::vector<Json>> rows;  ///< ragged; null and "" are blank
  int row_count = 1000, column_count = 26;

  Json at(int row, int column) const;         ///< both from 0; null beyond the rows
  void set(int row, int column, Json value);  ///< grows `rows`, never row_count
  int used_rows() const;                      ///< up to the last row that is not blank
};

/// As pasted: what is all digits becomes a number, the rest text.
Grid grid_from_csv(std::string_view csv);
/// As the public export shows it: CRLF, minimal quoting, padded to the used width.
std::string grid_to_csv(const Grid& grid);
Json grid_values(const Grid& grid);  ///< trailing blank cells and rows left out

/// A range in A1 notation. Rows and columns from 0, both ends included; -1: open.
struct A1Range {
  std::string tab;
  int first_row = 0, first_column = 0, last_row = -1, last_column = -1;
};
/// Titles must be quoted, with apostrophes doubled; nullopt otherwise and for whatever is no range.
std::optional<A1Range> parse_a1(std::string_view text);
std::string format_a1(const A1Range& range);

/// One edit as a person makes it: {"op": "sort", "column": 0, "descending": true}, {"op": "insert_row", "at": 3,
/// "cells": […]}, {"op": "delete_row", "at": 3}, {"op": "set", "row": 3, "column": 1, "value": …}. Row numbers are the
/// sheet's own; the header stays. InvalidInput when it is none.
Result<void> edit_grid(Grid& grid, const Json& edit);

}  // namespace otto::sandbox
