// What ElevenLabs keeps of a conversation, as its REST answer and its post-call webhook tell it (the same object).
// Bodies grow with the talk (megabytes with metrics), so they are read by simdjson and only for what Otto uses.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "otto/base/error.hpp"

namespace otto::elevenlabs {

struct ConversationRecord {
  std::string agent_id, conversation_id;
  std::string user_id;  ///< our attempt id; empty when the conversation was not ours
  std::string status;   ///< "initiated", "in-progress", "processing", "done", "failed"
  std::string summary, call_successful, termination_reason, error_reason;
  std::optional<int> duration_seconds;
};

/// GET /v1/convai/conversations/{id}. Malformed: not an object, or without conversation_id and status.
Result<ConversationRecord> parse_record(std::string_view body);

struct PostCall {
  std::string type;  ///< "post_call_transcription"; other types carry no more than the two ids
  ConversationRecord record;
};
/// The webhook's {type, event_timestamp, data}. Malformed: not an object, no type, or (for a transcription) no id.
Result<PostCall> parse_post_call(std::string_view body);

}  // namespace otto::elevenlabs
