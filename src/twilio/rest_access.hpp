// What every request to Twilio's REST API and media needs: who we are, and what a refusal means.
#pragma once

#include <string>

#include "otto/base/error.hpp"
#include "otto/twilio/line.hpp"

namespace otto::twilio {

/// "Basic …"
std::string authorization_of(const LineSettings& settings);
bool has_api_key(const LineSettings& settings);
/// …/2010-04-01/Accounts/AC…
std::string account_url_of(const LineSettings& settings);

/// What an answer that is not a success means for everything but a create.
Error to_error(int status, const std::string& body);

}  // namespace otto::twilio
