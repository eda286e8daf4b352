#include "otto/sheets/google_errors.hpp"

#include <algorithm>

#include "otto/base/json.hpp"
#include "otto/base/text.hpp"

namespace otto::sheets {

namespace {

constexpr std::size_t kShownTabs = 20;

struct Refusal {
  std::string status, message, reason, link;
};

std::string one_line(std::string_view text) {
  std::string line{truncate_utf8(trim(text), 300)};
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

/// The envelope's parts; all empty when the answer is not the API's own (a proxy's page).
Refusal read_refusal(std::string_view body) {
  Refusal refusal;
  const auto json = parse_json(body);
  if (!json || !json->is_object() || !json->contains("error") || !(*json)["error"].is_object()) return refusal;
  const Json& error = (*json)["error"];
  refusal.status = one_line(text_at(error, "status"));
  refusal.message = one_line(text_at(error, "message"));
  const auto details = error.find("details");
  if (details == error.end() || !details->is_array()) return refusal;
  for (const Json& detail : *details) {
    if (!detail.is_object()) continue;
    if (refusal.reason.empty()) refusal.reason = one_line(text_at(detail, "reason"));
    const auto metadata = detail.find("metadata");
    if (metadata != detail.end() && metadata->is_object() && refusal.link.empty())
      refusal.link = one_line(text_at(*metadata, "activationUrl"));
    const auto links = detail.find("links");
    if (links != detail.end() && links->is_array() && !links->empty() && (*links)[0].is_object() &&
        refusal.link.empty())
      refusal.link = one_line(text_at((*links)[0], "url"));
  }
  return refusal;
}

Error forbidden(const Refusal& refusal, const std::string& said, const Asked& asked, const ServiceAccount& account) {
  if (refusal.reason == "SERVICE_DISABLED" || refusal.message.find("has not been used in project") != std::string::npos)
    return {Errc::Forbidden, "The Google Sheets API is not enabled in the service account's project" +
                                 (account.project_id.empty() ? "" : " " + account.project_id) + "; enable it" +
                                 (refusal.link.empty() ? "" : " at " + refusal.link) + " and try again in a minute" +
                                 said + "."};
  if (refusal.message.find("protected") != std::string::npos)
    return {Errc::Forbidden, "A part of the sheet is protected; let " + account.client_email + " edit it" + said + "."};
  return {Errc::Forbidden, "The sheet is not shared with the service account: share it with " + account.client_email +
                               (asked.writing ? " as Editor" : " (as Editor, so that results can be written back)") +
                               said + "."};
}

}  // namespace

Error api_refusal(int status, std::string_view body, const Asked& asked, const ServiceAccount& account) {
  const Refusal refusal = read_refusal(body);
  const std::string said = " (" + std::to_string(status) + (refusal.status.empty() ? "" : " " + refusal.status) +
                           (refusal.message.empty() ? "" : ": " + refusal.message) + ")";
  if (refusal.status.empty() && status != 404 && status != 401)
    return {status == 429 ? Errc::RateLimited : Errc::ProviderUnavailable,
            "Google Sheets answered with status " + std::to_string(status) + " and something that is not its own."};
  switch (status) {
    case 400:
      if (refusal.message.find("Unable to parse range") != std::string::npos)
        return {Errc::NotFound, "The tab \"" + asked.title + "\" is not there any more" + said + "."};
      if (refusal.message.find("not supported for this document") != std::string::npos)
        return {Errc::InvalidInput,
                "This is an Office file that Google only shows: open it and choose File, Save as "
                "Google Sheets, and give the new sheet's address" +
                    said + "."};
      if (refusal.message.find("already exists") != std::string::npos)
        return {Errc::Conflict, "There is a tab \"" + asked.title + "\" already" + said + "."};
      return {Errc::ProviderRefused, "Google Sheets refused the request" + said + "."};
    case 401:
      return {Errc::Unauthorized, "Google Sheets refused the service account's token" + said + "."};
    case 403:
      if (refusal.reason == "RATE_LIMIT_EXCEEDED" || refusal.status == "RESOURCE_EXHAUSTED") break;
      return forbidden(refusal, said, asked, account);
    case 404:
      return {Errc::NotFound, "There is no sheet with the id " + asked.sheet_id +
                                  "; check googleSheetId (or GOOGLE_SHEETS_CAMPAIGN_ID)" + said + "."};
    case 429:
      break;
    default:
      return {status >= 500 ? Errc::ProviderUnavailable : Errc::ProviderRefused,
              (status >= 500 ? "Google Sheets is failing" : "Google Sheets refused the request") + said + "."};
  }
  return {Errc::RateLimited, "Google Sheets' quota for this minute is used up" + said + "."};
}

Error unreachable(const Error& error) {
  switch (error.code) {
    case Errc::Cancelled:
      return error;
    case Errc::TimedOut:
      return {Errc::TimedOut, "Google Sheets did not answer in time; try again."};
    case Errc::TooLarge:
      return {Errc::TooLarge, "The sheet is larger than 32 MiB; split it over several tabs."};
    default:
      return {Errc::ProviderUnavailable, "Google Sheets could not be reached: " + error.detail};
  }
}

Error no_such_tab(const std::string& wanted, const std::vector<std::string>& titles) {
  std::string list;
  for (std::size_t i = 0; i < std::min(titles.size(), kShownTabs); ++i)
    list += (i == 0 ? "\"" : ", \"") + one_line(titles[i]) + "\"";
  if (titles.size() > kShownTabs) list += ", …";
  return {Errc::NotFound, "The sheet has no tab " + wanted + "; it has " + (list.empty() ? "none" : list) +
                              ": name one of them in sheetName."};
}

}  // namespace otto::sheets
