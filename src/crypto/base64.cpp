// Base64 after RFC 4648, strict: one text for each sequence of bytes, so a signature has one spelling. Without a
// temporary: every 20 ms of every call's audio goes through here twice. The bulk of it by AVX2, the rest by table.
#include <array>

#include "otto/crypto/digest.hpp"

#include "crypto/base64_wide.hpp"

namespace otto::crypto {
namespace {

constexpr std::string_view kStandard = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view kUrl = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::uint8_t kInvalid = 0xFF;

using DecodeTable = std::array<std::uint8_t, 256>;

constexpr DecodeTable make_table(std::string_view alphabet) {
  DecodeTable table{};
  table.fill(kInvalid);
  for (std::size_t i = 0; i < alphabet.size(); ++i) {
    table[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
  }
  return table;
}
constexpr DecodeTable kStandardTable = make_table(kStandard);
constexpr DecodeTable kUrlTable = make_table(kUrl);

/// Writes without padding; returns the end.
char* encode(std::string_view alphabet, std::span<const std::uint8_t> in, char* out) {
  const auto digit = [alphabet](unsigned value) { return alphabet[value & 0x3F]; };
  std::size_t i = 0;
  for (; i + 3 <= in.size(); i += 3) {
    const unsigned bits = static_cast<unsigned>(in[i] << 16 | in[i + 1] << 8 | in[i + 2]);
    *out++ = digit(bits >> 18);
    *out++ = digit(bits >> 12);
    *out++ = digit(bits >> 6);
    *out++ = digit(bits);
  }
  const std::size_t left = in.size() - i;
  if (left > 0) {
    const unsigned bits = static_cast<unsigned>(in[i] << 16 | (left == 2 ? in[i + 1] << 8 : 0));
    *out++ = digit(bits >> 18);
    *out++ = digit(bits >> 12);
    if (left == 2) *out++ = digit(bits >> 6);
  }
  return out;
}

/// How many bytes `digits` digits hold; false where no number of bytes gives so many.
bool decoded_size(std::size_t digits, std::size_t& size) {
  size = digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
  return digits % 4 != 1;
}

/// `out` has the size of decoded_size(text.size()).
bool decode(const DecodeTable& table, std::string_view text, std::uint8_t* out) {
  const auto value = [&](std::size_t i) -> unsigned { return table[static_cast<unsigned char>(text[i])]; };
  std::size_t i = 0;
  for (; i + 4 <= text.size(); i += 4) {
    const unsigned a = value(i), b = value(i + 1), c = value(i + 2), d = value(i + 3);
    if ((a | b | c | d) > 0x3F) return false;
    const unsigned bits = a << 18 | b << 12 | c << 6 | d;
    *out++ = static_cast<std::uint8_t>(bits >> 16);
    *out++ = static_cast<std::uint8_t>(bits >> 8);
    *out++ = static_cast<std::uint8_t>(bits);
  }
  const std::size_t left = text.size() - i;
  if (left == 0) return true;
  const unsigned a = value(i), b = value(i + 1), c = left == 3 ? value(i + 2) : 0;
  if ((a | b | c) > 0x3F) return false;
  const unsigned bits = a << 18 | b << 12 | c << 6;
  *out++ = static_cast<std::uint8_t>(bits >> 16);
  if (left == 3) *out = static_cast<std::uint8_t>(bits >> 8);
  return (bits & (left == 3 ? 0xFFu : 0xFFFFu)) == 0;  // the bits that no byte takes must be zero
}

/// Takes the padding off; false when it is missing or too long.
bool strip_padding(std::string_view& text) {
  if (text.size() % 4 != 0) return false;
  if (text.ends_with('=')) text.remove_suffix(text.ends_with("==") ? 2 : 1);
  return true;
}

std::span<const std::uint8_t> as_bytes(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

Result<std::string> decode_text(const DecodeTable& table, std::string_view text, bool right_so_far) {
  std::size_t size = 0;
  if (right_so_far && decoded_size(text.size(), size)) {
    std::string out(size, '\0');
    if (decode(table, text, reinterpret_cast<std::uint8_t*>(out.data()))) return out;
  }
  return Error{Errc::Malformed, "The text is not base64."};
}

}  // namespace

void base64_append(std::string& out, std::span<const std::uint8_t> bytes) {
  const std::size_t start = out.size();
  out.resize(start + (bytes.size() + 2) / 3 * 4);
  char* const first = out.data() + start;
  const std::size_t done = base64_encode_wide(bytes.data(), bytes.size(), first);
  char* end = encode(kStandard, bytes.subspan(done), first + done / 3 * 4);
  for (char* const full = out.data() + out.size(); end != full;) *end++ = '=';
}

std::string base64_encode(std::string_view bytes) {
  std::string out;
  base64_append(out, as_bytes(bytes));
  return out;
}

std::string base64url_encode(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4, '\0');
  out.resize(static_cast<std::size_t>(encode(kUrl, as_bytes(bytes), out.data()) - out.data()));
  return out;
}

bool base64_decode_into(std::string_view text, std::vector<std::uint8_t>& out) {
  std::size_t size = 0;
  if (strip_padding(text) && decoded_size(text.size(), size)) {
    out.resize(size);  // what it holds already is not cleared first
    const std::size_t done = base64_decode_wide(text.data(), text.size(), out.data());
    if (decode(kStandardTable, text.substr(done), out.data() + done / 4 * 3)) return true;
  }
  out.clear();
  return false;
}

Result<std::string> base64_decode(std::string_view text) {
  const bool padded = strip_padding(text);
  return decode_text(kStandardTable, text, padded);
}

Result<std::string> base64url_decode(std::string_view text) { return decode_text(kUrlTable, text, true); }

}  // namespace otto::crypto
