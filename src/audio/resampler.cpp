#include "audio/resampler.hpp"

#include <algorithm>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

namespace otto::audio {
namespace {

// Whole numbers throughout: the same bytes on every machine, and twice as many products per instruction as in floats.
// The instructions are written out because it depends on the loop's form whether the compiler finds them.
#ifdef __SSE2__

__m128i eight(const std::int16_t* p) noexcept { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); }

template <std::size_t kTaps>
struct Coefficients {
  explicit Coefficients(const std::int16_t* from) noexcept {
    for (std::size_t i = 0; i < kTaps / 8; ++i) eights[i] = eight(from + 8 * i);
  }
  /// Four sums of products that make up one.
  __m128i by(const std::int16_t* samples) const noexcept {
    __m128i sums = _mm_setzero_si128();
    for (std::size_t i = 0; i < kTaps / 8; ++i)
      sums = _mm_add_epi32(sums, _mm_madd_epi16(eights[i], eight(samples + 8 * i)));
    return sums;
  }
  __m128i eights[kTaps / 8];
};

/// By 1 << shift, rounded to nearest and limited to 16 bits.
__m128i scaled(__m128i sums, int shift) noexcept {
  sums = _mm_sra_epi32(_mm_add_epi32(sums, _mm_set1_epi32(1 << (shift - 1))), _mm_cvtsi32_si128(shift));
  return _mm_packs_epi32(sums, sums);
}

template <std::size_t kTaps>
std::int16_t weigh(const std::int16_t* coefficients, const std::int16_t* samples, int shift) noexcept {
  const __m128i sums = Coefficients<kTaps>{coefficients}.by(samples);
  const __m128i two = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
  const __m128i one = _mm_add_epi32(two, _mm_shuffle_epi32(two, _MM_SHUFFLE(2, 3, 0, 1)));
  return static_cast<std::int16_t>(_mm_extract_epi16(scaled(one, shift), 0));
}

/// Four outputs of one phase, from samples that lie `down` apart to places that lie `up` apart. To add up across a
/// register costs more than the products do, and is done for all of them at once.
template <std::size_t kTaps>
void weigh_four(const Coefficients<kTaps>& coefficients, const std::int16_t* samples, std::size_t down, int shift,
                std::int16_t* out, std::size_t up) noexcept {
  const auto pairs = [](__m128i a, __m128i b) {
    return _mm_add_epi32(_mm_unpacklo_epi32(a, b), _mm_unpackhi_epi32(a, b));
  };
  const __m128i low = pairs(coefficients.by(samples), coefficients.by(samples + down));
  const __m128i high = pairs(coefficients.by(samples + 2 * down), coefficients.by(samples + 3 * down));
  const __m128i four = scaled(_mm_add_epi32(_mm_unpacklo_epi64(low, high), _mm_unpackhi_epi64(low, high)), shift);
  out[0] = static_cast<std::int16_t>(_mm_extract_epi16(four, 0));
  out[up] = static_cast<std::int16_t>(_mm_extract_epi16(four, 1));
  out[2 * up] = static_cast<std::int16_t>(_mm_extract_epi16(four, 2));
  out[3 * up] = static_cast<std::int16_t>(_mm_extract_epi16(four, 3));
}

#else

template <std::size_t kTaps>
std::int16_t weigh(const std::int16_t* coefficients, const std::int16_t* samples, int shift) noexcept {
  std::int32_t sum = 1 << (shift - 1);
  for (std::size_t i = 0; i < kTaps; ++i) sum += coefficients[i] * samples[i];
  return static_cast<std::int16_t>(std::clamp(sum >> shift, -32768, 32767));
}

template <std::size_t kTaps>
struct Coefficients {
  const std::int16_t* from;
};

template <std::size_t kTaps>
void weigh_four(Coefficients<kTaps> coefficients, const std::int16_t* samples, std::size_t down, int shift,
                std::int16_t* out, std::size_t up) noexcept {
  for (int i = 0; i < 4; ++i, samples += down, out += up) *out = weigh<kTaps>(coefficients.from, samples, shift);
}

#endif

}  // namespace

Resampler::Resampler(const FilterBank& bank) : bank_{&bank} { reset(); }

Resampler::Work& Resampler::work() noexcept {
  thread_local Work work{};
  return work;
}

void Resampler::reset() noexcept {
  history_.fill(0);
  phase_ = 0;
  skip_ = 0;
}

template <std::size_t kTaps>
std::int16_t* Resampler::filter(std::size_t count, std::int16_t* out) noexcept {
  const std::size_t up = bank_->up, down = bank_->down;
  const int shift = bank_->shift;
  const std::int16_t* const coefficients = bank_->coefficients.data();
  std::int16_t* const samples = work().data();
  std::copy_n(history_.data(), kTaps - 1, samples);
  // Output k stands at input skip + (phase + k * down) / up: a phase's outputs lie `up` apart, and their inputs `down`.
  const std::size_t total = skip_ < count ? ((count - skip_) * up - phase_ + down - 1) / down : 0;
  const std::size_t whole = down / up, rest = down % up;
  const std::size_t fours = total / up / 4 * 4;  // of a phase's outputs; with many phases there are none
  std::size_t phase = phase_, skip = skip_;
  const auto next = [&] {
    phase += rest;
    skip += whole;
    if (phase < up) return;
    phase -= up;
    ++skip;
  };
  for (std::size_t first = 0; fours > 0 && first < up; ++first, next()) {
    const Coefficients<kTaps> kept{coefficients + phase * kTaps};
    for (std::size_t k = 0; k < fours; k += 4)
      weigh_four<kTaps>(kept, samples + skip + k * down, down, shift, out + first + k * up, up);
  }
  skip += (fours > 0 ? fours - 1 : 0) * down;
  for (std::size_t k = fours * up; k < total; ++k, next())
    out[k] = weigh<kTaps>(coefficients + phase * kTaps, samples + skip, shift);
  const std::size_t end = phase_ + total * down;
  phase_ = end % up;
  skip_ += end / up - count;
  std::copy_n(samples + count, kTaps - 1, history_.data());
  return out + total;
}

std::size_t Resampler::process(std::size_t count, std::int16_t* out) noexcept {
  constexpr std::size_t kSpan = FilterBank::kSpan;
  const auto filter_by_length = [&] {
    switch (bank_->taps / kSpan) {
      case 1:
        return filter<kSpan>(count, out);
      case 2:
        return filter<2 * kSpan>(count, out);
      case 3:
        return filter<3 * kSpan>(count, out);
      case 4:
        return filter<4 * kSpan>(count, out);
      case 5:
        return filter<5 * kSpan>(count, out);
      default:
        return filter<6 * kSpan>(count, out);
    }
  };
  return static_cast<std::size_t>(filter_by_length() - out);
}

}  // namespace otto::audio
