#include <algorithm>

#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/protocol.hpp"

namespace otto::elevenlabs {

namespace {

constexpr std::string_view kAudioHead = R"({"user_audio_chunk":")", kAudioTail = R"("})";
constexpr std::size_t kFramesPerSecond = 50;  // 20 ms each, as the line brings them

/// Quoted and escaped; invalid UTF-8, which would end the conversation, is replaced.
void append_string(std::string& out, std::string_view text) { out += dump_json(Json(std::string{text})); }

void append_field(std::string& out, std::string_view name, std::string_view text) {
  out += ",\"";
  out += name;
  out += "\":";
  append_string(out, text);
}

}  // namespace

std::string format_start(const ports::ConversationStart& start) {
  std::string out = R"({"type":"conversation_initiation_client_data")";
  if (!start.user_id.empty()) append_field(out, "user_id", start.user_id);
  bool any = false;
  for (const auto& [name, value] : start.variables) {
    if (name.empty() || name.starts_with("system__")) continue;
    out += any ? "," : ",\"dynamic_variables\":{";
    any = true;
    append_string(out, name);
    out += ':';
    append_string(out, value);
  }
  out += any ? "}}" : "}";
  return out;
}

void append_audio(std::string& out, std::span<const std::uint8_t> bytes) {
  out.reserve(out.size() + kAudioHead.size() + (bytes.size() + 2) / 3 * 4 + kAudioTail.size());
  out += kAudioHead;
  crypto::base64_append(out, bytes);
  out += kAudioTail;
}

std::string format_pong(std::int64_t event_id) {
  return R"({"type":"pong","event_id":)" + std::to_string(event_id) + "}";
}

std::string format_context(std::string_view text) {
  std::string out = R"({"type":"contextual_update")";
  append_field(out, "text", text);
  return out += '}';
}

std::string format_user_message(std::string_view text) {
  std::string out = R"({"type":"user_message")";
  append_field(out, "text", text);
  return out += '}';
}

std::string format_user_activity() { return R"({"type":"user_activity"})"; }

std::string format_tool_result(std::string_view call_id, std::string_view result, bool is_error) {
  std::string out = R"({"type":"client_tool_result")";
  append_field(out, "tool_call_id", call_id);
  append_field(out, "result", result);
  out += is_error ? R"(,"is_error":true})" : R"(,"is_error":false})";
  return out;
}

std::size_t uplink_bytes_per_second(AudioFormat format) noexcept {
  const auto sample_bytes = format.encoding == AudioEncoding::Pcm16 ? std::size_t{2} : std::size_t{1};
  const auto frame = static_cast<std::size_t>(std::max(format.sample_rate, 8000)) * sample_bytes / kFramesPerSecond;
  return kFramesPerSecond * (kAudioHead.size() + kAudioTail.size() + (frame + 2) / 3 * 4);
}

ports::AgentEnded make_ending(int close_code, std::string close_reason, const ServerError* told) {
  ports::AgentEnded ended;
  ended.code = close_code;
  ended.reason = std::move(close_reason);
  if (told == nullptr) return ended;
  const bool has_code = close_code != 1005 && close_code != 1006;
  if (close_code == 1000 && told->code != 1000 && told->code != 0) return ended;
  if (!has_code && told->code != 0) ended.code = told->code;
  if (!told->message.empty()) ended.reason = told->message;
  ended.error_type = told->error_type;
  return ended;
}

}  // namespace otto::elevenlabs
