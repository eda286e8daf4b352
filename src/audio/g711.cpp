// ITU-T G.711 µ-law over 16-bit samples: eight segments of sixteen steps, each twice as wide as the one before.
#include "otto/audio/g711.hpp"

#include <array>
#include <cassert>
#include <cstddef>

namespace otto::audio {
namespace {

constexpr int kBias = 132;  // 33 in G.711's 14-bit samples: makes every segment begin at a power of two

constexpr std::int16_t decode_by_formula(std::uint8_t code) {
  const int inverted = ~code & 0xFF;
  const int magnitude = ((((inverted & 0x0F) << 3) + kBias) << ((inverted >> 4) & 7)) - kBias;
  return static_cast<std::int16_t>(inverted & 0x80 ? -magnitude : magnitude);
}

constexpr auto kDecode = [] {
  std::array<std::int16_t, 256> table{};
  for (std::size_t code = 0; code < table.size(); ++code) {
    table[code] = decode_by_formula(static_cast<std::uint8_t>(code));
  }
  return table;
}();

/// By a sample's magnitude, 0 to 32768: the seven low bits of its code, not yet inverted.
constexpr auto kEncode = [] {
  std::array<std::uint8_t, 32769> table{};
  std::size_t next = 0;
  for (std::uint8_t code = 0; code < 128; ++code) {
    const int step = 8 << (code >> 4);
    const int end = (((code & 0x0F) * 8 + kBias) << (code >> 4)) - kBias + step / 2;
    for (; next < static_cast<std::size_t>(end) && next < table.size(); ++next) table[next] = code;
  }
  for (; next < table.size(); ++next) table[next] = 127;  // louder than the law can say
  return table;
}();

}  // namespace

std::int16_t ulaw_decode(std::uint8_t code) noexcept { return kDecode[code]; }

std::uint8_t ulaw_encode(std::int16_t sample) noexcept {
  const auto magnitude = static_cast<std::size_t>(sample < 0 ? -sample : sample);
  return static_cast<std::uint8_t>(~(kEncode[magnitude] | (sample < 0 ? 0x80 : 0)));
}

void ulaw_decode(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept {
  assert(codes.size() == samples.size());
  for (std::size_t i = 0; i < codes.size(); ++i) samples[i] = kDecode[codes[i]];
}

void ulaw_encode(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept {
  assert(codes.size() == samples.size());
  for (std::size_t i = 0; i < samples.size(); ++i) codes[i] = ulaw_encode(samples[i]);
}

}  // namespace otto::audio
