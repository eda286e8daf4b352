// One POST …/Calls.json, judged as the carrier judges it: which parameters exist, what they may hold, and with which
// code a wrong one is refused. What the carrier would ignore in silence is reported as a warning. Pure.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/text.hpp"
#include "otto/sandbox/identity.hpp"
#include "otto/sandbox/voice.hpp"

namespace otto::sandbox {

struct RestError {
  int status = 400;
  int code = 0;
  std::string message;
};

/// Where a webhook goes and how often it is tried (the URL's fragment).
struct Target {
  std::string url;  ///< without the fragment: what is requested and signed
  std::string method = "POST";
  int connect_ms = 5000, read_ms = 15'000, total_ms = 15'000, retries = 1;
  bool retry_connect = true, retry_read = false, retry_4xx = false, retry_5xx = false;
  bool empty() const noexcept { return url.empty(); }
};

struct CreateRequest {
  std::string to, from, twiml;
  Target url, fallback, status, amd, recording;
  std::vector<std::string> status_events{"completed"}, recording_events{"completed"};
  bool detect_machine = false, async_amd = false;
  DetectorSettings detector;
  bool record = false;
  int recording_channels = 1;
  std::string recording_track = "both";
  int ring_timeout_s = 60, time_limit_s = 14'400;

  bool wants(std::string_view event) const noexcept;
};

struct CreateVerdict {
  std::optional<CreateRequest> request;
  std::optional<RestError> error;
  std::vector<std::pair<int, std::string>> warnings;
};
CreateVerdict judge_create(const FormFields& form, const Identity& identity);

/// Splits the connection overrides off. nullopt: no absolute http(s) URL with a valid hostname.
std::optional<Target> parse_target(const std::string& text, const std::string& method,
                                   std::vector<std::pair<int, std::string>>& warnings);

}  // namespace otto::sandbox
