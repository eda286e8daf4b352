#include "otto/twilio/line_outcome.hpp"

#include <algorithm>
#include <charconv>

#include "otto/base/json.hpp"
#include "otto/base/text.hpp"
#include "otto/twilio/sid.hpp"

namespace otto::twilio {

namespace {

using ports::PlaceResult;
using ports::PlaceVerdict;
using ports::RefusalScope;

constexpr milliseconds kMaxRetryAfter{30'000};
constexpr std::size_t kMaxProviderWords = 300;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

/// Twilio quotes the number that it refuses; identifiers with letters stay as they are.
std::string mask_numbers(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const bool starts_word = out.empty() || !is_alnum(out.back());
    const std::size_t sign = text.front() == '+' ? 1 : 0;
    std::size_t end = sign;
    while (end < text.size() && is_digit(text[end])) ++end;
    const bool is_phone = starts_word && end - sign >= 8 && (end == text.size() || !is_alnum(text[end]));
    const std::size_t taken = std::max<std::size_t>(end, 1);
    out += is_phone ? mask_phone(text.substr(0, end)) : std::string{text.substr(0, taken)};
    text.remove_prefix(taken);
  }
  return out;
}

/// Seconds or an HTTP date; 0 when absent or not readable.
milliseconds parse_retry_after(std::string_view text, TimePoint now) {
  text = trim(text);
  milliseconds wait{0};
  int count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (!text.empty() && error == std::errc{} && end == text.data() + text.size()) {
    wait = seconds{count};
  } else if (const auto date = parse_rfc2822(text)) {
    wait = std::chrono::duration_cast<milliseconds>(*date - now);
  }
  return std::clamp(wait, milliseconds{0}, kMaxRetryAfter);
}

PlaceResult verdict(PlaceVerdict what, std::string message) {
  PlaceResult result;
  result.verdict = what;
  result.message = std::move(message);
  return result;
}

PlaceResult ambiguous(std::string_view what) {
  return verdict(PlaceVerdict::Ambiguous,
                 "Twilio may or may not have placed the call, since " + std::string{what} + "; Otto is finding out.");
}

PlaceResult classify_failure(const CreateAnswer& answer) {
  if (answer.sent_any) return ambiguous("the request ended without an answer: " + answer.error->detail);
  return verdict(PlaceVerdict::NotSent, "Nothing was sent to Twilio: " + answer.error->detail);
}

PlaceResult classify_success(const CreateAnswer& answer) {
  const auto call = parse_json(answer.body);
  if (!call || !call->is_object()) return ambiguous("its answer could not be read");
  auto sid = text_at(*call, "sid");
  if (!is_sid("CA", sid)) return ambiguous("its answer has no call SID");
  const auto to = text_at(*call, "to");
  if (!to.empty() && to != answer.to) return ambiguous("its answer names another number");
  auto result = verdict(PlaceVerdict::Placed, "");
  result.call_sid = std::move(sid);
  return result;
}

/// A code that we know decides; else the HTTP status does.
PlaceResult classify_refusal(const CreateAnswer& answer) {
  auto body = parse_error_body(answer.body);
  if (body && !body->code && body->message.empty()) body.reset();  // JSON, but not Twilio's
  const ErrorCode* known = body && body->code ? find_error_code(*body->code) : nullptr;
  const bool concerns_account = answer.status == 401 || answer.status == 403;
  const bool throttled = known != nullptr ? known->may_retry : answer.status == 429;
  if (!body && !concerns_account && !throttled)
    return ambiguous("something other than Twilio seems to have answered with HTTP " + std::to_string(answer.status));

  auto result = verdict(throttled ? PlaceVerdict::Throttled : PlaceVerdict::Refused, "");
  if (known != nullptr) {
    result.scope = known->scope;
  } else if (concerns_account || throttled) {
    result.scope = RefusalScope::Account;
  }
  std::string_view advice = "Twilio refused the call";
  if (known != nullptr) {
    advice = known->advice;
  } else if (concerns_account) {
    advice = find_error_code(20003)->advice;
  } else if (throttled) {
    advice = find_error_code(20429)->advice;
  }
  if (body && body->code) result.error_code = std::to_string(*body->code);
  result.message = error_sentence(advice, body, answer.status);
  if (throttled) result.retry_after = parse_retry_after(answer.retry_after, answer.now);
  return result;
}

}  // namespace

std::optional<ErrorBody> parse_error_body(std::string_view body) {
  const auto json = parse_json(body);
  if (!json || !json->is_object()) return std::nullopt;
  ErrorBody error;
  const auto code = integer_at(*json, "code");
  if (code && *code > 0 && *code <= 999'999) error.code = static_cast<int>(*code);
  auto words = text_at(*json, "message");
  if (words.empty()) words = text_at(*json, "detail");  // newer APIs, RFC 9457
  if (words.empty()) words = text_at(*json, "title");
  const auto masked = mask_numbers(words);
  error.message = trim(truncate_utf8(masked, kMaxProviderWords));
  while (error.message.ends_with('.')) error.message.pop_back();
  return error;
}

std::string error_sentence(std::string_view advice, const std::optional<ErrorBody>& body, int status) {
  std::string sentence{advice};
  sentence +=
      body && body->code ? " (Twilio error " + std::to_string(*body->code) : " (Twilio: HTTP " + std::to_string(status);
  if (body && !body->message.empty()) sentence += ": " + body->message;
  return sentence + ").";
}

PlaceResult classify(const CreateAnswer& answer) {
  if (answer.error) return classify_failure(answer);
  if (answer.status == 200 || answer.status == 201) return classify_success(answer);
  // 408 is a timeout of ours as the far side saw it: it says nothing about what was done.
  if (answer.status >= 400 && answer.status < 500 && answer.status != 408) return classify_refusal(answer);
  return ambiguous("it answered with HTTP " + std::to_string(answer.status));
}

}  // namespace otto::twilio
