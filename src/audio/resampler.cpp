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

/// The sum of the products, by 1 << shift, rounded to nearest and limited.
template <std::size_t kTaps>
std::int16_t weigh(const std::int16_t* coefficients, const std::int16_t* samples, int shift) noexcept {
  const auto eight = [](const std::int16_t* p) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(p)); };
  __m128i sums = _mm_setzero_si128();
  for (std::size_t i = 0; i < kTaps; i += 8) {
    sums = _mm_add_epi32(sums, _mm_madd_epi16(eight(coefficients + i), eight(samples + i)));
  }
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(1, 0, 3, 2)));
  sums = _mm_add_epi32(sums, _mm_shuffle_epi32(sums, _MM_SHUFFLE(2, 3, 0, 1)));
  sums = _mm_sra_epi32(_mm_add_epi32(sums, _mm_set1_epi32(1 << (shift - 1))), _mm_cvtsi32_si128(shift));
  return static_cast<std::int16_t>(_mm_cvtsi128_si32(_mm_packs_epi32(sums, sums)));
}

#else

template <std::size_t kTaps>
std::int16_t weigh(const std::int16_t* coefficients, const std::int16_t* samples, int shift) noexcept {
  std::int32_t sum = 1 << (shift - 1);
  for (std::size_t i = 0; i < kTaps; ++i) sum += coefficients[i] * samples[i];
  return static_cast<std::int16_t>(std::clamp(sum >> shift, -32768, 32767));
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
  const std::size_t up = bank_->up;
  const std::size_t whole = bank_->down / up;
  const std::size_t rest = bank_->down % up;
  const int shift = bank_->shift;
  std::size_t phase = phase_;
  std::size_t skip = skip_;
  std::int16_t* const samples = work().data();
  std::copy_n(history_.data(), kTaps - 1, samples);
  while (skip < count) {
    *out++ = weigh<kTaps>(bank_->coefficients.data() + phase * kTaps, samples + skip, shift);
    phase += rest;
    skip += whole;
    if (phase >= up) {
      phase -= up;
      ++skip;
    }
  }
  phase_ = phase;
  skip_ = skip - count;
  std::copy_n(samples + count, kTaps - 1, history_.data());
  return out;
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
