#include "campaign/cells.hpp"

#include "otto/base/text.hpp"

namespace otto::campaign {

std::string one_line(std::string_view text) {
  std::string line;
  bool gap = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    const bool c1 = c == 0xC2 && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
    if (c <= 0x20 || c == 0x7F || c1) {
      gap = true;
      if (c1) ++i;
      continue;
    }
    if (gap && !line.empty()) line += ' ';
    gap = false;
    line += text[i];
  }
  return std::string{trim(line)};
}

namespace {

/// Removing one pair of braces may bring two others together; taking them back as they come leaves none in one pass.
std::string without_double_braces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if ((c == '{' || c == '}') && !out.empty() && out.back() == c) {
      out.pop_back();
    } else {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string clean_value(std::string_view text, std::size_t max) {
  const std::string value = without_double_braces(one_line(text));
  return std::string{trim(truncate_utf8(trim(value), max))};
}

}  // namespace otto::campaign
