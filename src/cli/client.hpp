// A command's talk with a running daemon over its HTTP API.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "otto/base/config.hpp"
#include "otto/net/message.hpp"
#include "otto/rt/time.hpp"

#include "output.hpp"

namespace otto::cli {

struct Api {
  std::string base_url, key;
};
/// OTTO_URL and OTTO_API_KEY; nullopt unless both are set.
std::optional<Api> api_of_environment();
/// The daemon's own address and the first API key, unless the environment says otherwise.
Api api_of(const Config& config);

/// What came of a request.
struct Reply {
  int status = 0;  ///< 0: no answer
  Json body;       ///< an error's is the API's, also where there was no answer
  bool ok() const noexcept { return status >= 200 && status < 300; }
  /// Whether it may go better in a moment: nobody answers, or a service is away.
  bool may_pass() const noexcept { return status == 0 || status == 429 || status >= 500; }
};

class Client {
 public:
  Client(Api api, Output output) : out{output}, api_{std::move(api)} {}

  Reply request(std::string method, const std::string& path, std::string body = {}) const;
  /// The answer; nullopt when it is not one of success, which has been said.
  std::optional<Json> ask(std::string method, const std::string& path, std::string body = {}) const;
  /// Every page of a list whose first is at `path` (with a query). False when one could not be had, which has been
  /// said.
  bool pages(const std::string& path, const std::function<void(const Json&)>& take) const;
  /// A sound, part by part (RFC 9110 §14). False as of pages().
  bool parts(const std::string& path, const std::function<void(const std::string&)>& take) const;

  const Output out;

 private:
  Result<net::Response> send(std::string method, const std::string& path, std::string body,
                             const std::string& range = {}) const;
  Reply reply_of(const Result<net::Response>& answer) const;

  Api api_;
};

/// A file's bytes, or standard input's for "-".
Result<std::string> read_input(const std::string& file);

/// Blocks; for commands that look again and again.
void wait_for(milliseconds time);

}  // namespace otto::cli
