#include "otto/call/template.hpp"

#include <algorithm>

#include "otto/base/text.hpp"

namespace otto::call {

namespace {

constexpr std::size_t kMaxBytes = 2000;

const std::string* find(const Variables& variables, std::string_view name) {
  if (const auto exact = variables.find(std::string{name}); exact != variables.end()) return &exact->second;
  const auto similar = std::ranges::find_if(variables, [&](const auto& entry) { return iequals(entry.first, name); });
  return similar == variables.end() ? nullptr : &similar->second;
}

std::string collapse_spaces(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == ' ' && (out.empty() || out.back() == ' ')) continue;
    out += c;
  }
  return out;
}

}  // namespace

std::string render_template(std::string_view text, const Variables& variables) {
  std::string out;
  while (!text.empty()) {
    const auto open = text.find("{{");
    const auto close = open == std::string_view::npos ? open : text.find("}}", open + 2);
    if (close == std::string_view::npos) break;
    out += text.substr(0, open);
    if (const auto* value = find(variables, trim(text.substr(open + 2, close - open - 2)))) out += *value;
    text.remove_prefix(close + 2);
  }
  out += text;
  out = collapse_spaces(trim(out));
  return std::string{truncate_utf8(out, kMaxBytes)};
}

}  // namespace otto::call
