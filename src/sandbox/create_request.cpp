#include "otto/sandbox/create_request.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "otto/net/message.hpp"

namespace otto::sandbox {
namespace {

using Warnings = std::vector<std::pair<int, std::string>>;

bool all_of(std::string_view text, std::string_view allowed) {
  return text.find_first_not_of(allowed) == std::string_view::npos;
}

constexpr std::string_view kDigits = "0123456789";

bool is_e164(std::string_view number) {
  return number.size() >= 8 && number.size() <= 16 && number[0] == '+' && number[1] != '0' &&
         all_of(number.substr(1), kDigits);
}

bool is_one_of(std::string_view value, std::initializer_list<std::string_view> set) {
  return std::find(set.begin(), set.end(), value) != set.end();
}

/// The values a parameter may have; everything else is refused with `code`.
struct Rule {
  std::string_view name;
  enum class Type : std::uint8_t { Free, Bool, Method, Number, Word } type;
  int code;
  int min = 0, max = 0;         ///< Number
  std::string_view words = {};  ///< Word: separated by spaces
  bool repeats = false;
};
using enum Rule::Type;

// Parameters of the create request in the provider's OpenAPI file.
constexpr std::array kRules{
    Rule{"To", Free, 21201},
    Rule{"From", Free, 21213},
    Rule{"Url", Free, 21205},
    Rule{"Method", Method, 21209},
    Rule{"Twiml", Free, 32018},
    Rule{"ApplicationSid", Free, 21218},
    Rule{"FallbackUrl", Free, 21205},
    Rule{"FallbackMethod", Method, 21209},
    Rule{"StatusCallback", Free, 21609},
    Rule{"StatusCallbackMethod", Method, 21209},
    Rule{"StatusCallbackEvent", Word, 21626, 0, 0, "initiated ringing answered completed", true},
    Rule{"MachineDetection", Word, 21234, 0, 0, "Enable DetectMessageEnd"},
    Rule{"MachineDetectionTimeout", Number, 21234, 3, 60},
    Rule{"MachineDetectionSpeechThreshold", Number, 21234, 1000, 6000},
    Rule{"MachineDetectionSpeechEndThreshold", Number, 21234, 500, 5000},
    Rule{"MachineDetectionSilenceTimeout", Number, 21234, 2000, 10'000},
    Rule{"AsyncAmd", Bool, 21234},
    Rule{"AsyncAmdStatusCallback", Free, 21609},
    Rule{"AsyncAmdStatusCallbackMethod", Method, 21209},
    Rule{"Record", Bool, 20001},
    Rule{"RecordingChannels", Word, 20001, 0, 0, "mono dual"},
    Rule{"RecordingTrack", Word, 20001, 0, 0, "inbound outbound both"},
    Rule{"RecordingStatusCallback", Free, 21609},
    Rule{"RecordingStatusCallbackMethod", Method, 21209},
    Rule{"RecordingStatusCallbackEvent", Word, 20001, 0, 0, "in-progress completed absent", true},
    Rule{"Trim", Word, 20001, 0, 0, "trim-silence do-not-trim"},
    Rule{"Timeout", Number, 21208, 1, 600},
    Rule{"TimeLimit", Number, 20001, 1, 86'400},
    Rule{"SendDigits", Free, 21206},
    Rule{"CallReason", Free, 20001},
    Rule{"CallToken", Free, 20001},
    Rule{"CallerId", Free, 20001},
    Rule{"Byoc", Free, 20001},
    Rule{"SipAuthUsername", Free, 20001},
    Rule{"SipAuthPassword", Free, 20001},
    Rule{"ClientNotificationUrl", Free, 20001},
};

bool fits(const Rule& rule, std::string_view value) {
  switch (rule.type) {
    case Free:
      return true;
    case Bool:
      return value == "true" || value == "false";
    case Method:
      return value == "GET" || value == "POST";
    case Number: {
      if (value.empty() || value.size() > 6 || !all_of(value, kDigits)) return false;
      const int number = std::stoi(std::string{value});
      return number >= rule.min && number <= rule.max;
    }
    case Word:
      for (const auto& word : split(rule.words, ' '))
        if (word == value) return true;
      return false;
  }
  return false;
}

/// First the names and the values' shapes; the parameters' meaning comes after.
std::optional<RestError> check_form(const FormFields& form, Warnings& warnings) {
  std::set<std::string_view> seen;
  for (const auto& field : form) {
    const auto* rule = std::find_if(kRules.begin(), kRules.end(), [&](const Rule& r) { return r.name == field.first; });
    if (rule == kRules.end()) {
      warnings.emplace_back(20001, "there is no parameter " + field.first + "; the carrier ignores it in silence");
      continue;
    }
    if (!seen.insert(field.first).second && !rule->repeats)
      warnings.emplace_back(20001, field.first + " is given more than once");
    if (!fits(*rule, field.second))
      return RestError{400, rule->code, "Invalid parameter: " + field.first + " '" + field.second + "'"};
  }
  return std::nullopt;
}

/// The provider's magic numbers, which behave the same for every account.
std::optional<RestError> check_numbers(const std::string& to, const std::string& from, const Identity& identity) {
  static const std::map<std::string, int, std::less<>> kMagicTo{
      {"+15005550001", 21217}, {"+15005550002", 21214}, {"+15005550003", 21215}, {"+15005550004", 21216}};
  if (to.empty()) return RestError{400, 21201, "No 'To' number is specified"};
  if (from.empty()) return RestError{400, 21213, "No 'From' number is specified"};
  if (!is_e164(from) || from == "+15005550001")
    return RestError{400, 21212, "The source phone number provided, " + from + ", is not a valid phone number."};
  if (from != "+15005550006" && !identity.owns(from))
    return RestError{400, 21210,
                     "The source phone number provided, " + from +
                         ", is not yet verified for your account. You may only make calls from phone numbers that "
                         "you've verified or purchased from the carrier."};
  if (!is_e164(to) || to == from)
    return RestError{400, 21211, "The phone number you are attempting to call, " + to + ", is not valid."};
  if (const auto magic = kMagicTo.find(to); magic != kMagicTo.end())
    return RestError{400, magic->second, "The phone number you are attempting to call, " + to + ", cannot be called."};
  return std::nullopt;
}

std::string value_of(const FormFields& form, std::string_view name) { return std::string{form_value(form, name)}; }

std::vector<std::string> values_of(const FormFields& form, std::string_view name, std::string fallback) {
  std::vector<std::string> out;
  for (const auto& field : form)
    if (field.first == name) out.push_back(field.second);
  if (out.empty()) out.push_back(std::move(fallback));
  return out;
}

int number_of(const FormFields& form, std::string_view name, int fallback) {
  const auto value = form_value(form, name);
  return value.empty() ? fallback : std::stoi(std::string{value});
}

/// A URL parameter with its method; empty when it is absent.
std::optional<RestError> read_target(const FormFields& form, const std::string& name, const std::string& method_name,
                                     int code, Target& out, Warnings& warnings) {
  const auto text = value_of(form, name);
  if (text.empty()) return std::nullopt;
  auto method = value_of(form, method_name);
  if (method.empty()) method = "POST";
  auto target = parse_target(text, method, warnings);
  if (!target) return RestError{400, code, name + " is not a valid URL: " + text};
  out = std::move(*target);
  return std::nullopt;
}

std::optional<RestError> read_targets(const FormFields& form, CreateRequest& out, Warnings& warnings) {
  struct Entry {
    std::string name, method;
    int code;
    Target* target;
  };
  const std::array entries{Entry{"Url", "Method", 21205, &out.url},
                           Entry{"FallbackUrl", "FallbackMethod", 21205, &out.fallback},
                           Entry{"StatusCallback", "StatusCallbackMethod", 21609, &out.status},
                           Entry{"AsyncAmdStatusCallback", "AsyncAmdStatusCallbackMethod", 21609, &out.amd},
                           Entry{"RecordingStatusCallback", "RecordingStatusCallbackMethod", 21609, &out.recording}};
  for (const auto& entry : entries)
    if (auto error = read_target(form, entry.name, entry.method, entry.code, *entry.target, warnings)) return error;
  return std::nullopt;
}

void read_detection(const FormFields& form, CreateRequest& out, Warnings& warnings) {
  const auto mode = value_of(form, "MachineDetection");
  out.async_amd = form_value(form, "AsyncAmd") == "true";
  out.detect_machine = !mode.empty() && form_value(form, "SendDigits").empty();
  if (!mode.empty() && !out.detect_machine) warnings.emplace_back(20001, "MachineDetection is ignored with SendDigits");
  if (mode.empty() && form_value(form, "AsyncAmd") == "true")
    warnings.emplace_back(21263, "AsyncAmd has no effect without MachineDetection");
  if (out.detect_machine && out.async_amd && out.amd.empty())
    warnings.emplace_back(21262, "AsyncAmd without AsyncAmdStatusCallback: nobody will hear the verdict");
  out.detector.message_end = mode == "DetectMessageEnd";
  out.detector.timeout_s = number_of(form, "MachineDetectionTimeout", 30);
  out.detector.speech_threshold_ms = number_of(form, "MachineDetectionSpeechThreshold", 2400);
  out.detector.speech_end_ms = number_of(form, "MachineDetectionSpeechEndThreshold", 1200);
  out.detector.silence_timeout_ms = number_of(form, "MachineDetectionSilenceTimeout", 5000);
}

}  // namespace

bool CreateRequest::wants(std::string_view event) const noexcept {
  return std::find(status_events.begin(), status_events.end(), event) != status_events.end();
}

std::optional<Target> parse_target(const std::string& text, const std::string& method, Warnings& warnings) {
  const auto hash = text.find('#');
  Target target;
  target.url = text.substr(0, hash);
  target.method = method;
  const auto url = net::parse_url(target.url);
  if (!url || (url->scheme != "http" && url->scheme != "https")) return std::nullopt;
  if (url->host.find('_') != std::string::npos) return std::nullopt;
  if (hash == std::string::npos) return target;
  for (const auto& part : split(text.substr(hash + 1), '&')) {
    const auto equals = part.find('=');
    const auto key = part.substr(0, equals), value = equals == std::string::npos ? "" : part.substr(equals + 1);
    const bool number = !value.empty() && value.size() < 6 && all_of(value, kDigits);
    const int count = number ? std::stoi(value) : -1;
    const bool time_ok = count >= 100 && count <= 15'000;
    if (key == "rc" && count >= 0 && count <= 5) {
      target.retries = count;
    } else if (key == "ct" && time_ok && count <= 10'000) {
      target.connect_ms = count;
    } else if (key == "rt" && time_ok) {
      target.read_ms = count;
    } else if (key == "tt" && time_ok) {
      target.total_ms = count;
    } else if (key == "rp") {
      target.retry_connect = false;
      for (const auto& policy : split(value, ',')) {
        const bool all = policy == "all";
        target.retry_connect = target.retry_connect || all || policy == "ct";
        target.retry_read = target.retry_read || all || policy == "rt";
        target.retry_4xx = target.retry_4xx || all || policy == "4xx";
        target.retry_5xx = target.retry_5xx || all || policy == "5xx";
        if (!all && !is_one_of(policy, {"ct", "rt", "4xx", "5xx"}))
          warnings.emplace_back(11243, "connection override rp=" + value + " is invalid");
      }
    } else if (key != "e") {
      warnings.emplace_back(11243, "connection override \"" + part + "\" is invalid");
    }
  }
  return target;
}

CreateVerdict judge_create(const FormFields& form, const Identity& identity) {
  CreateVerdict verdict;
  const auto refuse = [&verdict](RestError error) {
    verdict.error = std::move(error);
    return verdict;
  };
  if (auto error = check_form(form, verdict.warnings)) return refuse(std::move(*error));
  CreateRequest request;
  request.to = value_of(form, "To");
  request.from = value_of(form, "From");
  request.twiml = value_of(form, "Twiml");
  if (auto error = check_numbers(request.to, request.from, identity)) return refuse(std::move(*error));
  if (auto error = read_targets(form, request, verdict.warnings)) return refuse(std::move(*error));
  if (request.twiml.size() > 4000) return refuse({400, 32018, "Twiml has over 4000 characters"});
  if (request.url.empty() && request.twiml.empty()) {
    if (form_value(form, "ApplicationSid").empty()) return refuse({400, 21205, "Url parameter is required"});
    return refuse({400, 21218, "Invalid ApplicationSid"});
  }
  if (!request.url.empty() && !request.twiml.empty())
    verdict.warnings.emplace_back(32019, "Url and Twiml are both given; Url wins");
  const auto digits = value_of(form, "SendDigits");
  if (digits.size() > 32 || !all_of(digits, "0123456789ABCD#*wW")) return refuse({400, 21206, "Invalid SendDigits"});
  request.status_events = values_of(form, "StatusCallbackEvent", "completed");
  request.recording_events = values_of(form, "RecordingStatusCallbackEvent", "completed");
  read_detection(form, request, verdict.warnings);
  request.record = form_value(form, "Record") == "true";
  request.recording_channels = form_value(form, "RecordingChannels") == "dual" ? 2 : 1;
  if (const auto track = value_of(form, "RecordingTrack"); !track.empty()) request.recording_track = track;
  request.ring_timeout_s = number_of(form, "Timeout", 60);
  request.time_limit_s = number_of(form, "TimeLimit", 14'400);
  verdict.request = std::move(request);
  return verdict;
}

}  // namespace otto::sandbox
