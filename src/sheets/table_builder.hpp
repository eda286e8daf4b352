// A table put together cell by cell, from whichever way of reading: the one place that says what is a blank row, where
// a table ends, and what is too large or not text, so that the same sheet gives the same table by every way.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/ports/sheet.hpp"

namespace otto::sheets {

class TableBuilder {
 public:
  void add_cell(std::string_view cell);
  void end_row();
  /// Keeps the first error only; "Row N of the sheet " goes before `what`.
  void fail(Errc code, const std::string& what);
  const std::optional<Error>& error() const noexcept { return error_; }
  Result<ports::SheetTable> take();

 private:
  ports::SheetTable table_;
  std::vector<std::string> cells_;
  std::size_t blanks_ = 0;
  int number_ = 1;
  std::optional<Error> error_;
};

}  // namespace otto::sheets
