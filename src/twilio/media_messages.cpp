#include "otto/twilio/media_messages.hpp"

#include <charconv>
#include <simdjson.h>

#include "otto/crypto/digest.hpp"

#include "twilio/frame_scan.hpp"

namespace otto::twilio {

namespace {

namespace ondemand = simdjson::ondemand;
using simdjson::error_code;

/// Everything that any message may hold; which of it counts follows from "event", wherever that stands.
struct Fields {
  std::string_view event, stream_sid, mark, digit;
  MediaFrame frame;
  MediaStart start;
  bool has_payload = false;
};

/// Calls `on_field(key, value)` for each field of an object; ends at the first error.
template <class F>
error_code each_field(ondemand::object object, F on_field) {
  for (auto field : object) {
    std::string_view key;
    ondemand::value value;
    if (const auto error = field.unescaped_key().get(key)) return error;
    if (const auto error = field.value().get(value)) return error;
    if (const auto error = on_field(key, value)) return error;
  }
  return simdjson::SUCCESS;
}

template <class F>
error_code each_field(ondemand::value value, F on_field) {
  ondemand::object object;
  if (const auto error = value.get_object().get(object)) return error;
  return each_field(object, on_field);
}

error_code read(ondemand::value value, std::string_view& out) { return value.get_string().get(out); }

error_code read(ondemand::value value, std::string& out) {
  std::string_view text;
  const auto error = value.get_string().get(text);
  out = text;
  return error;
}

/// Twilio sends counters as strings and formats as numbers; either is taken for both.
error_code read(ondemand::value value, std::int64_t& out) {
  ondemand::json_type type{};
  if (const auto error = value.type().get(type)) return error;
  if (type == ondemand::json_type::number) return value.get_int64().get(out);
  std::string_view text;
  if (const auto error = value.get_string().get(text)) return error;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size() ? simdjson::SUCCESS : simdjson::NUMBER_ERROR;
}

error_code read_media(ondemand::value media, Fields& fields) {
  return each_field(media, [&](std::string_view key, ondemand::value value) {
    if (key == "payload") {
      fields.has_payload = true;
      return read(value, fields.frame.payload);
    }
    if (key == "timestamp") return read(value, fields.frame.timestamp_ms);
    if (key != "track") return simdjson::SUCCESS;
    std::string_view track;
    const auto error = read(value, track);
    fields.frame.inbound = track.starts_with("inbound");
    return error;
  });
}

error_code read_format(ondemand::value format, MediaStart& start) {
  return each_field(format, [&](std::string_view key, ondemand::value value) {
    if (key == "encoding") return read(value, start.encoding);
    if (key == "sampleRate") return read(value, start.sample_rate);
    if (key == "channels") return read(value, start.channels);
    return simdjson::SUCCESS;
  });
}

error_code read_parameters(ondemand::value parameters, MediaStart& start) {
  return each_field(parameters, [&](std::string_view key, ondemand::value value) {
    auto& parameter = start.parameters.emplace_back(key, std::string{});
    return read(value, parameter.second);
  });
}

error_code read_start(ondemand::value object, MediaStart& start) {
  return each_field(object, [&](std::string_view key, ondemand::value value) {
    if (key == "streamSid") return read(value, start.stream_sid);
    if (key == "accountSid") return read(value, start.account_sid);
    if (key == "callSid") return read(value, start.call_sid);
    if (key == "mediaFormat") return read_format(value, start);
    if (key == "customParameters") return read_parameters(value, start);
    return simdjson::SUCCESS;
  });
}

/// The string called `wanted`, if the object has it.
error_code read_named(ondemand::value object, std::string_view wanted, std::string_view& out) {
  return each_field(object, [&](std::string_view key, ondemand::value value) {
    return key == wanted ? read(value, out) : simdjson::SUCCESS;
  });
}

error_code read_message(ondemand::object message, Fields& fields) {
  return each_field(message, [&](std::string_view key, ondemand::value value) {
    if (key == "event") return read(value, fields.event);
    if (key == "streamSid") return read(value, fields.stream_sid);
    if (key == "media") return read_media(value, fields);
    if (key == "mark") return read_named(value, "name", fields.mark);
    if (key == "dtmf") return read_named(value, "digit", fields.digit);
    if (key == "start") return read_start(value, fields.start);
    return simdjson::SUCCESS;
  });
}

bool is_dtmf(std::string_view digit) {
  return digit.size() == 1 && std::string_view{"0123456789*#ABCD"}.find(digit.front()) != std::string_view::npos;
}

Error malformed(std::string_view what) {
  return Error{Errc::Malformed, "Twilio sent a media-stream message that " + std::string{what} + "."};
}

Result<MediaMessage> to_message(Fields fields) {
  MediaMessage message;
  message.stream_sid = fields.stream_sid;
  if (fields.event == "media") {
    if (!fields.has_payload) return malformed("is media without a payload");
    message.event = fields.frame;
  } else if (fields.event == "mark") {
    message.event = MediaMark{fields.mark};
  } else if (fields.event == "dtmf") {
    if (!is_dtmf(fields.digit)) return malformed("is a key press without a key");
    message.event = MediaDtmf{fields.digit.front()};
  } else if (fields.event == "start") {
    if (fields.start.stream_sid.empty()) fields.start.stream_sid = fields.stream_sid;
    message.event = std::move(fields.start);
  } else if (fields.event == "stop") {
    message.event = MediaStop{};
  } else if (fields.event == "connected") {
    message.event = MediaConnected{};
  } else if (fields.event.empty()) {
    return malformed("names no event");
  }
  return message;
}

/// For identifiers and names: quotes, backslashes and control characters cannot leave the string.
void append_json_text(std::string& out, std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 0x0F];
    } else {
      out += c;
    }
  }
}

void append_head(std::string& out, std::string_view event, std::string_view stream_sid) {
  out.append(R"({"event":")").append(event).append(R"(","streamSid":")");
  append_json_text(out, stream_sid);
  out += '"';
}

}  // namespace

std::string_view MediaStart::parameter(std::string_view name) const noexcept {
  for (const auto& [key, value] : parameters)
    if (key == name) return value;
  return {};
}

Result<MediaMessage> parse_media(std::string_view text, std::size_t capacity) {
  if (auto frame = scan_frame(text)) return std::move(*frame);
  thread_local ondemand::parser parser;
  const simdjson::padded_string_view padded{text.data(), text.size(), capacity};
  ondemand::document document;
  ondemand::object object;
  Fields fields;
  bool is_valid = parser.iterate(padded).get(document) == simdjson::SUCCESS;
  is_valid = is_valid && document.get_object().get(object) == simdjson::SUCCESS;
  is_valid = is_valid && read_message(object, fields) == simdjson::SUCCESS;
  is_valid = is_valid && document.current_location().error() == simdjson::OUT_OF_BOUNDS;  // nothing behind it
  if (!is_valid) return malformed("is not the JSON object that its documentation describes");
  return to_message(std::move(fields));
}

void append_media(std::string& out, std::string_view stream_sid, std::span<const std::uint8_t> ulaw) {
  out.reserve(out.size() + 80 + stream_sid.size() + (ulaw.size() + 2) / 3 * 4);
  append_head(out, "media", stream_sid);
  out += R"(,"media":{"payload":")";
  crypto::base64_append(out, ulaw);
  out += R"("}})";
}

void append_mark(std::string& out, std::string_view stream_sid, std::string_view name) {
  append_head(out, "mark", stream_sid);
  out += R"(,"mark":{"name":")";
  append_json_text(out, name);
  out += R"("}})";
}

void append_clear(std::string& out, std::string_view stream_sid) {
  append_head(out, "clear", stream_sid);
  out += '}';
}

}  // namespace otto::twilio
