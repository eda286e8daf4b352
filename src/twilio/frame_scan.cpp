#include "twilio/frame_scan.hpp"

#include <charconv>

namespace otto::twilio {

namespace {

/// What is left to read. Every step says whether the text was as expected.
struct Scanner {
  std::string_view left;

  bool take(char expected) noexcept {
    if (left.empty() || left.front() != expected) return false;
    left.remove_prefix(1);
    return true;
  }
  bool string(std::string_view& out) noexcept {
    if (!take('"')) return false;
    const auto end = left.find('"');
    if (end == std::string_view::npos) return false;
    out = left.substr(0, end);
    left.remove_prefix(end + 1);
    return out.find('\\') == std::string_view::npos;
  }
  /// An object's fields; `on_field(key)` reads the value.
  template <class F>
  bool object(F on_field) noexcept {
    if (!take('{')) return false;
    std::string_view key;
    do {
      if (!string(key) || !take(':') || !on_field(key)) return false;
    } while (take(','));
    return take('}');
  }
};

bool read_number(std::string_view text, std::int64_t& out) noexcept {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

bool scan_media(Scanner& in, MediaFrame& frame, bool& has_payload) noexcept {
  return in.object([&](std::string_view key) {
    std::string_view value;
    if (!in.string(value)) return false;
    if (key == "payload") {
      frame.payload = value;
      has_payload = true;
    } else if (key == "track") {
      frame.inbound = value.starts_with("inbound");
    } else if (key == "timestamp") {
      return read_number(value, frame.timestamp_ms);
    }
    return true;
  });
}

}  // namespace

std::optional<MediaMessage> scan_frame(std::string_view text) noexcept {
  Scanner in{text};
  MediaFrame frame;
  std::string_view event, stream_sid, value;
  bool has_payload = false;
  const bool is_whole = in.object([&](std::string_view key) {
    if (key == "media") return scan_media(in, frame, has_payload);
    if (!in.string(value)) return false;
    if (key == "event") event = value;
    if (key == "streamSid") stream_sid = value;
    return true;
  });
  if (!is_whole || !in.left.empty() || !has_payload || event != "media") return std::nullopt;
  MediaMessage message;
  message.stream_sid = stream_sid;
  message.event = frame;
  return message;
}

}  // namespace otto::twilio
