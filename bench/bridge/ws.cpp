#include "bench/bridge/ws.hpp"

namespace otto::bench {

namespace {

constexpr char kMask[4] = {0x37, static_cast<char>(0xA5), 0x1C, 0x66};

void apply_mask(char* text, std::size_t size, const char* key) {
  std::uint32_t word = 0;
  std::memcpy(&word, key, sizeof word);
  const std::uint64_t wide = std::uint64_t{word} << 32 | word;
  std::size_t i = 0;
  for (; i + 8 <= size; i += 8) {
    std::uint64_t piece = 0;
    std::memcpy(&piece, text + i, 8);
    piece ^= wide;
    std::memcpy(text + i, &piece, 8);
  }
  for (; i < size; ++i) text[i] = static_cast<char>(text[i] ^ key[i % 4]);
}

}  // namespace

std::string_view WsWriter::finish(bool mask, WsKind kind) {
  const std::size_t size = buffer_.size() - kHead;
  char* const text = buffer_.data() + kHead;
  char* head = text;
  if (mask) {
    apply_mask(text, size, kMask);
    head -= 4;
    std::memcpy(head, kMask, 4);
  }
  const char mask_bit = mask ? static_cast<char>(0x80) : char{0};
  if (size < 126) {
    *--head = static_cast<char>(static_cast<char>(size) | mask_bit);
  } else if (size < 65'536) {
    *--head = static_cast<char>(size & 0xFF);
    *--head = static_cast<char>(size >> 8);
    *--head = static_cast<char>(126 | mask_bit);
  } else {
    for (std::size_t i = 0, rest = size; i < 8; ++i, rest >>= 8) *--head = static_cast<char>(rest & 0xFF);
    *--head = static_cast<char>(127 | mask_bit);
  }
  *--head = static_cast<char>(0x80 | static_cast<int>(kind));
  return {head, static_cast<std::size_t>(text - head) + size};
}

bool WsReader::read_head(const char* data, std::size_t size, Head& head) {
  if (size < 2) return false;
  const auto byte = [data](std::size_t i) { return static_cast<unsigned char>(data[i]); };
  head.kind = static_cast<WsKind>(byte(0) & 0x0F);
  head.is_bad = (byte(0) & 0xF0) != 0x80 || (byte(0) & 0x0F) == 0;
  head.has_mask = (byte(1) & 0x80) != 0;
  head.length = byte(1) & 0x7F;
  head.bytes = 2;
  std::size_t more = 0;
  if (head.length == 126) more = 2;
  if (head.length == 127) more = 8;
  if (size < 2 + more + (head.has_mask ? 4U : 0U)) return false;
  if (more > 0) head.length = 0;
  for (std::size_t i = 0; i < more; ++i) head.length = head.length << 8 | byte(2 + i);
  head.bytes += more;
  if (!head.has_mask) return true;
  std::memcpy(head.mask, data + head.bytes, 4);
  head.bytes += 4;
  return true;
}

void WsReader::unmask(char* text, std::size_t size, const char* key) { apply_mask(text, size, key); }

void WsReader::keep(const char* data, std::size_t size) {
  if (!kept_.empty()) {
    kept_.erase(kept_.begin(), kept_.end() - static_cast<std::ptrdiff_t>(size));
  } else if (size > 0) {
    kept_.assign(data, data + size);
  }
}

}  // namespace otto::bench
