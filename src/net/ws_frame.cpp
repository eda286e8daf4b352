#include "ws_frame.hpp"

#include <cstring>

#include "otto/base/text.hpp"

namespace otto::net {

namespace {

constexpr std::uint8_t kFin = 0x80, kReserved = 0x70, kOpcode = 0x0F, kMasked = 0x80, kLength = 0x7F;
constexpr std::uint8_t kLength16 = 126, kLength64 = 127;

constexpr bool is_known(std::uint8_t opcode) noexcept { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

/// RFC 6455 §7.4: what a peer may send; 1004 to 1006 and 1015 never stand on the wire.
constexpr bool may_be_sent(std::uint16_t code) noexcept {
  if (code >= 3000 && code <= 4999) return true;
  return code >= 1000 && code <= 1014 && code != 1004 && code != 1005 && code != 1006;
}

std::uint64_t read_big_endian(std::string_view bytes) noexcept {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

}  // namespace

HeaderRead read_frame_header(std::string_view bytes, FrameHeader& header) noexcept {
  if (bytes.size() < 2) return HeaderRead::Incomplete;
  const auto first = static_cast<std::uint8_t>(bytes[0]), second = static_cast<std::uint8_t>(bytes[1]);
  const auto opcode = static_cast<std::uint8_t>(first & kOpcode);
  if ((first & kReserved) != 0 || !is_known(opcode)) return HeaderRead::Bad;
  header.opcode = static_cast<Opcode>(opcode);
  header.fin = (first & kFin) != 0;
  header.masked = (second & kMasked) != 0;
  const auto short_length = static_cast<std::uint8_t>(second & kLength);
  if (is_control(header.opcode) && (!header.fin || short_length > kMaxControlPayload)) return HeaderRead::Bad;

  const std::size_t extra = short_length == kLength16 ? 2 : short_length == kLength64 ? 8 : 0;
  header.size = 2 + extra + (header.masked ? 4 : 0);
  if (bytes.size() < header.size) return HeaderRead::Incomplete;
  header.length = extra == 0 ? short_length : read_big_endian(bytes.substr(2, extra));
  if ((extra == 2 && header.length < kLength16) || (extra == 8 && header.length <= 0xFFFF)) return HeaderRead::Bad;
  if (header.masked) std::memcpy(header.key.data(), bytes.data() + 2 + extra, header.key.size());
  return HeaderRead::Complete;
}

void append_frame(std::string& out, Opcode opcode, std::string_view payload, const MaskKey* key) {
  std::array<char, kMaxFrameHeader> header{};
  std::size_t size = 0;
  const auto put = [&](std::uint64_t byte) { header[size++] = static_cast<char>(byte & 0xFF); };
  const std::uint64_t masked = key != nullptr ? kMasked : 0;
  put(kFin | static_cast<std::uint8_t>(opcode));
  if (payload.size() < kLength16) {
    put(masked | payload.size());
  } else {
    const int bytes = payload.size() <= 0xFFFF ? 2 : 8;
    put(masked | (bytes == 2 ? kLength16 : kLength64));
    for (int i = bytes - 1; i >= 0; --i) put(std::uint64_t{payload.size()} >> (8 * i));
  }
  if (key != nullptr) {
    std::memcpy(header.data() + size, key->data(), key->size());
    size += key->size();
  }
  out.append(header.data(), size);
  out.append(payload);
  if (key != nullptr) apply_mask(out.data() + (out.size() - payload.size()), payload.size(), *key);
}

void apply_mask(char* bytes, std::size_t size, const MaskKey& key) noexcept {
  std::uint32_t narrow = 0;
  std::memcpy(&narrow, key.data(), sizeof narrow);
  const std::uint64_t wide = std::uint64_t{narrow} << 32 | narrow;
  std::size_t i = 0;
  for (; i + sizeof wide <= size; i += sizeof wide) {
    std::uint64_t chunk = 0;
    std::memcpy(&chunk, bytes + i, sizeof chunk);
    chunk ^= wide;
    std::memcpy(bytes + i, &chunk, sizeof chunk);
  }
  for (; i < size; ++i) bytes[i] = static_cast<char>(static_cast<std::uint8_t>(bytes[i]) ^ key[i % key.size()]);
}

bool read_close(std::string_view payload, CloseFrame& close) {
  if (payload.empty()) return true;
  if (payload.size() < 2) return false;
  close.code = static_cast<std::uint16_t>(read_big_endian(payload.substr(0, 2)));
  close.reason = payload.substr(2);
  return may_be_sent(close.code) && is_utf8(close.reason);
}

std::string format_close(std::uint16_t code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += truncate_utf8(reason, kMaxControlPayload - 2);
  return payload;
}

}  // namespace otto::net
