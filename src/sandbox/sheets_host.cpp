#include "otto/sandbox/sheets_host.hpp"

#include <fstream>
#include <sstream>

namespace otto::sandbox {
namespace {

net::Response page(int status, const std::string& title) {
  return net::Response{
      status, "text/html; charset=utf-8",
      "<!DOCTYPE html><html lang=\"en\"><head><title>" + title + "</title></head><body>" + title + "</body></html>"};
}

net::Response redirect(int status, const std::string& location) {
  auto response = page(status, "Moved");
  response.headers.set("Location", location);
  return response;
}

std::optional<std::string> read_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file) return std::nullopt;
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
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
    } else if (c == '"') {
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

/// The query interface quotes every field and ends lines with LF.
std::string quote_all(std::string_view csv) {
  if (csv.starts_with("\xEF\xBB\xBF")) csv.remove_prefix(3);
  std::string out;
  for (const auto& row : cells_of(csv)) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "\"" : ",\"";
      for (const char c : row[i]) out += c == '"' ? std::string{"\"\""} : std::string(1, c);
      out += '"';
    }
    out += '\n';
  }
  return out;
}

/// Named after the spreadsheet and the tab, as the real one's are: "Campaigns - Outbound Campaigns.csv".
net::Response csv_answer(std::string csv, const std::string& tab_title) {
  net::Response response{200, "text/csv", std::move(csv)};
  const std::string name = "Campaigns - " + tab_title + ".csv";
  std::string plain;
  for (const char c : name)
    if (c != ' ' && c != '"' && static_cast<unsigned char>(c) < 0x80) plain += c;
  response.headers.set("Content-Disposition",
                       "attachment; filename=\"" + plain + "\"; filename*=UTF-8''" + percent_encode(name));
  response.headers.set("Cache-Control", "no-cache, no-store, max-age=0, must-revalidate");
  return response;
}

}  // namespace

Result<void> SheetsHost::add(const std::string& spec) {
  const auto equals = spec.find('=');
  if (equals == 0 || equals == std::string::npos)
    return Error{Errc::Config, "--sheet must be ID=FILE.csv, ID:GID=FILE.csv or ID=private, not " + spec};
  const auto name = split(spec.substr(0, equals), ':');
  const auto file = spec.substr(equals + 1);
  auto& sheet = sheets_[name[0]];
  if (file == "private") {
    sheet.is_private = true;
    return {};
  }
  if (!read_file(file)) return Error{Errc::Config, "--sheet: cannot read " + file};
  Tab tab;
  tab.gid = name.size() > 1 ? name[1] : "0";
  tab.title = name.size() > 2 ? name[2] : "Outbound Campaigns";
  tab.file = file;
  sheet.tabs.push_back(std::move(tab));
  return {};
}

net::Response SheetsHost::handle(const net::Request& request) {
  net::Response response;
  const auto path = split(request.path, '/');  // "", "spreadsheets", "d", id, "export"
  if (request.path == "/ServiceLogin") {
    response = page(200, "Google Sheets: Sign-in");
  } else if (request.path.starts_with("/export/")) {
    response = download(request);
  } else if (path.size() >= 5 && path[2] == "d") {
    const auto found = sheets_.find(path[3]);
    const bool is_query = path.size() == 6 && path[4] == "gviz" && path[5] == "tq";
    if (found == sheets_.end()) {
      response = page(404, "Sorry, unable to open the file at this time.");
    } else if (found->second.is_private) {
      response = redirect(302, "http://" + std::string{request.headers.get("Host")} +
                                   "/ServiceLogin?service=wise&passive=1209600&ltmpl=sheets&continue=" +
                                   percent_encode(request.target));
    } else if (is_query) {
      response = query(request, found->second);
    } else if (path.size() == 5 && path[4] == "export") {
      response = export_csv(request, path[3], found->second);
    } else {
      response = page(404, "Not found");
    }
  } else {
    response = page(404, "Not found");
  }
  Json line = Json::object();
  line["target"] = request.target;
  line["status"] = response.status;
  world_.ledger.note("sheet", std::move(line));
  return response;
}

net::Response SheetsHost::export_csv(const net::Request& request, const std::string& id, const Sheet& sheet) {
  if (request.query_value("format").value_or("") != "csv") {
    world_.ledger.violate("sheet", 0, "an export without format=csv is a spreadsheet file");
    return page(400, "Bad Request");
  }
  const auto gid = request.query_value("gid");
  const Tab* tab = nullptr;
  for (const auto& candidate : sheet.tabs)
    if (tab == nullptr && (!gid || candidate.gid == *gid)) tab = &candidate;
  if (tab == nullptr) return page(400, "Bad Request");
  const auto token = world_.ids.word("");
  downloads_[token] = *tab;
  return redirect(307, "http://" + std::string{request.headers.get("Host")} + "/export/" + token +
                           "/sandbox/1760000000000/0/*/" + id + "?format=csv&id=" + id + "&gid=" + tab->gid);
}

net::Response SheetsHost::download(const net::Request& request) {
  const auto path = split(request.path, '/');
  const auto found = downloads_.find(path.size() > 2 ? path[2] : "");
  if (found == downloads_.end()) return page(403, "Forbidden");  // used, or never made
  const Tab tab = found->second;
  downloads_.erase(found);
  const auto csv = read_file(tab.file);
  return csv ? csv_answer(*csv, tab.title) : page(500, "Sorry, unable to open the file at this time.");
}

net::Response SheetsHost::query(const net::Request& request, const Sheet& sheet) {
  if (sheet.tabs.empty()) return page(404, "Not found");
  if (request.query_value("tqx").value_or("") != "out:csv") return page(400, "Bad Request");
  const auto title = request.query_value("sheet"), gid = request.query_value("gid");
  const Tab* tab = &sheet.tabs.front();  // an unknown title silently gives the first tab
  for (const auto& candidate : sheet.tabs)
    if ((title && candidate.title == *title) || (gid && candidate.gid == *gid)) tab = &candidate;
  if (request.query_value("headers").value_or("") != "1")
    world_.ledger.violate("sheet", 0, "a query without headers=1 lets the service guess which rows are the header");
  const auto csv = read_file(tab->file);
  return csv ? csv_answer(quote_all(*csv), tab->title) : page(500, "Sorry, unable to open the file at this time.");
}

}  // namespace otto::sandbox
