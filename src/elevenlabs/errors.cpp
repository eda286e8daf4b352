#include "otto/elevenlabs/errors.hpp"

#include <algorithm>
#include <charconv>

namespace otto::elevenlabs {

namespace {

constexpr std::size_t kShownBytes = 300;
constexpr std::string_view kMark = "HTTP ";  // before the status in connect_websocket's sentence

/// One line of the provider's words: a body may be a proxy's HTML page.
std::string one_line(std::string_view text) {
  std::string out{truncate_utf8(trim(text), kShownBytes)};
  for (auto& c : out)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  return out;
}

/// "body.conversation_config.tts.voice_id: field required"
std::string describe_violation(const Json& violation) {
  std::string where;
  if (const auto loc = violation.find("loc"); loc != violation.end() && loc->is_array()) {
    for (const auto& step : *loc) {
      if (!where.empty()) where += '.';
      where += step.is_string() ? step.get<std::string>() : dump_json(step);
    }
  }
  return where + (where.empty() ? "" : ": ") + text_at(violation, "msg");
}

void read_detail(const Json& detail, Refusal& refusal) {
  if (detail.is_string()) {
    refusal.message = detail.get<std::string>();
  } else if (detail.is_object()) {
    refusal.code = text_at(detail, "code");
    if (refusal.code.empty()) refusal.code = text_at(detail, "status");
    refusal.message = text_at(detail, "message");
  } else if (detail.is_array()) {
    refusal.code = "validation_error";
    for (const auto& violation : detail) {
      if (!violation.is_object()) continue;
      if (!refusal.message.empty()) refusal.message += "; ";
      refusal.message += describe_violation(violation);
    }
  }
}

bool mentions(const Refusal& refusal, std::string_view word) {
  return refusal.code.find(word) != std::string::npos || to_lower(refusal.message).find(word) != std::string::npos;
}

struct Advice {
  Errc code;
  std::string_view what;
};

Advice advise(const Refusal& refusal) {
  if (refusal.code == "quota_exceeded" || mentions(refusal, "quota"))
    return {Errc::ProviderRefused, "has no quota left (add credits or raise the plan before calls go on)"};
  switch (refusal.status) {
    case 401:
      if (refusal.code == "missing_permissions")
        return {Errc::Unauthorized, "says that ELEVENLABS_API_KEY lacks a permission (allow it the Agents platform)"};
      return {Errc::Unauthorized, "refused ELEVENLABS_API_KEY"};
    case 403:
      return {Errc::Forbidden, "does not allow this with the account's plan or key"};
    case 404:
      return {Errc::NotFound, "does not know what was asked for"};
    case 408:
      return {Errc::ProviderUnavailable, "gave up waiting"};
    case 429:
      if (mentions(refusal, "system_busy") || mentions(refusal, "busy"))
        return {Errc::ProviderUnavailable, "is too busy at the moment"};
      return {Errc::RateLimited, "has no free conversation slot (the plan's concurrency limit is reached)"};
    default:
      break;
  }
  if (refusal.status >= 500) return {Errc::ProviderUnavailable, "is failing"};
  if (refusal.status < 400) return {Errc::ProviderUnavailable, "gave an answer that is not its own"};
  return {Errc::ProviderRefused, "refused the request"};
}

}  // namespace

Refusal parse_refusal(int status, std::string_view body) {
  Refusal refusal;
  refusal.status = status;
  const auto json = parse_json(body);
  if (json && json->is_object() && json->contains("detail")) read_detail((*json)["detail"], refusal);
  if (refusal.code.empty() && refusal.message.empty()) refusal.message = body;
  refusal.code = one_line(refusal.code);
  refusal.message = one_line(refusal.message);
  return refusal;
}

Error to_error(const Refusal& refusal, std::string_view subject, std::string_view request_id) {
  const auto advice = advise(refusal);
  std::string sentence = "ElevenLabs ";
  sentence += advice.what;
  sentence += " for ";
  sentence += subject;
  sentence += ": HTTP " + std::to_string(refusal.status);
  if (!refusal.code.empty()) sentence += ' ' + refusal.code;
  if (!refusal.message.empty()) sentence += " \"" + refusal.message + '"';
  if (!request_id.empty()) sentence += " (request " + one_line(request_id) + ')';
  sentence += '.';
  return {advice.code, std::move(sentence)};
}

Error to_handshake_error(const Error& error) {
  if (error.code != Errc::ProviderRefused) return error;
  const auto at = error.detail.find(kMark);
  if (at == std::string::npos) return error;
  const std::string_view rest = std::string_view{error.detail}.substr(at + kMark.size());
  int status = 0;
  const auto [end, failure] = std::from_chars(rest.data(), rest.data() + rest.size(), status);
  if (failure != std::errc{}) return error;
  auto body = rest.substr(static_cast<std::size_t>(end - rest.data()));
  body.remove_prefix(std::min(body.find_first_not_of(": \r\n"), body.size()));
  auto refusal = parse_refusal(status, body);
  if (status == 401 || status == 403) {
    if (!mentions(refusal, "quota"))
      return {Errc::Unauthorized, "ElevenLabs refused the conversation's signed URL (used before or expired): HTTP " +
                                      std::to_string(status) + " \"" + refusal.message + "\"."};
  }
  return to_error(refusal, "the conversation's WebSocket");
}

bool is_passing(const Refusal& refusal) noexcept {
  if (refusal.status == 408 || refusal.status >= 500) return true;
  return refusal.status == 429 && mentions(refusal, "busy");
}

std::optional<std::chrono::seconds> retry_after(const net::Headers& headers) noexcept {
  const auto text = trim(headers.get("Retry-After"));
  std::int64_t value = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || failure != std::errc{} || end != text.data() + text.size() || value < 0) return std::nullopt;
  return std::chrono::seconds{value};
}

}  // namespace otto::elevenlabs
