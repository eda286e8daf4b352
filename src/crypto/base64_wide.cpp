#include "crypto/base64_wide.hpp"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace otto::crypto {

#if defined(__x86_64__)

namespace {

bool has_avx2() noexcept {
  static const bool has = __builtin_cpu_supports("avx2") != 0;
  return has;
}

__attribute__((target("avx2"))) __m256i both(__m128i half) noexcept { return _mm256_broadcastsi128_si256(half); }

/// Twelve bytes of each half become sixteen numbers of six bits, one in each byte.
__attribute__((target("avx2"))) __m256i spread(__m256i bytes) noexcept {
  bytes = _mm256_shuffle_epi8(bytes, both(_mm_setr_epi8(1, 0, 2, 1, 4, 3, 5, 4, 7, 6, 8, 7, 10, 9, 11, 10)));
  const __m256i high =
      _mm256_mulhi_epu16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x0FC0'FC00)), _mm256_set1_epi32(0x0400'0040));
  const __m256i low =
      _mm256_mullo_epi16(_mm256_and_si256(bytes, _mm256_set1_epi32(0x003F'03F0)), _mm256_set1_epi32(0x0100'0010));
  return _mm256_or_si256(high, low);
}

/// A digit's character is its value plus the distance of its group: A-Z, a-z, 0-9, + and /.
__attribute__((target("avx2"))) __m256i to_characters(__m256i digits) noexcept {
  const __m256i distances = both(_mm_setr_epi8('a' - 26, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52, '0' - 52,
                                               '0' - 52, '0' - 52, '0' - 52, '0' - 52, '+' - 62, '/' - 63, 'A', 0, 0));
  const __m256i is_capital = _mm256_cmpgt_epi8(_mm256_set1_epi8(26), digits);
  const __m256i group = _mm256_or_si256(_mm256_subs_epu8(digits, _mm256_set1_epi8(51)),
                                        _mm256_and_si256(is_capital, _mm256_set1_epi8(13)));
  return _mm256_add_epi8(_mm256_shuffle_epi8(distances, group), digits);
}

__attribute__((target("avx2"))) std::size_t encode(const std::uint8_t* in, std::size_t size, char* out) noexcept {
  std::size_t i = 0;
  for (; i + 28 <= size; i += 24, out += 32) {  // the upper half is read from 12 to 28
    const __m128i low = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i));
    const __m128i high = _mm_loadu_si128(reinterpret_cast<const __m128i*>(in + i + 12));
    const __m256i characters = to_characters(spread(_mm256_set_m128i(high, low)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), characters);
  }
  return i;
}

/// Four numbers of six bits become three bytes: 24 bytes at the start, then nothing of worth.
__attribute__((target("avx2"))) __m256i gather(__m256i digits) noexcept {
  const __m256i pairs = _mm256_maddubs_epi16(digits, _mm256_set1_epi32(0x0140'0140));
  const __m256i triples = _mm256_madd_epi16(pairs, _mm256_set1_epi32(0x0001'1000));
  const __m256i bytes =
      _mm256_shuffle_epi8(triples, both(_mm_setr_epi8(2, 1, 0, 6, 5, 4, 10, 9, 8, 14, 13, 12, -1, -1, -1, -1)));
  return _mm256_permutevar8x32_epi32(bytes, _mm256_setr_epi32(0, 1, 2, 4, 5, 6, 3, 7));
}

__attribute__((target("avx2"))) std::size_t decode(const char* in, std::size_t size, std::uint8_t* out) noexcept {
  // A character is a digit when the sets of its low and of its high four bits have no bit in common.
  const __m256i low_sets = both(
      _mm_setr_epi8(0x15, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x11, 0x13, 0x1A, 0x1B, 0x1B, 0x1B, 0x1A));
  const __m256i high_sets = both(
      _mm_setr_epi8(0x10, 0x10, 0x01, 0x02, 0x04, 0x08, 0x04, 0x08, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10, 0x10));
  const __m256i distances = both(_mm_setr_epi8(0, 16, 19, 4, -65, -65, -71, -71, 0, 0, 0, 0, 0, 0, 0, 0));
  const __m256i slash = _mm256_set1_epi8('/');  // 0x2F: a mask for four bits that leaves the shuffle's sign bit alone
  std::size_t i = 0;
  for (; i + 44 <= size; i += 32, out += 24) {  // 32 bytes are written: the last 8 of them must have room
    const __m256i text = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(in + i));
    const __m256i high = _mm256_and_si256(_mm256_srli_epi32(text, 4), slash);
    const __m256i low = _mm256_and_si256(text, slash);
    if (_mm256_testz_si256(_mm256_shuffle_epi8(low_sets, low), _mm256_shuffle_epi8(high_sets, high)) == 0) break;
    const __m256i group = _mm256_add_epi8(_mm256_cmpeq_epi8(text, slash), high);
    const __m256i digits = _mm256_add_epi8(text, _mm256_shuffle_epi8(distances, group));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(out), gather(digits));
  }
  return i;
}

}  // namespace

std::size_t base64_encode_wide(const std::uint8_t* in, std::size_t size, char* out) noexcept {
  return has_avx2() ? encode(in, size, out) : 0;
}

std::size_t base64_decode_wide(const char* in, std::size_t size, std::uint8_t* out) noexcept {
  return has_avx2() ? decode(in, size, out) : 0;
}

#else

std::size_t base64_encode_wide(const std::uint8_t*, std::size_t, char*) noexcept { return 0; }
std::size_t base64_decode_wide(const char*, std::size_t, std::uint8_t*) noexcept { return 0; }

#endif

}  // namespace otto::crypto
