// Speech that is made ahead of the moment in which it is needed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

class Speech {
 public:
  virtual ~Speech() = default;
  /// `text` in the agent's own voice, as 8 kHz mono µ-law. 15 s; never retried: it is paid by the character. NotFound:
  /// no such agent or voice; Unauthorized; ProviderRefused (quota); RateLimited; ProviderUnavailable; TimedOut.
  virtual Task<Result<std::vector<std::uint8_t>>> speak(std::string agent_id, std::string text) = 0;
};

}  // namespace otto::ports
