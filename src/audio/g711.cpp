// ITU-T G.711 µ-law over 16-bit samples: eight segments of sixteen steps, each twice as wide as the one before. That is
// a floating-point number with three bits of exponent and four of mantissa, so a float's own bits do the work: no table
// to keep in the cache, and the loops below vectorise.
#include "otto/audio/g711.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstddef>

namespace otto::audio {
namespace {

constexpr int kBias = 132;          // 33 in G.711's 14-bit samples: makes every segment begin at a power of two
constexpr int kLoudest = 32'635;    // what is louder has the last code too
constexpr int kMantissaShift = 19;  // leaves a float's exponent and four bits of its mantissa
constexpr std::uint32_t kFirstSegment = (127 + 7) << 4;  // the exponent of 128, where the first segment begins
constexpr std::uint32_t kHalfStep = 1U << (kMantissaShift - 1);

static_assert(sizeof(float) == 4);

constexpr std::int16_t decode(std::uint8_t code) noexcept {
  const std::uint32_t inverted = ~std::uint32_t{code};
  const std::uint32_t bits = ((inverted & 0x7F) + kFirstSegment) << kMantissaShift | kHalfStep;
  const int magnitude = static_cast<int>(std::bit_cast<float>(bits)) - kBias;
  return static_cast<std::int16_t>(inverted & 0x80 ? -magnitude : magnitude);
}

constexpr std::uint8_t encode(std::int16_t sample) noexcept {
  const int magnitude = std::min(sample < 0 ? -sample : +sample, kLoudest) + kBias;
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(magnitude));
  const std::uint32_t code = (bits >> kMantissaShift) - kFirstSegment;
  return static_cast<std::uint8_t>(~(code | (sample < 0 ? 0x80U : 0U)));
}

static_assert(decode(kUlawSilence) == 0 && encode(0) == kUlawSilence);

}  // namespace

std::int16_t ulaw_decode(std::uint8_t code) noexcept { return decode(code); }

std::uint8_t ulaw_encode(std::int16_t sample) noexcept { return encode(sample); }

void ulaw_decode(std::span<const std::uint8_t> codes, std::span<std::int16_t> samples) noexcept {
  assert(codes.size() == samples.size());
  std::transform(codes.begin(), codes.end(), samples.begin(), decode);
}

void ulaw_encode(std::span<const std::int16_t> samples, std::span<std::uint8_t> codes) noexcept {
  assert(codes.size() == samples.size());
  std::transform(samples.begin(), samples.end(), codes.begin(), encode);
}

}  // namespace otto::audio
