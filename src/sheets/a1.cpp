#include "otto/sheets/a1.hpp"

namespace otto::sheets {

std::string quote_tab(std::string_view title) {
  std::string quoted = "'";
  for (const char c : title) {
    quoted += c;
    if (c == '\'') quoted += c;
  }
  return quoted + "'";
}

std::string column_letters(std::size_t column) {
  std::string letters;
  for (std::size_t n = column + 1; n > 0; n = (n - 1) / 26)
    letters.insert(letters.begin(), static_cast<char>('A' + (n - 1) % 26));
  return letters;
}

std::string cell_range(std::string_view title, int row, std::size_t column) {
  return quote_tab(title) + "!" + column_letters(column) + std::to_string(row);
}

}  // namespace otto::sheets
