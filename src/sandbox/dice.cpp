#include "otto/sandbox/dice.hpp"

namespace otto::sandbox {
namespace {

std::uint64_t mix(std::uint64_t x) noexcept {  // splitmix64's finaliser
  x += 0x9E3779B97F4A7C15ULL;
  x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9ULL;
  x = (x ^ (x >> 27)) * 0x94D049BB133111EBULL;
  return x ^ (x >> 31);
}

}  // namespace

std::uint64_t Dice::bits(std::string_view key) const noexcept {
  std::uint64_t hash = 0xCBF29CE484222325ULL ^ mix(seed_);  // FNV-1a
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return mix(hash);
}

double Dice::chance(std::string_view key) const noexcept { return static_cast<double>(bits(key) >> 11) * 0x1.0p-53; }

std::int64_t Dice::between(std::string_view key, std::int64_t low, std::int64_t high) const noexcept {
  const auto span = static_cast<std::uint64_t>(high - low) + 1;
  return low + static_cast<std::int64_t>(bits(key) % span);
}

std::string IdMaker::sid(std::string_view prefix) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out{prefix};
  const auto key = std::to_string(++count_);
  for (const char half : {'a', 'b'}) {
    auto bits = dice_.bits(key + half);
    for (int i = 0; i < 16; ++i, bits >>= 4) out += kHex[bits & 15];
  }
  return out;
}

std::string IdMaker::word(std::string_view prefix) {
  constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
  std::string out{prefix};
  const auto key = std::to_string(++count_);
  for (const char part : {'a', 'b', 'c'}) {
    auto bits = dice_.bits(key + part);
    for (int i = 0; i < 9; ++i, bits >>= 5) out += kAlphabet[bits & 31];
  }
  return out;
}

}  // namespace otto::sandbox
