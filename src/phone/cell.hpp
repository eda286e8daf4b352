// What people and spreadsheets write around a phone number's digits.
#pragma once

#include <string>
#include <string_view>

namespace otto::phone {

/// A cell reduced to the digits, and the plus if it stands before them.
struct Cell {
  std::string digits;
  bool plus = false;
  bool letters = false;     ///< something that is neither a digit nor what stands between digits
  bool scientific = false;  ///< "4.15556E+09": the cell's format has rounded the number away
};

/// Separators, brackets, invisible marks, a leading apostrophe, "tel:" and a trailing ".0" are taken off; full-width
/// and Arabic digits become ASCII.
Cell read_cell(std::string_view text);

}  // namespace otto::phone
