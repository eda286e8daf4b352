// G.711 µ-law by table, both ways.
#pragma once

#include <cstdint>
#include <span>

namespace otto::audio {

inline constexpr std::uint8_t kUlawSilence = 0xFF;
inline constexpr int kFrameBytes = 160;  ///< 20 ms of 8 kHz µ-law: the line's own frame

std::int16_t ulaw_decode(std::uint8_t code) noexcept;
std::uint8_t ulaw_encode(std::int16_t sample) noexcept;
/// Sizes must be equal.
void ulaw_decode(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept;
void ulaw_encode(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept;

}  // namespace otto::audio
