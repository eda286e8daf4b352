#include "otto/sandbox/media_message.hpp"

#include <optional>
#include <simdjson.h>

#include "otto/crypto/digest.hpp"

namespace otto::sandbox {
namespace {

using simdjson::dom::object;

/// A mark's name and a clear's words are small; a media payload is bounded by the socket's message limit.
constexpr std::size_t kMaxMarkName = 1024;

/// The one string field of a nested object that holds nothing else.
std::optional<std::string_view> only_string(const object& parent, std::string_view name, std::string_view field,
                                            std::string& wrong) {
  object inner;
  if (parent[name].get(inner) != simdjson::SUCCESS) {
    wrong = std::string{name} + " must be an object";
    return std::nullopt;
  }
  std::string_view value;
  if (inner[field].get(value) != simdjson::SUCCESS) {
    wrong = std::string{name} + "." + std::string{field} + " must be a string";
    return std::nullopt;
  }
  if (inner.size() != 1) {
    wrong = std::string{name} + " holds fields besides " + std::string{field};
    return std::nullopt;
  }
  return value;
}

}  // namespace

struct MediaReader::State {
  simdjson::dom::parser parser;
  simdjson::padded_string copy;
  MediaMessage message;

  void wrong(std::string sentence) {
    message.kind = MediaMessage::Kind::Wrong;
    message.text = std::move(sentence);
  }
  void read(const object& root, std::string_view stream_sid);
  void read_payload(const object& root);
};

MediaReader::MediaReader() : state_{std::make_unique<State>()} {}
MediaReader::~MediaReader() = default;

void MediaReader::State::read_payload(const object& root) {
  std::string reason;
  const auto payload = only_string(root, "media", "payload", reason);
  if (!payload) return wrong(reason);
  if (payload->empty()) return wrong("media.payload is empty");
  if (!crypto::base64_decode_into(*payload, message.audio)) return wrong("media.payload is not base64");
  const auto& audio = message.audio;
  if (audio.size() >= 4 && std::string_view{reinterpret_cast<const char*>(audio.data()), 4} == "RIFF")
    return wrong("media.payload is a WAV file; only raw mu-law is played");
  message.kind = MediaMessage::Kind::Media;
}

void MediaReader::State::read(const object& root, std::string_view stream_sid) {
  std::string_view event, sid;
  if (root["event"].get(event) != simdjson::SUCCESS) return wrong("there is no event field");
  if (root["streamSid"].get(sid) != simdjson::SUCCESS) return wrong("there is no streamSid field");
  if (sid != stream_sid) return wrong("streamSid is not this stream's");
  if (event == "clear") {
    if (root.size() != 2) return wrong("a clear message has fields besides event and streamSid");
    message.kind = MediaMessage::Kind::Clear;
    return;
  }
  if (event != "media" && event != "mark") return wrong("event \"" + std::string{event} + "\" is unknown");
  if (root.size() != 3)
    return wrong("a " + std::string{event} + " message has fields besides event, streamSid and " + std::string{event});
  if (event == "media") return read_payload(root);
  std::string reason;
  const auto name = only_string(root, "mark", "name", reason);
  if (!name) return wrong(reason);
  if (name->empty() || name->size() > kMaxMarkName) return wrong("mark.name is empty or too long");
  message.kind = MediaMessage::Kind::Mark;
  message.text = *name;
}

const MediaMessage& MediaReader::read(std::string_view text, std::size_t capacity, std::string_view stream_sid) {
  simdjson::dom::element root;
  const bool padded = capacity >= text.size() + simdjson::SIMDJSON_PADDING;
  if (!padded) state_->copy = simdjson::padded_string{text};
  const auto* data = padded ? text.data() : state_->copy.data();
  object fields;
  if (state_->parser.parse(data, text.size(), false).get(root) != simdjson::SUCCESS) {
    state_->wrong("it is not JSON");
  } else if (root.get(fields) != simdjson::SUCCESS) {
    state_->wrong("it is not a JSON object");
  } else {
    state_->read(fields, stream_sid);
  }
  return state_->message;
}

void write_media(std::string& out, std::string_view stream_sid, std::uint64_t sequence, std::uint64_t chunk,
                 std::int64_t timestamp_ms, std::span<const std::uint8_t> ulaw) {
  out.assign(R"({"event":"media","sequenceNumber":")");
  out.append(std::to_string(sequence)).append(R"(","media":{"track":"inbound","chunk":")");
  out.append(std::to_string(chunk)).append(R"(","timestamp":")").append(std::to_string(timestamp_ms));
  out.append(R"(","payload":")");
  crypto::base64_append(out, ulaw);
  out.append(R"("},"streamSid":")").append(stream_sid).append(R"("})");
}

}  // namespace otto::sandbox
