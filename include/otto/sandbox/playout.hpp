// The carrier's playout buffer of one media stream, as the provider documents it: audio plays in real time and in
// order, a mark returns when what was sent before it has been played (at once when nothing waits), clear empties the
// buffer and returns all marks at once, and no more than ten minutes fit. Pure: the caller's 20 ms tick is its clock.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <vector>

namespace otto::sandbox {

class Playout {
 public:
  static constexpr std::size_t kBound = 10UL * 60 * 8000;

  /// False when some of it did not fit (31931).
  bool push(std::span<const std::uint8_t> ulaw);
  void mark(std::string name);
  void clear();
  /// Plays the next out.size() bytes; silence where there is nothing. Returns how many were audio.
  std::size_t play(std::span<std::uint8_t> out);
  /// Marks that are due, in order; empties the list.
  std::vector<std::string> take_marks();
  std::size_t buffered() const noexcept { return audio_.size() - read_; }

 private:
  struct Mark {
    std::uint64_t at;  ///< position in the played stream
    std::string name;
  };
  void settle();
  std::vector<std::uint8_t> audio_;
  std::size_t read_ = 0;
  std::uint64_t played_ = 0;
  std::deque<Mark> waiting_;
  std::vector<std::string> due_;
};

}  // namespace otto::sandbox
