#include "otto/twilio/callbacks.hpp"

#include <charconv>
#include <optional>

#include "otto/crypto/digest.hpp"
#include "otto/twilio/sid.hpp"

namespace otto::twilio {

namespace {

std::string_view field(const Callback& callback, std::string_view name) noexcept {
  return form_value(callback.form, name);
}

/// A non-negative decimal number, or nothing: Twilio sends "" and "-1" for what it does not know.
std::optional<int> number(const Callback& callback, std::string_view name) noexcept {
  const auto text = field(callback, name);
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return value;
}

/// RFC 2822 in call events, ISO 8601 in stream events.
TimePoint time_of(const Callback& callback) {
  const auto text = field(callback, "Timestamp");
  if (const auto time = parse_rfc2822(text)) return *time;
  if (const auto time = parse_iso8601(text)) return *time;
  return callback.now;
}

std::string dedupe_key(const Callback& callback, FactKind kind, const Fact& fact) {
  if (!callback.idempotency_token.empty()) return "token:" + std::string{callback.idempotency_token};
  if (fact.sequence) return fact.call_sid + ":" + std::string{to_string(kind)} + ":" + std::to_string(*fact.sequence);
  const auto digest =
      callback.body.empty() ? crypto::sha256_hex(format_form(callback.form)) : crypto::sha256_hex(callback.body);
  return std::string{to_string(kind)} + ":sha256:" + digest;
}

/// A fact of `kind` with what every callback has: whose, when, which one.
Result<Fact> start_fact(const Callback& callback, FactKind kind) {
  auto call_sid = callback_call_sid(callback);
  if (!call_sid) return call_sid.error();
  Fact fact{kind};
  fact.call_sid = std::move(*call_sid);
  fact.at = time_of(callback);
  fact.sequence = number(callback, "SequenceNumber");
  fact.answered_by = parse_answered_by(field(callback, "AnsweredBy"));
  fact.dedupe_key = dedupe_key(callback, kind, fact);
  return fact;
}

std::string recordings_url(const Callback& callback) {
  return std::string{callback.api_base_url} + "/2010-04-01/Accounts/" + std::string{callback.account_sid} +
         "/Recordings/";
}

/// The SID at the end of our own account's recording URL on our API host; empty for any other URL.
std::string_view sid_in_own_url(const Callback& callback, std::string_view url) {
  const auto base = recordings_url(callback);
  if (!url.starts_with(base)) return {};
  const auto sid = url.substr(base.size(), kSidLength);
  const auto suffix = url.substr(base.size() + sid.size());
  const bool plain = suffix.empty() || suffix == ".wav" || suffix == ".mp3";
  return plain && is_sid("RE", sid) ? sid : std::string_view{};
}

}  // namespace

Result<std::string> callback_call_sid(const Callback& callback) {
  const auto account = field(callback, "AccountSid");
  if (!account.empty() && account != callback.account_sid)
    return Error{Errc::Forbidden, "The callback's AccountSid is not the one that TWILIO_ACCOUNT_SID names."};
  const auto sid = field(callback, "CallSid");
  if (!is_sid("CA", sid))
    return Error{Errc::Malformed, "The callback has no CallSid of the form CA and 32 hexadecimal digits."};
  return std::string{sid};
}

Result<Fact> parse_status(const Callback& callback) {
  auto fact = start_fact(callback, FactKind::Status);
  if (!fact) return fact;
  const auto status = field(callback, "CallStatus");
  fact->status = parse_leg_status(status);
  fact->duration_seconds = number(callback, "CallDuration");
  fact->sip_code = number(callback, "SipResponseCode");
  fact->error_code = field(callback, "ErrorCode");
  fact->reason = fact->status ? field(callback, "ErrorMessage") : status;
  return fact;
}

Result<Fact> parse_amd(const Callback& callback) {
  auto fact = start_fact(callback, FactKind::Amd);
  if (!fact) return fact;
  if (!fact->answered_by) {  // a verdict we do not know decides nothing
    fact->answered_by = AnsweredBy::Unknown;
    fact->reason = field(callback, "AnsweredBy");
  }
  return fact;
}

Result<Fact> parse_recording(const Callback& callback) {
  auto fact = start_fact(callback, FactKind::Recording);
  if (!fact) return fact;
  fact->recording_status = field(callback, "RecordingStatus");
  fact->recording_seconds = number(callback, "RecordingDuration");
  fact->error_code = field(callback, "ErrorCode");
  const auto sid = field(callback, "RecordingSid");
  const auto url = field(callback, "RecordingUrl");
  const auto url_sid = sid_in_own_url(callback, url);
  fact->recording_sid = is_sid("RE", sid) ? sid : url_sid;
  if (fact->recording_status == "absent" || fact->recording_sid.empty()) return fact;
  const bool believed = !url_sid.empty() && url_sid == fact->recording_sid;
  fact->recording_url = believed ? std::string{url} : recordings_url(callback) + fact->recording_sid;
  return fact;
}

Result<Fact> parse_twiml_request(const Callback& callback) {
  auto fact = start_fact(callback, FactKind::Answered);
  if (!fact) return fact;
  fact->status = parse_leg_status(field(callback, "CallStatus"));
  return fact;
}

Result<Fact> parse_stream_status(const Callback& callback) {
  const auto event = field(callback, "StreamEvent");
  if (event == "stream-started") return start_fact(callback, FactKind::StreamStarted);
  if (event != "stream-stopped" && event != "stream-error")
    return Error{Errc::Malformed, "The stream callback's StreamEvent is none that Otto knows."};
  auto fact = start_fact(callback, FactKind::StreamEnded);
  if (!fact) return fact;
  fact->reason = event == "stream-stopped" ? "stop" : "error";
  const auto error = field(callback, "StreamError");
  if (!error.empty()) fact->reason += ": " + std::string{error};
  return fact;
}

}  // namespace otto::twilio
