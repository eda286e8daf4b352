// What the audit table says about a request. Pure.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/json.hpp"
#include "otto/net/message.hpp"

namespace otto::api {

inline constexpr std::string_view kSignedIn = "session.sign_in", kSignInRefused = "session.refused",
                                  kSignedOut = "session.sign_out", kListenedIn = "call.listen";

/// "campaign.stop", …; empty: a use of this route is not kept. Every route that changes something has a name.
std::string_view audit_action(std::string_view method, std::string_view pattern);
/// What the request is about, by its path: a telephone number masked; empty when only the answer tells.
std::string audit_target(const net::Request& request);
/// The same, by a good answer's body: the campaign that was made, the number that was barred.
std::string audit_target(const net::Response& answer);
/// The fields that a JSON body sets, numbers and switches with their values: texts may be about people.
std::string audit_detail(const net::Request& request);

}  // namespace otto::api
