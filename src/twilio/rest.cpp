#include "otto/twilio/rest.hpp"

#include "otto/twilio/sid.hpp"

namespace otto::twilio {

namespace {

/// Twilio retries an event only if told so: 3 times on connect failures, read timeouts and 5xx. The fragment never
/// reaches us and is not signed. The TwiML request leaves a person waiting: 2 times.
constexpr std::string_view kEventRetries = "#rc=3&rp=ct,rt,5xx";
constexpr std::string_view kTwimlRetries = "#rc=2&rp=ct,rt,5xx";

std::string callback_url(std::string_view base_url, std::string_view route, const AttemptId& attempt,
                         std::string_view retries) {
  std::string url{base_url};
  url.append("/api/twilio/outbound/").append(route).append("?attempt=").append(percent_encode(attempt.value));
  return url.append(retries);
}

std::optional<TimePoint> time_at(const Json& object, std::string_view name) {
  const auto time = parse_rfc2822(text_at(object, name));
  return time ? std::optional{*time} : std::nullopt;
}

std::optional<int> seconds_at(const Json& object, std::string_view name) {
  const auto value = integer_at(object, name);
  return value && *value >= 0 && *value < 1'000'000'000 ? std::optional{static_cast<int>(*value)} : std::nullopt;
}

Error malformed(std::string_view what) { return Error{Errc::Malformed, "Twilio's answer " + std::string{what} + "."}; }

/// The array called `name` of a list's envelope.
Result<const Json*> list_in(const Json& page, const char* name) {
  if (!page.is_object() || !page.contains(name) || !page.at(name).is_array())
    return malformed("has no list of " + std::string{name});
  return &page.at(name);
}

}  // namespace

FormFields create_call_form(const ports::PlaceRequest& request, std::string_view base_url) {
  const auto event_url = [&](std::string_view route) {
    return callback_url(base_url, route, request.attempt, kEventRetries);
  };
  FormFields form{
      {"To", request.to},
      {"From", request.from},
      {"Url", callback_url(base_url, "twiml", request.attempt, kTwimlRetries)},
      {"Method", "POST"},
      {"StatusCallback", event_url("status-callback")},
      {"StatusCallbackMethod", "POST"},
      {"StatusCallbackEvent", "initiated"},
      {"StatusCallbackEvent", "ringing"},
      {"StatusCallbackEvent", "answered"},
      {"StatusCallbackEvent", "completed"},
      // Asynchronous: a synchronous verdict would keep the callee in silence for 3 to 4 seconds.
      {"AsyncAmd", "true"},
      {"MachineDetection", request.wait_for_machine_end ? "DetectMessageEnd" : "Enable"},
      {"AsyncAmdStatusCallback", event_url("amd-callback")},
      {"AsyncAmdStatusCallbackMethod", "POST"},
      {"Timeout", std::to_string(request.ring_timeout.count())},
      {"TimeLimit", std::to_string(request.time_limit.count())},
  };
  if (request.record) {
    const FormFields recording{
        {"Record", "true"},
        {"RecordingChannels", "dual"},
        {"RecordingTrack", "both"},
        {"RecordingStatusCallback", event_url("recording-callback")},
        {"RecordingStatusCallbackMethod", "POST"},
        {"RecordingStatusCallbackEvent", "completed"},
        {"RecordingStatusCallbackEvent", "absent"},
        {"Trim", "do-not-trim"},  // trimmed audio would not align with the transcript
    };
    form.insert(form.end(), recording.begin(), recording.end());
  }
  return form;
}

Result<ports::LineCall> parse_call(const Json& call) {
  if (!call.is_object()) return malformed("is not a call");
  ports::LineCall out;
  out.call_sid = text_at(call, "sid");
  if (!is_sid("CA", out.call_sid)) return malformed("has a call without a SID");
  const auto status = parse_leg_status(text_at(call, "status"));
  if (!status) return malformed("has a call with the unknown status \"" + text_at(call, "status") + "\"");
  out.status = *status;
  out.to = text_at(call, "to");
  out.from = text_at(call, "from");
  out.direction = text_at(call, "direction");
  out.created_at = time_at(call, "date_created");
  out.started_at = time_at(call, "start_time");
  out.ended_at = time_at(call, "end_time");
  out.duration_seconds = seconds_at(call, "duration");
  out.answered_by = parse_answered_by(text_at(call, "answered_by"));
  return out;
}

Result<std::vector<ports::LineCall>> parse_call_page(const Json& page) {
  const auto list = list_in(page, "calls");
  if (!list) return list.error();
  std::vector<ports::LineCall> calls;
  for (const auto& entry : **list) {
    auto call = parse_call(entry);
    if (!call) return call.error();
    if (call->direction.starts_with("outbound")) calls.push_back(std::move(*call));
  }
  return calls;
}

Result<std::vector<ports::LineRecording>> parse_recordings(const Json& page, std::string_view recordings_url) {
  const auto list = list_in(page, "recordings");
  if (!list) return list.error();
  std::vector<ports::LineRecording> recordings;
  for (const auto& entry : **list) {
    ports::LineRecording recording;
    if (entry.is_object()) recording.sid = text_at(entry, "sid");
    if (!is_sid("RE", recording.sid)) return malformed("has a recording without a SID");
    recording.url = std::string{recordings_url} + recording.sid;
    recording.status = text_at(entry, "status");
    recording.duration_seconds = seconds_at(entry, "duration");
    recordings.push_back(std::move(recording));
  }
  return recordings;
}

}  // namespace otto::twilio
