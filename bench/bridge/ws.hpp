// WebSocket frames (RFC 6455 §5.2) on bytes: whole, unfragmented messages, as both providers send them.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace otto::bench {

enum class WsKind : std::uint8_t { Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

/// Builds one message after another in the same memory.
class WsWriter {
 public:
  /// The text is appended to what this returns; finish() puts the head in front of it.
  std::string& begin() {
    buffer_.resize(kHead);
    return buffer_;
  }
  /// Valid until the next begin(). A client masks (§5.3), always with the same key: the work is the same.
  std::string_view finish(bool mask, WsKind kind = WsKind::Text);

 private:
  static constexpr std::size_t kHead = 14;
  std::string buffer_;
};

/// Takes a stream's bytes in any pieces and hands out whole messages.
class WsReader {
 public:
  /// Calls `take(kind, text)` for each message; `data` is unmasked in place. False on what is not a whole data frame.
  template <class F>
  bool feed(char* data, std::size_t size, F take) {
    if (!kept_.empty()) {
      kept_.insert(kept_.end(), data, data + size);
      data = kept_.data();
      size = kept_.size();
    }
    std::size_t used = 0;
    while (true) {
      Head head;
      if (!read_head(data + used, size - used, head)) break;
      if (head.is_bad) return false;
      if (size - used < head.bytes + head.length) break;
      char* const text = data + used + head.bytes;
      if (head.has_mask) unmask(text, head.length, head.mask);
      take(head.kind, std::string_view{text, head.length});
      used += head.bytes + head.length;
    }
    keep(data + used, size - used);
    return true;
  }
  void reset() { kept_ = {}; }

 private:
  struct Head {
    std::size_t bytes = 0, length = 0;
    char mask[4] = {};
    bool has_mask = false, is_bad = false;
    WsKind kind = WsKind::Text;
  };
  static bool read_head(const char* data, std::size_t size, Head& head);
  static void unmask(char* text, std::size_t size, const char* key);
  void keep(const char* data, std::size_t size);

  std::vector<char> kept_;
};

}  // namespace otto::bench
