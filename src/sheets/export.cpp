#include "otto/sheets/export.hpp"

#include <algorithm>

#include "otto/base/text.hpp"

namespace otto::sheets {

namespace {

bool is_google(const net::Url& url) { return url.scheme == "https" && url.host == "docs.google.com"; }

bool is_sign_in(const net::Url& url) { return url.host == "accounts.google.com"; }

Error not_public() {
  return {Errc::Forbidden,
          "The sheet is not readable by anyone with the link: share it so (General access: Anyone with the link, "
          "Viewer, downloads allowed), or set GOOGLE_SHEETS_CREDENTIALS and share it with that account."};
}
Error throttled() {
  return {Errc::RateLimited, "Google Sheets refuses more downloads for the moment; try again in a minute."};
}

std::string absolute(const net::Url& from, std::string_view location) {
  if (location.find("://") != std::string_view::npos) return std::string{location};
  if (location.starts_with("//")) return from.scheme + ":" + std::string{location};
  std::string url = from.scheme + "://" + from.authority();
  if (!location.starts_with('/')) {
    const std::string path = from.target.substr(0, from.target.find('?'));
    url += path.substr(0, path.rfind('/') + 1);
  }
  return url + std::string{location};
}

Error refused(int status, const ports::SheetSource& source) {
  switch (status) {
    case 401:
    case 403:
      return not_public();
    case 404:
    case 410:
      return {Errc::NotFound,
              "There is no sheet with the id " + source.id + "; check googleSheetId (or GOOGLE_SHEETS_CAMPAIGN_ID)."};
    case 400:
      return {Errc::NotFound,
              "Google Sheets cannot export this: " +
                  (source.gid ? "the sheet has no tab with the gid " + *source.gid + ", or it" : std::string{"it"}) +
                  " is an uploaded Excel file (open it and choose File, Save as Google Sheets)."};
    case 429:
      return throttled();
    default:
      break;
  }
  return {Errc::ProviderUnavailable, "Google Sheets answered with status " + std::to_string(status) +
                                         (status >= 500 ? "; try again later." : " instead of a table.")};
}

/// Google replaces what file names must not hold.
std::string as_file_name(std::string_view title) {
  std::string name{title};
  std::replace_if(
      name.begin(), name.end(),
      [](char c) { return std::string_view{"/\\:*?\"<>|"}.find(c) != std::string_view::npos; }, '_');
  return name;
}

}  // namespace

std::string export_url(std::string_view base, const std::string& id, const std::optional<std::string>& gid) {
  std::string url = std::string{base} + "/spreadsheets/d/" + id + "/export?format=csv";
  if (gid) url += "&gid=" + percent_encode(*gid);
  return url;
}

std::string query_url(std::string_view base, const std::string& id, const std::optional<std::string>& tab) {
  // headers=1: otherwise several rows may be guessed to be the header and are merged into one.
  std::string url = std::string{base} + "/spreadsheets/d/" + id + "/gviz/tq?tqx=out:csv&headers=1";
  if (tab) url += "&sheet=" + percent_encode(*tab);
  return url;
}

Result<std::string> follow_redirect(const net::Url& base, const net::Url& from, std::string_view location) {
  const Error lost{Errc::ProviderUnavailable, "Google Sheets redirects to an address that is not followed."};
  if (trim(location).empty()) return lost;
  std::string url = absolute(from, trim(location));
  const auto target = net::parse_url(url);
  if (!target) return lost;
  if (is_sign_in(*target)) return not_public();
  if (target->host == "www.google.com" && target->target.starts_with("/sorry")) return throttled();
  const bool allowed = is_google(base)
                           ? target->scheme == "https" && target->port == 443 &&
                                 (target->host == "docs.google.com" || target->host.ends_with(".googleusercontent.com"))
                           : target->scheme == base.scheme && target->host == base.host && target->port == base.port;
  if (!allowed)
    return Error{Errc::ProviderUnavailable,
                 "Google Sheets redirects to " + target->host + ", which is not one of its download hosts."};
  return url;
}

Result<std::string> csv_of(net::Response response, const ports::SheetSource& source) {
  if (response.status != 200) return refused(response.status, source);
  const std::string type = to_lower(response.headers.get("Content-Type"));
  std::string_view body = response.body;
  if (body.starts_with("\xEF\xBB\xBF")) body.remove_prefix(3);
  if (type.starts_with("text/html") || trim(body).starts_with('<')) return not_public();
  if (trim(type.substr(0, type.find(';'))) != "text/csv")
    return Error{Errc::ProviderUnavailable,
                 "Google Sheets answered with " +
                     (type.empty() ? std::string{"something untyped"} : std::string{truncate_utf8(type, 60)}) +
                     " instead of text/csv."};
  return std::move(response.body);
}

std::string suggested_name(std::string_view content_disposition) {
  std::string name;
  // The extended form is exact; the plain one lacks spaces and other scripts, so it is not used.
  for (const std::string& part : split(content_disposition, ';')) {
    const std::string_view field = trim(part);
    constexpr std::string_view kExtended = "filename*=utf-8''";
    if (!to_lower(field).starts_with(kExtended)) continue;
    if (auto decoded = percent_decode(field.substr(kExtended.size()))) name = std::move(*decoded);
  }
  if (to_lower(name).ends_with(".csv")) name.resize(name.size() - 4);
  return name;
}

bool names_tab(std::string_view suggested, std::string_view tab) {
  const std::string ending = " - " + as_file_name(tab);
  if (tab.empty() || suggested.size() < ending.size()) return false;
  return iequals(as_file_name(suggested.substr(suggested.size() - ending.size())), ending);
}

}  // namespace otto::sheets
