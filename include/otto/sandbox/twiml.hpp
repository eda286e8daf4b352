// TwiML as the carrier reads it: case-sensitive names, known verbs and attributes only. What is wrong but survivable is
// a warning; what ends the document is an error with the carrier's code.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace otto::sandbox {

struct Verb {
  enum class Kind : std::uint8_t { ConnectStream, Dial, Say, Play, Pause, Hangup, Redirect };
  Kind kind = Kind::Hangup;
  std::string text;  ///< Say
  std::string url;   ///< Play, Redirect, the stream's
  std::string method = "POST";
  int seconds = 1;                ///< Pause
  int loop = 1;                   ///< Say, Play
  std::string action;             ///< Connect, Dial
  std::string number, caller_id;  ///< Dial
  int time_limit_s = 14'400;      ///< Dial, from the other's answer; `seconds` is how long it may ring
  std::string action_method = "POST";
  std::string stream_name, stream_status_url;
  std::vector<std::pair<std::string, std::string>> parameters;
};

struct TwimlProblem {
  int code = 0;
  std::string sentence;
};

struct Twiml {
  std::vector<Verb> verbs;
  std::vector<TwimlProblem> problems;
  bool fatal = false;  ///< the document cannot be run
};

/// `base_url` is the document's own URL: relative URLs are resolved against it.
Twiml parse_twiml(std::string_view body, std::string_view base_url);

/// As browsers do it, for http(s) and ws(s); "" gives `base` itself.
std::string resolve_url(std::string_view base, std::string_view reference);

}  // namespace otto::sandbox
