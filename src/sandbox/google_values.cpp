// What Google's API does to a spreadsheet once a request has passed sign-in, quota and faults (google_host.cpp).
#include <algorithm>

#include "otto/sandbox/google_host.hpp"

#include "sandbox/google_refusal.hpp"

namespace otto::sandbox {

namespace {

net::Response bad_range(const std::string& range) {
  return refuse(400, "INVALID_ARGUMENT", "Unable to parse range: " + range);
}

}  // namespace

net::Response GoogleHost::describe(const Spreadsheet& sheet) const {
  Json list = Json::array();
  for (const auto& tab : sheet.tabs) {
    const Json properties{{"sheetId", std::stoll(tab.gid)}, {"title", tab.title}, {"sheetType", "GRID"}};
    list.push_back({{"properties", properties}});
  }
  return net::json_response(200, {{"properties", {{"title", "Campaigns"}}}, {"sheets", std::move(list)}});
}

SheetTab* GoogleHost::tab_of(Spreadsheet& sheet, const std::string& title) const {
  const auto found = std::ranges::find_if(sheet.tabs, [&](const SheetTab& tab) { return tab.title == title; });
  return found == sheet.tabs.end() ? nullptr : &*found;
}

net::Response GoogleHost::get_values(const std::string& range, Spreadsheet& sheet, const net::Request& request) {
  const auto parsed = parse_a1(range);
  SheetTab* tab = parsed ? tab_of(sheet, parsed->tab) : nullptr;
  if (tab == nullptr || parsed->last_row != -1 || parsed->last_column != -1) return bad_range(range);
  if (request.query_value("valueRenderOption").value_or("") != "UNFORMATTED_VALUE")
    world_.ledger.violate("google.values", 0, "formatted values lose the digits of telephone numbers");
  const Grid& grid = SheetsHost::grid_of(*tab);
  A1Range whole;
  whole.tab = tab->title;
  whole.last_row = grid.row_count - 1;
  whole.last_column = grid.column_count - 1;
  Json answer{{"range", format_a1(whole)}, {"majorDimension", "ROWS"}};
  if (Json values = grid_values(grid); !values.empty()) answer["values"] = std::move(values);
  return net::json_response(200, answer);
}

/// All cells or none.
net::Response GoogleHost::update_values(const Json& body, Spreadsheet& sheet) {
  if (text_at(body, "valueInputOption") != "RAW")
    world_.ledger.violate("google.write", 0, "untrusted text must be written RAW");
  struct Cell {
    Grid* grid;
    int row, column;
    Json value;
  };
  std::vector<Cell> cells;
  for (const Json& entry : body.value("data", Json::array())) {
    const std::string range = text_at(entry, "range");
    const auto parsed = parse_a1(range);
    SheetTab* tab = parsed ? tab_of(sheet, parsed->tab) : nullptr;
    if (tab == nullptr || parsed->last_row < 0 || parsed->last_column < 0) return bad_range(range);
    Grid& grid = SheetsHost::grid_of(*tab);
    const Json rows = entry.value("values", Json::array());
    for (std::size_t r = 0; r < rows.size(); ++r) {
      for (std::size_t c = 0; c < rows[r].size(); ++c) {
        const int row = parsed->first_row + static_cast<int>(r), column = parsed->first_column + static_cast<int>(c);
        if (row > parsed->last_row || column > parsed->last_column || row >= grid.row_count ||
            column >= grid.column_count)
          return refuse(400, "INVALID_ARGUMENT", "Range (" + range + ") exceeds grid limits.");
        if (!rows[r][c].is_null()) cells.push_back({&grid, row, column, rows[r][c]});
      }
    }
  }
  for (auto& cell : cells) cell.grid->set(cell.row, cell.column, std::move(cell.value));
  return net::json_response(200, {{"totalUpdatedCells", cells.size()}});
}

net::Response GoogleHost::append(const std::string& range, const Json& body, Spreadsheet& sheet) {
  const auto parsed = parse_a1(range);
  SheetTab* tab = parsed ? tab_of(sheet, parsed->tab) : nullptr;
  if (tab == nullptr) return bad_range(range);
  Grid& grid = SheetsHost::grid_of(*tab);
  for (const Json& row : body.value("values", Json::array())) {
    const auto at = static_cast<std::size_t>(grid.used_rows());
    grid.rows.resize(std::max(grid.rows.size(), at));
    grid.rows.insert(grid.rows.begin() + static_cast<std::ptrdiff_t>(at), row.get<std::vector<Json>>());
    ++grid.row_count;
  }
  return net::json_response(200, {{"updates", {{"updatedRange", range}}}});
}

net::Response GoogleHost::change_sheets(const Json& body, Spreadsheet& sheet) {
  for (const Json& change : body.value("requests", Json::array())) {
    if (change.contains("addSheet")) {
      const Json properties = change["addSheet"].value("properties", Json::object());
      SheetTab tab;
      tab.title = text_at(properties, "title");
      tab.gid = text_at(properties, "sheetId");
      if (tab_of(sheet, tab.title) != nullptr)
        return refuse(400, "INVALID_ARGUMENT",
                      "Invalid requests[0].addSheet: A sheet with the name \"" + tab.title +
                          "\" already exists. Please enter another name.");
      const Json grid = properties.value("gridProperties", Json::object());
      tab.grid.emplace();
      tab.grid->row_count = static_cast<int>(integer_at(grid, "rowCount").value_or(1000));
      tab.grid->column_count = static_cast<int>(integer_at(grid, "columnCount").value_or(26));
      sheet.tabs.push_back(std::move(tab));
    } else if (change.contains("updateCells")) {
      const Json& update = change["updateCells"];
      const std::string gid = text_at(update["start"], "sheetId");
      for (auto& tab : sheet.tabs) {
        if (tab.gid != gid) continue;
        int column = 0;
        for (const Json& cell : update["rows"][0]["values"])
          SheetsHost::grid_of(tab).set(0, column++, cell["userEnteredValue"]["stringValue"]);
      }
    } else {
      return refuse(400, "INVALID_ARGUMENT", "The sandbox knows addSheet and updateCells.");
    }
  }
  return net::json_response(200, Json::object());
}

}  // namespace otto::sandbox
