// The hook: one POST to somebody else's server. What an answer means is the dispatcher's business.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct HookRequest {
  std::string url;  ///< used byte for byte: its query may be a signature
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  HookRequest() = default;
};

struct HookAnswer {
  int status = 0;
  std::string content_type, body;  ///< the body is cut after 64 KiB
  seconds retry_after{0};          ///< 0: the answer named none
  HookAnswer() = default;
};

class HookSender {
 public:
  virtual ~HookSender() = default;
  /// 15 s at most; never retried, redirects are answers. Forbidden: the address is private and not allowed;
  /// InvalidInput: not an http(s) URL; ConnectFailed, ConnectionLost, TimedOut, Protocol, TooLarge.
  virtual Task<Result<HookAnswer>> post(HookRequest request) = 0;
};

}  // namespace otto::ports
