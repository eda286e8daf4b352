// Google's service-account key, as people hand it over, and the signed assertion that an access token is asked for with
// (RFC 7523). Nothing is contacted here. The private key is secret: no error quotes it.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"

namespace otto::sheets {

struct ServiceAccount {
  std::string client_email;  ///< what a sheet has to be shared with
  std::string private_key;   ///< PEM
  std::string private_key_id, token_uri, project_id;
};

/// GOOGLE_SHEETS_CREDENTIALS: the key's JSON, base64 of it, or a path to a file with either. Config: it cannot be read,
/// is no service-account key, or its token_uri is neither Google's (https, *.googleapis.com) nor on the host of
/// `api_base_url`: a signed assertion must not go wherever pasted JSON says.
Result<ServiceAccount> load_service_account(std::string_view setting, std::string_view api_base_url);

/// Reading and writing of sheets; nothing else of the account's.
inline constexpr std::string_view kSheetsScope = "https://www.googleapis.com/auth/spreadsheets";

/// A JWT (RS256) that is valid from a minute before `now`, so that a clock which is a little fast does not matter, to
/// an hour after that, the longest that is accepted. Config: the private key is none.
Result<std::string> make_assertion(const ServiceAccount& account, TimePoint now);

}  // namespace otto::sheets
