#include <cstring>
#include <optional>
#include <simdjson.h>

#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/protocol.hpp"

namespace otto::elevenlabs {

namespace od = simdjson::ondemand;

namespace {

/// One object of a message, field by field. The first required field that is not there makes the message Broken.
/// simdjson gives its iterator up at the first structural error and must not be asked again after it: hence `dead_`.
class Fields {
 public:
  Fields() = default;
  explicit Fields(od::object object) : object_{object} {}

  template <class T>
  bool get(std::string_view name, T& out) {
    if (dead_) return false;
    const auto error = object_[name].get(out);
    dead_ = error != simdjson::SUCCESS && error != simdjson::NO_SUCH_FIELD && error != simdjson::INCORRECT_TYPE;
    return error == simdjson::SUCCESS;
  }
  bool inner(std::string_view name, Fields& out) {
    od::object object;
    if (!get(name, object)) return false;
    out = Fields{object};
    return true;
  }
  std::string string(std::string_view name) {
    std::string_view value;
    if (!get(name, value)) note(name);
    return std::string{value};
  }
  std::string string_or_empty(std::string_view name) {
    std::string_view value;
    return get(name, value) ? std::string{value} : std::string{};
  }
  std::int64_t integer(std::string_view name) {
    std::int64_t value = 0;
    if (!get(name, value)) note(name);
    return value;
  }
  std::int64_t integer_or(std::string_view name, std::int64_t fallback) {
    std::int64_t value = 0;
    return get(name, value) ? value : fallback;
  }
  bool boolean_or(std::string_view name, bool fallback) {
    bool value = false;
    return get(name, value) ? value : fallback;
  }
  void note(std::string_view name) {
    if (missing_.empty()) missing_ = name;
  }
  bool complete() const noexcept { return missing_.empty(); }
  Broken broken() const { return Broken{"\"" + missing_ + "\" is missing or of another type"}; }
  ServerMessage or_broken(ports::AgentEvent event) const {
    if (!complete()) return broken();
    return event;
  }

 private:
  od::object object_;
  std::string missing_;
  bool dead_ = false;
};

ServerMessage read_metadata(Fields& in) {
  ports::AgentReady ready;
  ready.conversation_id = in.string("conversation_id");
  const auto output = in.string("agent_output_audio_format");
  // Older servers leave the input format out; it is then pcm_16000, the agents' default.
  auto input = in.string_or_empty("user_input_audio_format");
  if (input.empty()) input = "pcm_16000";
  if (!in.complete()) return in.broken();
  const auto output_format = parse_audio_format(output), input_format = parse_audio_format(input);
  if (!output_format || !input_format) return UnusableFormat{output_format ? input : output};
  ready.output = *output_format;
  ready.input = *input_format;
  return ports::AgentEvent{std::move(ready)};
}

ServerMessage read_audio(Fields& in, std::vector<std::uint8_t>& audio) {
  std::string_view base64;
  if (!in.get("audio_base_64", base64)) in.note("audio_base_64");
  const auto event_id = in.integer("event_id");
  if (!in.complete()) return in.broken();
  if (base64.empty()) return Ignored{};  // the last chunk of a turn may be empty
  if (!crypto::base64_decode_into(base64, audio)) return Broken{"\"audio_base_64\" is not base64"};
  return ports::AgentEvent{ports::AgentAudio{{audio.data(), audio.size()}, event_id}};
}

ServerMessage read_ping(Fields& in) {
  const auto event_id = in.integer("event_id");
  if (!in.complete()) return in.broken();
  return Ping{event_id};
}

// The contract of 2025 had no event_id on the texts, so a text without one is still a text.
ServerMessage read_transcript(Fields& in) {
  auto text = in.string("user_transcript");
  const auto event_id = in.integer_or("event_id", 0);
  return in.or_broken(ports::UserTranscript{std::move(text), event_id});
}

ServerMessage read_response(Fields& in) {
  auto text = in.string("agent_response");
  const auto event_id = in.integer_or("event_id", 0);
  return in.or_broken(ports::AgentResponse{std::move(text), event_id});
}

ServerMessage read_correction(Fields& in) {
  auto original = in.string("original_agent_response");
  auto corrected = in.string("corrected_agent_response");
  const auto event_id = in.integer_or("event_id", 0);
  return in.or_broken(ports::AgentCorrection{std::move(original), std::move(corrected), event_id});
}

ServerMessage read_tool_call(Fields& in) {
  ports::AgentToolCall call;
  call.tool = in.string("tool_name");
  call.call_id = in.string("tool_call_id");
  call.expects_response = in.boolean_or("expects_response", true);
  // Last, for nothing may be asked after raw_json() has failed. A call with unreadable parameters is passed on with
  // none: unanswered, it would hold the agent for 20 s.
  call.parameters = Json::object();
  od::object parameters;
  std::string_view raw;
  if (in.get("parameters", parameters) && parameters.raw_json().get(raw) == simdjson::SUCCESS) {
    auto parsed = parse_json(raw);
    if (parsed && parsed->is_object()) call.parameters = std::move(*parsed);
  }
  return in.or_broken(std::move(call));
}

ServerMessage read_tool_done(Fields& in) {
  auto tool = in.string("tool_name");
  const bool is_error = in.boolean_or("is_error", false), is_called = in.boolean_or("is_called", true);
  // Our own client tools are answered by us, so their echo says nothing new.
  const bool is_ours = in.string_or_empty("tool_type") == "client";
  if (in.complete() && (is_ours || !is_called)) return Ignored{};
  return in.or_broken(ports::AgentToolDone{std::move(tool), is_error});
}

ServerMessage read_error(Fields& in) {
  ServerError error;
  error.code = static_cast<int>(in.integer_or("code", 0));
  error.error_type = in.string_or_empty("error_type");
  if (error.error_type.empty()) error.error_type = in.string_or_empty("error_name");
  for (const auto* name : {"message", "reason", "debug_message"}) {
    error.message = in.string_or_empty(name);
    if (!error.message.empty()) break;
  }
  return error;
}

ServerMessage read_interruption(Fields& in) {
  const auto event_id = in.integer("event_id");
  return in.or_broken(ports::AgentInterruption{event_id});
}

ServerMessage read_queue_status(Fields& in) { return QueueStatus{in.string_or_empty("status")}; }

struct Kind {
  std::string_view type, payload;
  ServerMessage (*read)(Fields&);
};
constexpr Kind kKinds[] = {
    {"ping", "ping_event", read_ping},
    {"interruption", "interruption_event", read_interruption},
    {"user_transcript", "user_transcription_event", read_transcript},
    {"agent_response", "agent_response_event", read_response},
    {"agent_response_correction", "agent_response_correction_event", read_correction},
    {"client_tool_call", "client_tool_call", read_tool_call},
    {"agent_tool_response", "agent_tool_response", read_tool_done},
    {"conversation_initiation_metadata", "conversation_initiation_metadata_event", read_metadata},
    {"error", "error_event", read_error},
    {"queue_status", "queue_status_event", read_queue_status},
};

// Its shape is not in the published contract: what has been seen is error_event's inside under one of these names.
ServerMessage read_client_error(Fields& root) {
  Fields fields;
  for (const auto* name : {"client_error_event", "client_error", "error_event"})
    if (root.inner(name, fields)) return read_error(fields);
  return Ignored{};
}

ServerMessage read_fields(Fields& root, std::vector<std::uint8_t>& audio) {
  std::string_view type;
  if (!root.get("type", type)) return Broken{"no \"type\""};
  Fields fields;
  if (type == "audio") {
    if (!root.inner("audio_event", fields)) return Broken{"no \"audio_event\""};
    return read_audio(fields, audio);
  }
  if (type == "client_error") return read_client_error(root);
  for (const auto& kind : kKinds) {
    if (type != kind.type) continue;
    if (!root.inner(kind.payload, fields)) return Broken{"no \"" + std::string{kind.payload} + "\""};
    return kind.read(fields);
  }
  return Ignored{};
}

/// Beyond it a parser of its own is made and given back: the one that stays would keep several times the size.
constexpr std::size_t kLarge = 1 << 20;

struct Reader {
  Reader() = default;

  od::parser parser;
  std::vector<char> padded;  ///< for texts that come without room behind them
  std::vector<std::uint8_t> audio;

  ServerMessage read(std::string_view text, std::size_t capacity, std::vector<std::uint8_t>& out) {
    if (text.empty()) return Broken{"not a JSON object"};
    if (capacity < text.size() + simdjson::SIMDJSON_PADDING) {
      padded.resize(text.size() + simdjson::SIMDJSON_PADDING);
      std::memcpy(padded.data(), text.data(), text.size());
      text = {padded.data(), text.size()};
      capacity = padded.size();
    }
    od::document document;
    od::object object;
    if (parser.iterate(text.data(), text.size(), capacity).get(document) != simdjson::SUCCESS ||
        document.get_object().get(object) != simdjson::SUCCESS)
      return Broken{"not a JSON object"};
    Fields root{object};
    return read_fields(root, out);
  }
};

}  // namespace

ServerMessage read_message(std::string_view text, std::size_t capacity) {
  thread_local Reader reader;
  if (text.size() > kLarge) return Reader{}.read(text, capacity, reader.audio);
  return reader.read(text, capacity, reader.audio);
}

}  // namespace otto::elevenlabs
