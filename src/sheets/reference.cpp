#include "otto/sheets/reference.hpp"

#include <algorithm>
#include <string>
#include <vector>

#include "otto/base/text.hpp"

namespace otto::sheets {

namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_id_char(char c) {
  return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-' || c == '_';
}

/// "gid" out of "gid=12&range=A1".
std::optional<std::string> find_gid(std::string_view parameters) {
  for (const std::string& pair : split(parameters, '&'))
    if (pair.starts_with("gid=")) return pair.substr(4);
  return std::nullopt;
}

struct UrlParts {
  std::string host;
  std::vector<std::string> path;
  std::string query, fragment;
};

UrlParts cut_url(std::string_view text) {
  UrlParts parts;
  if (const auto at = text.find("://"); at != std::string_view::npos) text.remove_prefix(at + 3);
  if (const auto at = text.find('#'); at != std::string_view::npos) {
    parts.fragment = text.substr(at + 1);
    text = text.substr(0, at);
  }
  if (const auto at = text.find('?'); at != std::string_view::npos) {
    parts.query = text.substr(at + 1);
    text = text.substr(0, at);
  }
  parts.path = split(text, '/');
  parts.host = to_lower(parts.path.front());
  parts.path.erase(parts.path.begin());
  return parts;
}

Error published() {
  return {Errc::InvalidInput,
          "This is the link of a published copy (\"/d/e/2PACX-…\"), which lags behind; open the sheet itself in a "
          "browser and give its address (https://docs.google.com/spreadsheets/d/…/edit#gid=…)."};
}
Error not_a_reference() {
  return {Errc::InvalidInput,
          "googleSheetId must be a spreadsheet's id (the long part of its address after /d/) or its whole address "
          "(https://docs.google.com/spreadsheets/d/…/edit#gid=…)."};
}

Result<ports::SheetSource> read_url(std::string_view text) {
  const UrlParts url = cut_url(text);
  if (url.host != "docs.google.com") return not_a_reference();
  // /spreadsheets/d/ID/…, /spreadsheets/u/1/d/ID/… (several accounts), /a/example.com/spreadsheets/d/ID/…
  const auto sheets = std::find(url.path.begin(), url.path.end(), "spreadsheets");
  const auto marker = std::find(sheets, url.path.end(), "d");
  if (marker == url.path.end() || marker + 1 == url.path.end()) return not_a_reference();
  if (*(marker + 1) == "e") return published();
  ports::SheetSource source;
  source.id = *(marker + 1);
  if (!is_sheet_id(source.id)) return not_a_reference();
  // The browser keeps the tab shown in the fragment up to date; the query may be the link's older one.
  source.gid = find_gid(url.fragment);
  if (!source.gid) source.gid = find_gid(url.query);
  if (source.gid && !is_gid(*source.gid))
    return Error{Errc::InvalidInput,
                 "The address of the sheet has a gid that is not a number; copy it again from the "
                 "browser while the tab is open."};
  return source;
}

}  // namespace

bool is_sheet_id(std::string_view text) noexcept {
  return text.size() >= 20 && text.size() <= 100 && std::all_of(text.begin(), text.end(), is_id_char);
}

bool is_gid(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 12 && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace otto::sheets

namespace otto::ports {

Result<SheetSource> parse_sheet_reference(const std::string& id_or_url, const std::string& tab) {
  const std::string_view text = trim(id_or_url);
  if (text.empty())
    return Error{Errc::InvalidInput,
                 "No sheet is named: give googleSheetId or contacts, or set GOOGLE_SHEETS_CAMPAIGN_ID."};
  Result<SheetSource> source = sheets::not_a_reference();
  if (text.starts_with("2PACX-")) {
    source = sheets::published();
  } else if (sheets::is_sheet_id(text)) {
    SheetSource bare;
    bare.id = text;
    source = std::move(bare);
  } else {
    source = sheets::read_url(text);
  }
  if (source) source->tab = trim(tab);
  return source;
}

}  // namespace otto::ports
