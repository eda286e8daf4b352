// ElevenLabs' conversation messages, both directions, without any I/O. Reading is lenient: unknown types and fields
// are ignored, a known type without its required fields is Broken (counted, never a dead call). Media path: no nlohmann
// and no allocation per audio message after warm-up.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "otto/ports/agent.hpp"

namespace otto::elevenlabs {

struct Ignored {};  ///< an unknown type, or one that a phone call has no use for
struct Broken {
  std::string why;
};
struct Ping {
  std::int64_t event_id = 0;  ///< 0 is an id like any other
};
/// "error" (sent just before the close) or "client_error".
struct ServerError {
  int code = 0;  ///< the close code to come; 0 when the message does not say
  std::string message, error_type;
};
struct QueueStatus {
  std::string status;  ///< "waiting", "admitted", "timed_out"
};
struct UnusableFormat {
  std::string name;  ///< an audio format that we do not know: the call cannot be heard
};
using ServerMessage = std::variant<Ignored, Broken, Ping, ServerError, QueueStatus, UnusableFormat, ports::AgentEvent>;

/// `capacity`: bytes readable from text.data(); with less than 64 behind the text, the text is copied first. An
/// AgentAudio's bytes live until the next call on this thread, whatever conversation it is for: one parser and one
/// buffer serve all of them and stay warm.
ServerMessage read_message(std::string_view text, std::size_t capacity);

/// The very first frame. Flat: the properties sit beside "type". Variables with the reserved prefix "system__" and
/// empty names are left out, an empty user id too.
std::string format_start(const ports::ConversationStart& start);
void append_audio(std::string& out, std::span<const std::uint8_t> bytes);
std::string format_pong(std::int64_t event_id);
std::string format_context(std::string_view text);
std::string format_user_message(std::string_view text);
std::string format_user_activity();
/// `result` goes out as a string whatever it holds: an object there ends the conversation with 1008.
std::string format_tool_result(std::string_view call_id, std::string_view result, bool is_error);

/// Bytes of one second of audio in append_audio's messages of 20 ms each: the measure of the uplink's bound.
std::size_t uplink_bytes_per_second(AudioFormat format) noexcept;

/// How a conversation ended: by the peer's close frame (1005, 1006: without one) and the error it told before. The
/// error's words are longer than a close reason may be (123 bytes), so they win; its code counts when the connection
/// then just broke. A close with 1000 after an error of another code means that the conversation had gone on: the
/// error is then not the reason.
ports::AgentEnded make_ending(int close_code, std::string close_reason, const ServerError* told);

}  // namespace otto::elevenlabs
