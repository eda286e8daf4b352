// A record's form in a journal file. Pure.
//
//   "OTJ1"  length (32 bits, little endian)  CRC-32C of length and record (32 bits, little endian)  record
//
// A process may die, and a disk may lie, at any byte: a record that is not whole, or not what was written, is passed
// over, and the next one is found by its mark.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace otto::journal {

inline constexpr std::size_t kFrameHeader = 12;
inline constexpr std::size_t kMaxRecord = std::size_t{4} << 20;

/// `record`: at most kMaxRecord bytes.
void append_frame(std::string& out, std::string_view record);

/// Walks over the records of a file's bytes.
class FrameReader {
 public:
  explicit FrameReader(std::string_view bytes) : bytes_{bytes} {}
  /// False at the end.
  bool next(std::string_view& record);
  /// Where the record that next() gave last ends.
  std::size_t offset() const noexcept { return at_; }
  /// Bytes passed over because they were no record.
  std::size_t damaged() const noexcept { return damaged_; }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0, damaged_ = 0;
};

}  // namespace otto::journal
