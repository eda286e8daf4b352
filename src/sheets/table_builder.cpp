#include "sheets/table_builder.hpp"

#include <utility>

#include "otto/base/text.hpp"
#include "otto/sheets/csv.hpp"

namespace otto::sheets {

void TableBuilder::add_cell(std::string_view cell) {
  if (error_) return;
  // Runs of blank cells are only counted until something follows: a line of a million commas costs nothing.
  if (trim(cell).empty()) {
    ++blanks_;
    return;
  }
  if (cells_.size() + blanks_ + 1 > kMaxSheetColumns) {
    fail(Errc::TooLarge, "has more than " + std::to_string(kMaxSheetColumns) + " columns; remove those not needed.");
  } else if (!is_clean_utf8(cell)) {
    fail(Errc::InvalidInput, "holds bytes that are not UTF-8 text; save the table as CSV in UTF-8.");
  } else {
    cells_.resize(cells_.size() + blanks_);
    blanks_ = 0;
    cells_.emplace_back(cell);
  }
}

void TableBuilder::end_row() {
  blanks_ = 0;
  if (error_) return;
  if (number_ == 1) {
    for (std::string& name : cells_) name = std::string{trim(name)};
    table_.header = std::move(cells_);
  } else if (!cells_.empty()) {
    if (number_ > kMaxSheetRows) {
      fail(Errc::TooLarge, "is beyond the " + std::to_string(kMaxSheetRows - 1) +
                               " rows that one campaign can have; split it over several tabs.");
      return;
    }
    ports::SheetRow row;
    row.number = number_;
    row.cells = std::move(cells_);
    table_.rows.push_back(std::move(row));
  }
  cells_.clear();
  ++number_;
}

void TableBuilder::fail(Errc code, const std::string& what) {
  if (!error_) error_.emplace(code, "Row " + std::to_string(number_) + " of the sheet " + what);
}

Result<ports::SheetTable> TableBuilder::take() {
  if (error_) return *error_;
  if (table_.header.empty() && table_.rows.empty())
    return Error{Errc::InvalidInput, "The sheet is empty; its first row must name the columns, one of them Phone."};
  return std::move(table_);
}

}  // namespace otto::sheets
