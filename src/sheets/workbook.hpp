// What a workbook says about its tabs before their cells are read.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"

#include "sheets/number_format.hpp"
#include "sheets/package.hpp"

namespace otto::sheets {

struct WorkbookTab {
  std::string title, part;
  bool is_hidden = false;
};

struct Workbook {
  std::vector<WorkbookTab> tabs;       ///< those with cells, in the order in which Excel shows them
  std::string shared_strings, styles;  ///< parts; empty: there is none
  bool counts_from_1904 = false;
};

Result<Workbook> read_workbook(Package& package);

/// By the cells' style number.
Result<std::vector<NumberFormat>> read_formats(Package& package, const std::string& part);

/// The texts that cells refer to by number; kept in one piece, since most are short.
class SharedStrings {
 public:
  static Result<SharedStrings> read(Package& package, const std::string& part);
  std::size_t size() const { return ends_.size(); }
  std::string_view operator[](std::size_t index) const;

 private:
  std::string text_;
  std::vector<std::uint32_t> ends_;
};

/// "_x000D_" stands for a character that XML cannot hold, or that would be lost in it. Control characters become
/// blanks.
std::string unescape_cell(std::string_view text);

}  // namespace otto::sheets
