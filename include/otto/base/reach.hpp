// Memory that will be used soon. With hundreds of calls nothing of a call is in the cache when its next frame comes,
// and one load that waits for another costs more than the work between them. Who knows whose frame is next asks for all
// of it at once.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace otto {

/// A few stretches of memory. What is asked for need not exist any more: it does no harm.
class Reach {
 public:
  Reach() = default;
  Reach(const void* first, std::size_t bytes) { add(first, bytes); }

  /// Beyond its room it is left out.
  void add(const void* first, std::size_t bytes) noexcept {
    if (first == nullptr || bytes == 0) return;
    const auto from = reinterpret_cast<std::uintptr_t>(first);
    auto line = from / kLine * kLine;
    for (auto left = (from + bytes - 1) / kLine - from / kLine + 1; left > 0 && count_ < stretches_.size();) {
      const auto lines = left < kLine ? left : kLine;
      stretches_[count_++] = line | (lines - 1);
      line += lines * kLine;
      left -= lines;
    }
  }
  void add(const Reach& other) noexcept {
    for (std::size_t i = 0; i < other.count_ && count_ < stretches_.size(); ++i)
      stretches_[count_++] = other.stretches_[i];
  }
  std::size_t lines() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = 0; i < count_; ++i) sum += stretches_[i] % kLine + 1;
    return sum;
  }
  /// Goes on at once; the memory comes meanwhile.
  void fetch() const noexcept {
    for (std::size_t i = 0; i < count_; ++i) {
      const auto* const from = reinterpret_cast<const char*>(stretches_[i] / kLine * kLine);
      for (std::size_t line = 0; line <= stretches_[i] % kLine; ++line) __builtin_prefetch(from + line * kLine, 1);
    }
  }

 private:
  static constexpr std::uintptr_t kLine = 64;
  std::array<std::uintptr_t, 13> stretches_{};  ///< a line's address; in its free bits how many follow it
  std::size_t count_ = 0;
};

}  // namespace otto
