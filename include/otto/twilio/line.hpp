// The line over Twilio's REST API. Creates go out once on a fresh connection and are never retried here; reads and
// hang-ups, which may be repeated, are tried again after 429, 5xx and connect failures.
#pragma once

#include <memory>
#include <string>

#include "otto/ports/line.hpp"
#include "otto/rt/time.hpp"

namespace otto::twilio {

struct LineSettings {
  std::string account_sid, auth_token;
  std::string api_key_sid, api_key_secret;                        ///< used instead of the auth token when both are set
  std::string api_base_url;                                       ///< "https://api.twilio.com", no slash at the end
  std::string base_url;                                           ///< ours, public, no slash at the end
  std::string voice = "Polly.Joanna-Neural", language = "en-US";  ///< of say_and_hang_up()
  milliseconds create_deadline{12'000};                           ///< ports::Line's promise
  milliseconds request_deadline{10'000};                          ///< of one try of anything else

  LineSettings() = default;
};

/// `timers` must outlive the line.
std::unique_ptr<ports::Line> make_line(LineSettings settings, rt::Timers& timers);

}  // namespace otto::twilio
