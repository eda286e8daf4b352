#include "otto/journal/frame.hpp"

#include <boost/crc.hpp>
#include <cstdint>
#include <optional>

namespace otto::journal {

namespace {

constexpr std::string_view kMark = "OTJ1";

/// Castagnoli's polynomial: it misses fewer errors of short records than the usual one (RFC 3720, B.4).
using Crc32c = boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true>;

std::uint32_t checksum(std::string_view length, std::string_view record) {
  Crc32c crc;
  crc.process_bytes(length.data(), length.size());
  crc.process_bytes(record.data(), record.size());
  return crc.checksum();
}

void append_number(std::string& out, std::uint32_t number) {
  for (int shift = 0; shift < 32; shift += 8) out += static_cast<char>(number >> shift & 0xFF);
}

std::uint32_t read_number(std::string_view bytes) {
  std::uint32_t number = 0;
  for (int i = 3; i >= 0; --i) number = number << 8 | static_cast<unsigned char>(bytes[static_cast<std::size_t>(i)]);
  return number;
}

/// The record at the very start of `bytes`.
std::optional<std::string_view> record_at(std::string_view bytes) {
  if (bytes.size() < kFrameHeader || !bytes.starts_with(kMark)) return std::nullopt;
  const auto length = bytes.substr(kMark.size(), 4);
  const std::size_t size = read_number(length);
  if (size > kMaxRecord || size > bytes.size() - kFrameHeader) return std::nullopt;
  const auto record = bytes.substr(kFrameHeader, size);
  if (checksum(length, record) != read_number(bytes.substr(kMark.size() + 4, 4))) return std::nullopt;
  return record;
}

}  // namespace

void append_frame(std::string& out, std::string_view record) {
  std::string length;
  append_number(length, static_cast<std::uint32_t>(record.size()));
  out += kMark;
  out += length;
  append_number(out, checksum(length, record));
  out += record;
}

bool FrameReader::next(std::string_view& record) {
  const std::size_t from = at_;
  for (auto mark = bytes_.find(kMark, from); mark != std::string_view::npos; mark = bytes_.find(kMark, mark + 1)) {
    const auto found = record_at(bytes_.substr(mark));
    if (!found) continue;
    damaged_ += mark - from;
    at_ = mark + kFrameHeader + found->size();
    record = *found;
    return true;
  }
  damaged_ += bytes_.size() - from;
  at_ = bytes_.size();
  return false;
}

}  // namespace otto::journal
