// ElevenLabs' refusals as our errors: its four body shapes, and what each status asks of an operator. Pure.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"
#include "otto/net/message.hpp"

namespace otto::elevenlabs {

/// {"detail":{"code"|"status","message"}}, {"detail":[{"loc","msg"}]} (validation) or {"detail":"text"}; otherwise the
/// message is the body's start.
struct Refusal {
  int status = 0;
  std::string code, message;
};
Refusal parse_refusal(int status, std::string_view body);

/// What to do about it, with the provider's own words and request id. `subject` completes "ElevenLabs … for <subject>".
/// 401 → Unauthorized; quota → ProviderRefused; 403 → Forbidden; 404 → NotFound; 429 at our limit → RateLimited;
/// 429 of a busy service, 408, 5xx → ProviderUnavailable; any other → ProviderRefused.
Error to_error(const Refusal& refusal, std::string_view subject, std::string_view request_id = {});

/// The WebSocket handshake's refusal, whose signature (not the API key) is what was refused: connect_websocket's
/// "HTTP <status> <body>" as the error above. Other errors pass unchanged.
Error to_handshake_error(const Error& error);

/// Worth a second GET: 408, 5xx and a busy service; not a limit of ours, which only a free slot lifts.
bool is_passing(const Refusal& refusal) noexcept;

/// Retry-After in seconds (the HTTP date form is not used by ElevenLabs); nullopt when absent or not a number.
std::optional<std::chrono::seconds> retry_after(const net::Headers& headers) noexcept;

}  // namespace otto::elevenlabs
