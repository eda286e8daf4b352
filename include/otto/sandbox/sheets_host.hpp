// Google Sheets without an account: CSV exports with the redirect across to a second path, the sign-in page of a sheet
// that is not shared, and the query interface with its own quoting.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "otto/net/message.hpp"
#include "otto/sandbox/grid.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

struct SheetTab {
  std::string gid, title, file;
  std::optional<Grid> grid;  ///< once somebody has looked into it or edited it
};
/// What the service account may do with it.
enum class SheetAccess : std::uint8_t { None, Reader, Writer };
struct Spreadsheet {
  std::vector<SheetTab> tabs;
  bool is_private = false;  ///< not readable by anyone with the link
  SheetAccess access = SheetAccess::Writer;
};

class SheetsHost {
 public:
  explicit SheetsHost(World& world) : world_{world} {}
  /// `spec`: "ID=FILE.csv" (the first tab), "ID:GID=FILE.csv", "ID:GID:TITLE=FILE.csv" or "ID=private".
  Result<void> add(const std::string& spec);
  /// Any request below /spreadsheets/, /export/ or /ServiceLogin.
  net::Response handle(const net::Request& request);

  /// /_sandbox/sheets/{id}: GET shows every cell, POST edits as a person would (edit_grid), renames or unshares.
  net::Response control(const net::Request& request, const std::string& id);
  Spreadsheet* find(const std::string& id);
  static Grid& grid_of(SheetTab& tab);

 private:
  net::Response export_csv(const net::Request& request, const std::string& id, const Spreadsheet& sheet);
  net::Response query(const net::Request& request, const Spreadsheet& sheet);
  net::Response download(const net::Request& request);
  World& world_;
  std::map<std::string, Spreadsheet, std::less<>> sheets_;
  std::map<std::string, SheetTab> downloads_;  ///< single-use path → file
};

}  // namespace otto::sandbox
