// RFC 6455 §5.2 as bytes: frame headers and masks. Pure; what a sequence of frames means is ws_stream's business.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace otto::net {

enum class Opcode : std::uint8_t { Continuation = 0, Text = 1, Binary = 2, Close = 8, Ping = 9, Pong = 10 };

constexpr bool is_control(Opcode opcode) noexcept { return (static_cast<std::uint8_t>(opcode) & 8U) != 0; }

using MaskKey = std::array<std::uint8_t, 4>;

constexpr std::size_t kMaxFrameHeader = 14;
constexpr std::size_t kMaxControlPayload = 125;

struct FrameHeader {
  Opcode opcode = Opcode::Text;
  bool fin = true, masked = false;
  MaskKey key{};
  std::uint64_t length = 0;  ///< of the payload
  std::size_t size = 0;      ///< of the header itself
};

/// Bad: reserved bits or opcode, a control frame that is fragmented or over 125 bytes, a length that is not written in
/// its shortest form.
enum class HeaderRead : std::uint8_t { Complete, Incomplete, Bad };
HeaderRead read_frame_header(std::string_view bytes, FrameHeader& header) noexcept;

/// Appends a whole, unfragmented frame; with a key its payload is masked (client to server).
void append_frame(std::string& out, Opcode opcode, std::string_view payload, const MaskKey* key);

void apply_mask(char* bytes, std::size_t size, const MaskKey& key) noexcept;

/// A close frame's payload: nothing, or a code that may stand on the wire and a reason in UTF-8.
struct CloseFrame {
  std::uint16_t code = 1005;
  std::string reason;
};
bool read_close(std::string_view payload, CloseFrame& close);
std::string format_close(std::uint16_t code, std::string_view reason);

}  // namespace otto::net
