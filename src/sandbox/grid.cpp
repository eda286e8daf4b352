#include "otto/sandbox/grid.hpp"

#include <algorithm>
#include <charconv>

namespace otto::sandbox {
namespace {

bool is_blank(const Json& cell) {
  return cell.is_null() || (cell.is_string() && cell.get_ref<const std::string&>().empty());
}

/// Cells by RFC 4180, lenient: what a spreadsheet would show.
std::vector<std::vector<std::string>> cells_of(std::string_view csv) {
  std::vector<std::vector<std::string>> rows(1);
  std::string cell;
  bool quoted = false;
  const auto end_cell = [&] { rows.back().push_back(std::exchange(cell, {})); };
  for (std::size_t i = 0; i < csv.size(); ++i) {
    const char c = csv[i];
    if (quoted && c == '"' && i + 1 < csv.size() && csv[i + 1] == '"') {
      cell += '"', ++i;
    } else if (c == '"' && (quoted || cell.empty())) {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      end_cell();
    } else if (c == '\n' && !quoted) {
      end_cell();
      rows.emplace_back();
    } else if (c != '\r' || quoted) {
      cell += c;
    }
  }
  if (!cell.empty() || !rows.back().empty()) end_cell();
  if (rows.back().empty()) rows.pop_back();
  return rows;
}

Json typed(std::string text) {
  const bool digits =
      !text.empty() && text.size() <= 15 && text[0] != '0' && text.find_first_not_of("0123456789") == std::string::npos;
  return digits ? Json(std::stoll(text)) : Json(std::move(text));
}

std::string shown(const Json& cell) {
  if (cell.is_string()) return cell.get<std::string>();
  if (cell.is_boolean()) return cell.get<bool>() ? "TRUE" : "FALSE";
  return cell.is_null() ? std::string{} : cell.dump();
}

/// "AB12", "AB" or "12": column and row from 0, -1 when absent.
std::optional<std::pair<int, int>> parse_corner(std::string_view text) {
  int column = 0, row = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] >= 'A' && text[i] <= 'Z' && i < 3; ++i) column = column * 26 + (text[i] - 'A' + 1);
  const auto digits = text.substr(i);
  if (!digits.empty()) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), row);
    if (error != std::errc{} || end != digits.data() + digits.size() || row < 1) return std::nullopt;
  }
  if (column == 0 && row == 0) return std::nullopt;
  return std::pair{column - 1, row - 1};
}

std::string letters(int column) {
  std::string text;
  for (int n = column + 1; n > 0; n = (n - 1) / 26) text.insert(text.begin(), static_cast<char>('A' + (n - 1) % 26));
  return text;
}

/// Numbers before text, as a sheet sorts.
bool comes_before(const Json& a, const Json& b) {
  if (is_blank(a) != is_blank(b)) return is_blank(b);
  if (a.is_number() && b.is_number()) return a.get<double>() < b.get<double>();
  if (a.is_number() != b.is_number()) return a.is_number();
  return shown(a) < shown(b);
}

}  // namespace

Json Grid::at(int row, int column) const {
  const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(column);
  return r < rows.size() && c < rows[r].size() ? rows[r][c] : Json(nullptr);
}

void Grid::set(int row, int column, Json value) {
  const auto r = static_cast<std::size_t>(row), c = static_cast<std::size_t>(column);
  if (rows.size() <= r) rows.resize(r + 1);
  if (rows[r].size() <= c) rows[r].resize(c + 1);
  rows[r][c] = std::move(value);
}

int Grid::used_rows() const {
  auto last = static_cast<int>(rows.size());
  while (last > 0 && std::ranges::all_of(rows[static_cast<std::size_t>(last - 1)], is_blank)) --last;
  return last;
}

Grid grid_from_csv(std::string_view csv) {
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  Grid grid;
  for (auto& cells : cells_of(csv)) {
    auto& row = grid.rows.emplace_back();
    for (auto& cell : cells) row.push_back(typed(std::move(cell)));
    grid.column_count = std::max(grid.column_count, static_cast<int>(row.size()));
  }
  grid.row_count = std::max(grid.row_count, static_cast<int>(grid.rows.size()));
  return grid;
}

std::string grid_to_csv(const Grid& grid) {
  std::size_t width = 0;
  for (const auto& row : grid.rows) width = std::max(width, row.size());
  std::string csv;
  for (int r = 0; r < grid.used_rows(); ++r) {
    for (std::size_t c = 0; c < width; ++c) {
      const std::string text = shown(grid.at(r, static_cast<int>(c)));
      if (c > 0) csv += ',';
      if (text.find_first_of(",\"\r\n") == std::string::npos) {
        csv += text;
        continue;
      }
      csv += '"';
      for (const char ch : text) csv += ch == '"' ? std::string{"\"\""} : std::string(1, ch);
      csv += '"';
    }
    csv += "\r\n";
  }
  return csv;
}

Json grid_values(const Grid& grid) {
  Json values = Json::array();
  for (int r = 0; r < grid.used_rows(); ++r) {
    Json row = Json::array();
    for (const Json& cell : grid.rows[static_cast<std::size_t>(r)]) row.push_back(cell.is_null() ? Json("") : cell);
    while (!row.empty() && is_blank(row.back())) row.erase(row.size() - 1);
    values.push_back(std::move(row));
  }
  return values;
}

std::optional<A1Range> parse_a1(std::string_view text) {
  if (!text.starts_with('\'')) return std::nullopt;
  A1Range range;
  std::size_t i = 1;
  for (;; ++i) {
    if (i >= text.size()) return std::nullopt;
    if (text[i] != '\'') {
      range.tab += text[i];
    } else if (i + 1 < text.size() && text[i + 1] == '\'') {
      range.tab += text[i++];
    } else {
      break;
    }
  }
  text.remove_prefix(i + 1);
  if (text.empty()) return range;
  if (!text.starts_with('!')) return std::nullopt;
  text.remove_prefix(1);
  const auto colon = text.find(':');
  const auto first = parse_corner(text.substr(0, colon));
  const auto last = colon == std::string_view::npos ? first : parse_corner(text.substr(colon + 1));
  if (!first || !last) return std::nullopt;
  range.first_column = std::max(first->first, 0);
  range.first_row = std::max(first->second, 0);
  range.last_column = last->first;
  range.last_row = last->second;
  return range;
}

std::string format_a1(const A1Range& range) {
  std::string text = "'";
  for (const char c : range.tab) text += c == '\'' ? std::string{"''"} : std::string(1, c);
  text += "'!" + letters(range.first_column) + std::to_string(range.first_row + 1);
  if (range.last_row != range.first_row || range.last_column != range.first_column)
    text += ":" + letters(range.last_column) + std::to_string(range.last_row + 1);
  return text;
}

Result<void> edit_grid(Grid& grid, const Json& edit) {
  const Error wrong{Errc::InvalidInput, "This is no edit: " + edit.dump()};
  if (!edit.is_object()) return wrong;
  const std::string op = text_at(edit, "op");
  const auto index = [&](const char* name) { return static_cast<int>(integer_at(edit, name).value_or(0)); };
  if (op == "sort") {
    if (grid.rows.size() < 2) return {};
    const int column = index("column");
    const bool descending = text_at(edit, "descending") == "true";
    std::vector<std::pair<Json, std::size_t>> keys;
    for (std::size_t r = 1; r < grid.rows.size(); ++r) keys.emplace_back(grid.at(static_cast<int>(r), column), r);
    std::sort(keys.begin(), keys.end(), [&](const auto& a, const auto& b) {
      if (comes_before(a.first, b.first) != comes_before(b.first, a.first))
        return descending ? comes_before(b.first, a.first) : comes_before(a.first, b.first);
      return a.second < b.second;  // stable, as sheets sort
    });
    std::vector<std::vector<Json>> sorted{grid.rows[0]};
    for (const auto& [key, row] : keys) sorted.push_back(std::move(grid.rows[row]));
    grid.rows = std::move(sorted);
  } else if (op == "insert_row" || op == "delete_row") {
    const int at = index("at") - 1;
    if (at < 0 || at > static_cast<int>(grid.rows.size())) return wrong;
    const auto place = grid.rows.begin() + at;
    if (op == "delete_row") {
      if (place != grid.rows.end()) grid.rows.erase(place);
      --grid.row_count;
    } else {
      const Json cells = edit.value("cells", Json::array());
      grid.rows.insert(place, cells.get<std::vector<Json>>());
      ++grid.row_count;
    }
  } else if (op == "set") {
    const int row = index("row") - 1, column = index("column");
    if (row < 0 || column < 0 || row >= grid.row_count || column >= grid.column_count) return wrong;
    grid.set(row, column, edit.value("value", Json()));
  } else {
    return wrong;
  }
  return {};
}

}  // namespace otto::sandbox
