// What the Sheets API's refusals mean, as one sentence for the person who owns the sheet. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/sheets/service_account.hpp"

namespace otto::sheets {

/// `sheet_id` and `title` name what was asked for; `writing` tells which right was needed.
struct Asked {
  std::string sheet_id, title;
  bool writing = false;
};

/// Forbidden: not shared (with which address), or shared for reading only, or the API is off (with the link that turns
/// it on); NotFound: no such sheet, no such tab; InvalidInput: an Office file; Unauthorized: the token was refused;
/// RateLimited; ProviderUnavailable: failing, or not the API's own answer; ProviderRefused: anything else, in its
/// words.
Error api_refusal(int status, std::string_view body, const Asked& asked, const ServiceAccount& account);

/// No tab of that title or number, with those that there are.
Error no_such_tab(const std::string& wanted, const std::vector<std::string>& titles);

/// A request that had no answer, in the words of the sheet's reader; the client's own sentence names host and cause.
Error unreachable(const Error& error);

}  // namespace otto::sheets
