#include "otto/base/ids.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <span>
#include <sys/random.h>
#include <system_error>
#include <unistd.h>

namespace otto {
namespace {

constexpr std::string_view kBase36 = "0123456789abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view kHex = "0123456789abcdef";

// The kernel's generator: no state of ours that a fork could copy, and base stays free of OpenSSL.
void fill_random(std::span<std::uint8_t> out) {
  std::size_t done = 0;
  while (done < out.size()) {
    const ssize_t got = ::getrandom(out.data() + done, out.size() - done, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw std::system_error{errno, std::system_category(), "getrandom"};
    done += static_cast<std::size_t>(got);
  }
}

std::uint64_t random_u64() {
  std::array<std::uint8_t, 8> bytes{};
  fill_random(bytes);
  std::uint64_t value = 0;
  for (const auto byte : bytes) value = value << 8 | byte;
  return value;
}

std::uint64_t unix_milliseconds() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(now).count());
}

/// The lowest `width` base-36 digits of `value`.
void append_base36(std::string& out, std::uint64_t value, std::size_t width) {
  const std::size_t start = out.size();
  out.append(width, '0');
  for (std::size_t i = width; i-- > 0; value /= 36) out[start + i] = kBase36[value % 36];
}

}  // namespace

// "c" · time (8) · counter (4) · fingerprint (4) · randomness (8), as cuid v1 lays it out.
std::string make_cuid() {
  static std::atomic<std::uint64_t> counter{random_u64()};
  static const std::uint64_t fingerprint = random_u64() ^ static_cast<std::uint64_t>(::getpid());
  std::string out = "c";
  out.reserve(25);
  append_base36(out, unix_milliseconds(), 8);
  append_base36(out, counter.fetch_add(1, std::memory_order_relaxed), 4);
  append_base36(out, fingerprint, 4);
  append_base36(out, random_u64(), 8);
  return out;
}

std::string make_uuid_v7() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  const std::uint64_t time = unix_milliseconds();
  for (std::size_t i = 0; i < 6; ++i) bytes[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
  bytes[6] = static_cast<std::uint8_t>(0x70 | (bytes[6] & 0x0F));  // version 7
  bytes[8] = static_cast<std::uint8_t>(0x80 | (bytes[8] & 0x3F));  // variant 10
  std::string out;
  out.reserve(36);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) out += '-';
    out += kHex[bytes[i] >> 4];
    out += kHex[bytes[i] & 0x0F];
  }
  return out;
}

bool is_uuid(std::string_view text) noexcept {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : kHex.find(text[i]) == std::string_view::npos) return false;
  }
  return true;
}

}  // namespace otto
