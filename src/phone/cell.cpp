#include "phone/cell.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "otto/base/text.hpp"

namespace otto::phone {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// UTF-8 sequences, first and last of a run that differs in the last byte only, and what each becomes: '0' counts up
/// from zero, ' ' is a separator, '\0' is nothing.
struct Run {
  std::string_view first;
  std::string_view last;
  char becomes;
};
constexpr std::array kRuns{
    Run{"\xEF\xBC\x90", "\xEF\xBC\x99", '0'},   // full-width digits
    Run{"\xD9\xA0", "\xD9\xA9", '0'},           // Arabic-Indic digits
    Run{"\xDB\xB0", "\xDB\xB9", '0'},           // Persian digits
    Run{"\xEF\xBC\x8B", "\xEF\xBC\x8B", '+'},   // full-width plus
    Run{"\xEF\xBC\x88", "\xEF\xBC\x89", ' '},   // full-width brackets
    Run{"\xEF\xBC\x8D", "\xEF\xBC\x8F", ' '},   // full-width hyphen, dot and slash
    Run{"\xE2\x80\x90", "\xE2\x80\x95", ' '},   // hyphens and dashes
    Run{"\xE2\x88\x92", "\xE2\x88\x92", ' '},   // minus
    Run{"\xC2\xA0", "\xC2\xA0", ' '},           // no-break space
    Run{"\xC2\xB7", "\xC2\xB7", ' '},           // middle dot
    Run{"\xE2\x80\x80", "\xE2\x80\x8A", ' '},   // typographic spaces
    Run{"\xE2\x80\xAF", "\xE2\x80\xAF", ' '},   // narrow no-break space
    Run{"\xE3\x80\x80", "\xE3\x80\x80", ' '},   // ideographic space
    Run{"\xE2\x80\x8B", "\xE2\x80\x8F", '\0'},  // zero-width space and direction marks: phones' address books add them
    Run{"\xE2\x80\xAA", "\xE2\x80\xAE", '\0'},  // direction embeddings
    Run{"\xE2\x81\xA0", "\xE2\x81\xA9", '\0'},  // word joiner, direction isolates
    Run{"\xEF\xBB\xBF", "\xEF\xBB\xBF", '\0'},  // byte-order mark
    Run{"\xC2\xAD", "\xC2\xAD", '\0'},          // soft hyphen
    Run{"\xE2\x80\x98", "\xE2\x80\x99", '\''},  // curly apostrophes
};

/// Everything that the table knows, in ASCII.
std::string to_ascii(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const auto run = std::find_if(kRuns.begin(), kRuns.end(), [text](const Run& r) {
      const auto head = text.substr(0, r.first.size());
      return head.size() == r.first.size() && head >= r.first && head <= r.last;
    });
    if (run == kRuns.end()) {
      out += text.front();
      text.remove_prefix(1);
      continue;
    }
    const char last = text[run->first.size() - 1];
    if (run->becomes != '\0')
      out += static_cast<char>(run->becomes + (run->becomes == '0' ? last - run->first.back() : 0));
    text.remove_prefix(run->first.size());
  }
  return out;
}

/// digits, one decimal sign with digits, E, sign, digits.
bool is_scientific(std::string_view text) {
  const auto e = text.find_first_of("eE");
  if (e == std::string_view::npos || e == 0 || e + 1 >= text.size()) return false;
  const auto mantissa = text.substr(0, e);
  auto exponent = text.substr(e + 1);
  if (exponent.front() == '+' || exponent.front() == '-') exponent.remove_prefix(1);
  return is_digit(mantissa.back()) && mantissa.find_first_not_of("+0123456789.,") == std::string_view::npos &&
         !exponent.empty() && std::all_of(exponent.begin(), exponent.end(), is_digit);
}

/// "4155550101.0" is what a program makes of a number's cell; only one dot, so "1.206.555.0109" stays whole.
std::string_view without_decimals(std::string_view text) {
  const auto dot = text.find_first_of(".,");
  if (dot == std::string_view::npos || dot < 7 || dot + 1 == text.size()) return text;
  const auto before = text.substr(text.front() == '+' ? 1 : 0, dot - (text.front() == '+' ? 1 : 0));
  const bool whole = std::all_of(before.begin(), before.end(), is_digit);
  return whole && text.find_first_not_of('0', dot + 1) == std::string_view::npos ? text.substr(0, dot) : text;
}

}  // namespace

Cell read_cell(std::string_view text) {
  const std::string ascii = to_ascii(text);
  std::string_view rest = trim(ascii);
  while (rest.starts_with('\'') || rest.starts_with('`')) rest = trim(rest.substr(1));
  if (iequals(rest.substr(0, 4), "tel:")) rest = trim(rest.substr(4));

  Cell cell;
  cell.scientific = is_scientific(rest);
  rest = without_decimals(rest);
  for (const char c : rest) {
    if (is_digit(c)) {
      cell.digits += c;
    } else if (c == '+' && cell.digits.empty() && !cell.plus) {
      cell.plus = true;
    } else if (c != ' ' && c != '\t' && c != '-' && c != '.' && c != '/' && c != '(' && c != ')' && c != '[' &&
               c != ']') {
      cell.letters = true;
    }
  }
  return cell;
}

}  // namespace otto::phone
