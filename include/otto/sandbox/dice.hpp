// Chance that can be replayed: each roll is a pure function of the seed and of a key that says what is rolled for,
// so that the order of requests, which no test controls, changes nothing.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace otto::sandbox {

class Dice {
 public:
  explicit Dice(std::uint64_t seed) : seed_{seed} {}
  std::uint64_t bits(std::string_view key) const noexcept;
  /// In [0, 1).
  double chance(std::string_view key) const noexcept;
  /// In [low, high].
  std::int64_t between(std::string_view key, std::int64_t low, std::int64_t high) const noexcept;

 private:
  std::uint64_t seed_;
};

/// Identifiers in the providers' shapes. A sandbox that is started again must not repeat the SIDs that a database
/// still holds, so the maker takes a salt of its own beside the seed.
class IdMaker {
 public:
  explicit IdMaker(std::uint64_t salt) : dice_{salt} {}
  /// "CA" + 32 hex digits.
  std::string sid(std::string_view prefix);
  /// "conv_" + 28 of [0-9a-z].
  std::string word(std::string_view prefix);

 private:
  Dice dice_;
  std::uint64_t count_ = 0;
};

}  // namespace otto::sandbox
