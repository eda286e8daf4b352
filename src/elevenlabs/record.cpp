#include "otto/elevenlabs/record.hpp"

#include <simdjson.h>

namespace otto::elevenlabs {

namespace od = simdjson::ondemand;

namespace {

// Every function here answers false on a structural error: simdjson has then given its iterator up, and nothing may be
// asked of it again. A field of another type is just not there.

bool is_sound(simdjson::error_code error) { return error == simdjson::SUCCESS || error == simdjson::INCORRECT_TYPE; }

bool take(od::value value, std::string& out) {
  std::string_view text;
  const auto error = value.get_string().get(text);
  if (error == simdjson::SUCCESS) out = text;
  return is_sound(error);
}

/// Calls `take_field(key, value)` for each field, in the document's order.
template <class F>
bool each_field(od::object object, F take_field) {
  for (auto item : object) {
    od::field field;
    std::string_view key;
    if (std::move(item).get(field) != simdjson::SUCCESS || field.unescaped_key().get(key) != simdjson::SUCCESS)
      return false;
    if (!take_field(key, field.value())) return false;
  }
  return true;
}
template <class F>
bool each_field(od::value value, F take_field) {
  od::object object;
  const auto error = value.get_object().get(object);
  return error == simdjson::SUCCESS ? each_field(object, take_field) : is_sound(error);
}

bool take_seconds(od::value value, std::optional<int>& out) {
  double seconds = 0;
  const auto error = value.get_double().get(seconds);
  if (error == simdjson::SUCCESS && seconds >= 0 && seconds < 1e6) out = static_cast<int>(seconds);
  return is_sound(error);
}

bool read_error(od::value value, ConversationRecord& record) {
  return each_field(value, [&](std::string_view key, od::value inner) {
    return key != "reason" || take(inner, record.error_reason);
  });
}

bool read_metadata(od::value value, ConversationRecord& record) {
  return each_field(value, [&](std::string_view key, od::value inner) {
    if (key == "termination_reason") return take(inner, record.termination_reason);
    if (key == "call_duration_secs") return take_seconds(inner, record.duration_seconds);
    return key != "error" || read_error(inner, record);
  });
}

bool read_analysis(od::value value, ConversationRecord& record) {
  return each_field(value, [&](std::string_view key, od::value inner) {
    if (key == "transcript_summary") return take(inner, record.summary);
    return key != "call_successful" || take(inner, record.call_successful);
  });
}

/// Where the user id sits when the top level does not have it.
bool read_client_data(od::value value, std::string& user_id) {
  return each_field(value,
                    [&](std::string_view key, od::value inner) { return key != "user_id" || take(inner, user_id); });
}

template <class Object>
bool read_record(Object source, ConversationRecord& record) {
  std::string started_with;
  const bool whole = each_field(source, [&](std::string_view key, od::value value) {
    if (key == "agent_id") return take(value, record.agent_id);
    if (key == "conversation_id") return take(value, record.conversation_id);
    if (key == "user_id") return take(value, record.user_id);
    if (key == "status") return take(value, record.status);
    if (key == "metadata") return read_metadata(value, record);
    if (key == "analysis") return read_analysis(value, record);
    return key != "conversation_initiation_client_data" || read_client_data(value, started_with);
  });
  if (record.user_id.empty()) record.user_id = std::move(started_with);
  return whole;
}

}  // namespace

Result<ConversationRecord> parse_record(std::string_view body) {
  const simdjson::padded_string text{body};
  od::parser parser;
  od::document document;
  od::object root;
  ConversationRecord record;
  if (parser.iterate(text).get(document) != simdjson::SUCCESS || document.get_object().get(root) != simdjson::SUCCESS ||
      !read_record(root, record))
    return Error{Errc::Malformed, "ElevenLabs's answer about the conversation is not a JSON object."};
  if (record.conversation_id.empty() || record.status.empty())
    return Error{Errc::Malformed, "ElevenLabs's answer about the conversation has no conversation_id or no status."};
  return record;
}

Result<PostCall> parse_post_call(std::string_view body) {
  const simdjson::padded_string text{body};
  od::parser parser;
  od::document document;
  od::object root;
  PostCall call;
  const bool whole = parser.iterate(text).get(document) == simdjson::SUCCESS &&
                     document.get_object().get(root) == simdjson::SUCCESS &&
                     each_field(root, [&](std::string_view key, od::value value) {
                       if (key == "type") return take(value, call.type);
                       return key != "data" || read_record(value, call.record);
                     });
  if (!whole) return Error{Errc::Malformed, "The webhook's body is not a JSON object."};
  if (call.type.empty()) return Error{Errc::Malformed, "The webhook's body has no \"type\"."};
  if (call.type == "post_call_transcription" && call.record.conversation_id.empty())
    return Error{Errc::Malformed, "The post-call webhook has no data.conversation_id."};
  return call;
}

}  // namespace otto::elevenlabs
