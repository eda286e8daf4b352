// Memory that will be used soon. With hundreds of calls nothing of a call is in the cache when its next frame comes,
// and one load that waits for another costs more than the work between them. Who knows whose frame is next says what it
// will touch; whoever is about to wait for the system has a part of it fetched meanwhile.
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

 private:
  friend class Ahead;
  static constexpr std::uintptr_t kLine = 64;
  std::array<std::uintptr_t, 13> stretches_{};  ///< a line's address; in its free bits how many follow it
  std::size_t count_ = 0;
};

/// What is to be fetched, in the order in which it was asked for. A processor keeps some twenty requests for memory
/// under way and drops those beyond without a word (measured on an EPYC: of a hundred lines asked for at once the first
/// twenty came), so they are made a few at a time. One for each thread.
class Ahead {
 public:
  static Ahead& here() noexcept {
    static constinit thread_local Ahead ahead;
    return ahead;
  }

  void add(const Reach& reach) noexcept {
    for (std::size_t i = 0; i < reach.count_; ++i) add(reach.stretches_[i]);
  }
  /// Up to 64 lines of 64 bytes, the one of `first` and those behind it. An address that is none does no harm.
  void add(const void* first, std::size_t lines) noexcept {
    if (first != nullptr) add((reinterpret_cast<std::uintptr_t>(first) & ~(Reach::kLine - 1)) | (lines - 1));
  }
  /// Goes on at once; the memory comes meanwhile.
  void fetch_some() noexcept {
    for (std::size_t left = kAtOnce; left > 0 && taken_ != added_;) {
      auto& stretch = waiting_[taken_ % waiting_.size()];
      const auto* const from = reinterpret_cast<const char*>(stretch & ~(Reach::kLine - 1));
      const std::size_t lines = stretch % Reach::kLine + 1, now = lines < left ? lines : left;
      for (std::size_t line = 0; line < now; ++line) __builtin_prefetch(from + line * Reach::kLine, 1);
      left -= now;
      if (now == lines) {
        ++taken_;
      } else {
        stretch += now * Reach::kLine - now;
      }
    }
  }
  std::size_t waiting() const noexcept { return added_ - taken_; }  ///< stretches

 private:
  static constexpr std::size_t kAtOnce = 16;
  /// The oldest are dropped: what they were for is over.
  void add(std::uintptr_t stretch) noexcept {
    waiting_[added_++ % waiting_.size()] = stretch;
    if (added_ - taken_ > waiting_.size()) ++taken_;
  }
  std::array<std::uintptr_t, 64> waiting_{};
  std::size_t added_ = 0, taken_ = 0;
};

}  // namespace otto
