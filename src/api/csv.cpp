#include "otto/api/csv.hpp"

namespace otto::api {

namespace {

void append_cell(std::string& line, std::string_view text) {
  const bool is_formula = !text.empty() && std::string_view{"=+-@\t\r"}.find(text.front()) != std::string_view::npos;
  const bool is_quoted = text.find_first_of(",\"\r\n") != std::string_view::npos;
  if (is_quoted) line += '"';
  if (is_formula) line += '\'';
  for (const char c : text) line.append(c == '"' ? 2 : 1, c);
  if (is_quoted) line += '"';
}

}  // namespace

std::string csv_line(const std::vector<std::string>& cells) {
  std::string line;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (i > 0) line += ',';
    append_cell(line, cells[i]);
  }
  return line + "\r\n";
}

}  // namespace otto::api
