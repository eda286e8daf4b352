#include "otto/sandbox/sheets_host.hpp"

#include <algorithm>
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

/// The query interface quotes every field and ends lines with LF.
std::string quote_all(std::string_view csv) {
  std::string out;
  for (const auto& row : grid_from_csv(csv).rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? "\"" : ",\"";
      for (const char c : row[i].is_string() ? row[i].get<std::string>() : row[i].dump())
        out += c == '"' ? std::string{"\"\""} : std::string(1, c);
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

/// What is on file until somebody has edited it: tests may exchange the file.
std::optional<std::string> csv_of(const SheetTab& tab) {
  return tab.grid ? std::optional{grid_to_csv(*tab.grid)} : read_file(tab.file);
}

}  // namespace

Spreadsheet* SheetsHost::find(const std::string& id) {
  const auto found = sheets_.find(id);
  return found == sheets_.end() ? nullptr : &found->second;
}

Grid& SheetsHost::grid_of(SheetTab& tab) {
  if (!tab.grid) tab.grid = grid_from_csv(read_file(tab.file).value_or(""));
  return *tab.grid;
}

net::Response SheetsHost::control(const net::Request& request, const std::string& id) {
  Spreadsheet* sheet = find(id);
  if (sheet == nullptr) return net::error_response(404, "not_found", "There is no such sheet.");
  if (request.method == "POST") {
    const auto body = parse_json(request.body);
    if (!body || !body->is_object()) return net::error_response(400, "malformed", "An object is needed.");
    const std::string title = text_at(*body, "tab");
    const auto tab =
        std::ranges::find_if(sheet->tabs, [&](const auto& t) { return title.empty() || t.title == title; });
    if (tab == sheet->tabs.end()) return net::error_response(404, "not_found", "There is no such tab.");
    for (const Json& edit : body->value("edits", Json::array())) {
      const auto done = edit_grid(grid_of(*tab), edit);
      if (!done) return net::error_response(done.error());
      world_.ledger.note("sheet.edit", edit);
    }
    const std::string renamed = text_at(*body, "rename");
    if (!renamed.empty()) tab->title = renamed;
    const std::string access = text_at(*body, "access");
    if (!access.empty())
      sheet->access =
          access == "writer" ? SheetAccess::Writer : (access == "reader" ? SheetAccess::Reader : SheetAccess::None);
  }
  Json tabs = Json::array();
  for (auto& tab : sheet->tabs)
    tabs.push_back({{"gid", tab.gid}, {"title", tab.title}, {"values", grid_values(grid_of(tab))}});
  return net::json_response(200, {{"tabs", std::move(tabs)}});
}

Result<void> SheetsHost::add(const std::string& spec) {
  const auto equals = spec.find('=');
  if (equals == 0 || equals == std::string::npos)
    return Error{Errc::Config, "--sheet must be ID=FILE.csv, ID:GID=FILE.csv or ID=private, not " + spec};
  const auto name = split(spec.substr(0, equals), ':');
  const auto file = spec.substr(equals + 1);
  auto& sheet = sheets_[name[0]];
  if (file == "private") {
    sheet.is_private = true;
    sheet.access = SheetAccess::None;
    return {};
  }
  if (!read_file(file)) return Error{Errc::Config, "--sheet: cannot read " + file};
  SheetTab tab;
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

net::Response SheetsHost::export_csv(const net::Request& request, const std::string& id, const Spreadsheet& sheet) {
  if (request.query_value("format").value_or("") != "csv") {
    world_.ledger.violate("sheet", 0, "an export without format=csv is a spreadsheet file");
    return page(400, "Bad Request");
  }
  const auto gid = request.query_value("gid");
  const SheetTab* tab = nullptr;
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
  const SheetTab tab = found->second;
  downloads_.erase(found);
  const auto csv = csv_of(tab);
  return csv ? csv_answer(*csv, tab.title) : page(500, "Sorry, unable to open the file at this time.");
}

net::Response SheetsHost::query(const net::Request& request, const Spreadsheet& sheet) {
  if (sheet.tabs.empty()) return page(404, "Not found");
  if (request.query_value("tqx").value_or("") != "out:csv") return page(400, "Bad Request");
  const auto title = request.query_value("sheet"), gid = request.query_value("gid");
  const SheetTab* tab = &sheet.tabs.front();  // an unknown title silently gives the first tab
  for (const auto& candidate : sheet.tabs)
    if ((title && candidate.title == *title) || (gid && candidate.gid == *gid)) tab = &candidate;
  if (request.query_value("headers").value_or("") != "1")
    world_.ledger.violate("sheet", 0, "a query without headers=1 lets the service guess which rows are the header");
  const auto csv = csv_of(*tab);
  return csv ? csv_answer(quote_all(*csv), tab->title) : page(500, "Sorry, unable to open the file at this time.");
}

}  // namespace otto::sandbox
