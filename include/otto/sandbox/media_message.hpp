// What the carrier accepts on a media stream from the other side: exactly media, mark and clear, each with exactly its
// documented fields. Everything else is a 31951 (or 31950 for binary frames) and is dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace otto::sandbox {

struct MediaMessage {
  enum class Kind : std::uint8_t { Media, Mark, Clear, Wrong };
  Kind kind = Kind::Wrong;
  std::vector<std::uint8_t> audio;  ///< Media
  std::string text;                 ///< Mark: its name · Wrong: what is wrong, one sentence
};

class MediaReader {
 public:
  MediaReader();
  ~MediaReader();
  /// `capacity` bytes are readable from text.data(). The answer is valid until the next call.
  const MediaMessage& read(std::string_view text, std::size_t capacity, std::string_view stream_sid);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Appends one inbound media message as the carrier writes it (counters are strings) to `out`, replacing it.
void write_media(std::string& out, std::string_view stream_sid, std::uint64_t sequence, std::uint64_t chunk,
                 std::int64_t timestamp_ms, std::span<const std::uint8_t> ulaw);

}  // namespace otto::sandbox
