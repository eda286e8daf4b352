// Twilio's media-stream messages: parsing what comes (simdjson, no allocation per frame after warm-up) and writing what
// goes (exactly the allowed fields: anything more is error 31951 and the message is dropped).
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "otto/base/error.hpp"

namespace otto::twilio {

struct MediaConnected {};
/// The stream's first message with a streamSid.
struct MediaStart {
  std::string stream_sid, account_sid, call_sid;
  std::string encoding;  ///< "audio/x-mulaw"
  std::int64_t sample_rate = 0, channels = 0;
  std::vector<std::pair<std::string, std::string>> parameters;  ///< the TwiML's <Parameter>s

  /// The first parameter of that name, or "".
  std::string_view parameter(std::string_view name) const noexcept;
};
struct MediaFrame {
  std::string_view payload;       ///< base64 of µ-law
  std::int64_t timestamp_ms = 0;  ///< since the stream's start
  bool inbound = true;            ///< the callee's voice
};
struct MediaDtmf {
  char digit = 0;
};
struct MediaMark {
  std::string_view name;
};
struct MediaStop {};
struct MediaUnknown {};  ///< an event that we do not know: to be ignored

struct MediaMessage {
  std::string_view stream_sid;  ///< empty when the message has none
  std::variant<MediaUnknown, MediaConnected, MediaStart, MediaFrame, MediaDtmf, MediaMark, MediaStop> event;

  MediaMessage() = default;
};

/// Fields in any order, unknown ones ignored, numbers as numbers or strings. `capacity`: bytes readable from
/// text.data(), at least 64 more than its size. The message's views live until the next call on this thread, whatever
/// stream it is for: one parser serves all of them and stays warm. Malformed otherwise.
Result<MediaMessage> parse_media(std::string_view text, std::size_t capacity);

void append_media(std::string& out, std::string_view stream_sid, std::span<const std::uint8_t> ulaw);
void append_mark(std::string& out, std::string_view stream_sid, std::string_view name);
void append_clear(std::string& out, std::string_view stream_sid);

}  // namespace otto::twilio
