// Google Sheets without an account: CSV exports with the redirect across to a second path, the sign-in page of a sheet
// that is not shared, and the query interface with its own quoting.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "otto/net/message.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

class SheetsHost {
 public:
  explicit SheetsHost(World& world) : world_{world} {}
  /// `spec`: "ID=FILE.csv" (the first tab), "ID:GID=FILE.csv", "ID:GID:TITLE=FILE.csv" or "ID=private".
  Result<void> add(const std::string& spec);
  /// Any request below /spreadsheets/, /export/ or /ServiceLogin.
  net::Response handle(const net::Request& request);

 private:
  struct Tab {
    std::string gid, title, file;
  };
  struct Sheet {
    std::vector<Tab> tabs;
    bool is_private = false;
  };
  net::Response export_csv(const net::Request& request, const std::string& id, const Sheet& sheet);
  net::Response query(const net::Request& request, const Sheet& sheet);
  net::Response download(const net::Request& request);
  World& world_;
  std::map<std::string, Sheet, std::less<>> sheets_;
  std::map<std::string, Tab> downloads_;  ///< single-use path → file
};

}  // namespace otto::sandbox
