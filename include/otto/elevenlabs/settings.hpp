// Where ElevenLabs is, who we are to it, and how long we wait. One base URL per residency region.
#pragma once

#include <string>

#include "otto/base/clock.hpp"
#include "otto/elevenlabs/agent_config.hpp"

namespace otto::elevenlabs {

struct Limits {
  milliseconds signed_url{5000};  ///< for fetching one, the second try included
  milliseconds request{15'000};   ///< any other REST request, the second try included
  milliseconds retry_pause{500};  ///< before the second try, unless Retry-After says
  milliseconds connect{5000};     ///< DNS, TCP, TLS and the WebSocket handshake
  milliseconds metadata{5000};    ///< from the open socket to the server's first message
  milliseconds silence{15'000};   ///< no frame of any kind for so long: the connection is dead
  milliseconds goodbye{2000};     ///< a close in order, all of it
  minutes ticket{14};             ///< a signed URL must be used within 15 minutes

  Limits() = default;
};

struct Settings {
  std::string api_key;
  std::string api_base_url = "https://api.elevenlabs.io";
  CheckOptions check;
  Limits limits;

  Settings() = default;
  Settings(std::string key, std::string base) : api_key{std::move(key)}, api_base_url{std::move(base)} {}
};

}  // namespace otto::elevenlabs
