#include "sheets/number_format.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <fmt/format.h>

namespace otto::sheets {

namespace {

using Kind = NumberFormat::Kind;

constexpr double kLastDay = 2'958'466;            // 10000-01-01
constexpr double kExact = 9'007'199'254'740'992;  // 2^53

std::string plain(double number, int digits) {
  if (std::abs(number) < kExact && number == std::floor(number))
    return fmt::format("{:0{}}", static_cast<std::int64_t>(number), digits);
  return fmt::format("{:.15g}", number);
}

std::string clock_text(std::int64_t second_count) {
  const std::string text = fmt::format("{:02}:{:02}", second_count / 3600, second_count / 60 % 60);
  return second_count % 60 == 0 ? text : text + fmt::format(":{:02}", second_count % 60);
}

std::string date_text(std::int64_t days, bool from_1904) {
  using namespace std::chrono;
  sys_days day = sys_days{year{1899} / 12 / 30} + std::chrono::days{days};
  if (from_1904) day = sys_days{year{1904} / 1 / 1} + std::chrono::days{days};
  // Excel believes in a 29th of February 1900, so that its days before are one further on.
  if (!from_1904 && days < 60) day += std::chrono::days{1};
  const year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", int{date.year()}, unsigned{date.month()}, unsigned{date.day()});
}

/// The code's first section without what is only shown: quoted, escaped, skipped, repeated, and [colours].
struct Bare {
  std::string text;
  bool is_elapsed = false;
};
Bare bare(std::string_view code) {
  Bare found;
  for (std::size_t i = 0; i < code.size() && code[i] != ';'; ++i) {
    const char c = code[i];
    if (c == '"') {
      i = std::min(code.find('"', i + 1), code.size());
    } else if (c == '\\' || c == '_' || c == '*') {
      ++i;
    } else if (c == '[') {
      const std::size_t end = std::min(code.find(']', i), code.size());
      const std::string_view inside = code.substr(i + 1, end - i - 1);
      if (!inside.empty() && inside.find_first_not_of("hHmMsS") == std::string_view::npos) found.is_elapsed = true;
      i = end;
    } else {
      found.text += c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
  }
  return found;
}

}  // namespace

NumberFormat builtin_format(int id) noexcept {
  NumberFormat format;
  if ((id >= 14 && id <= 17) || (id >= 27 && id <= 31) || id == 36 || (id >= 50 && id <= 54) || id == 57 || id == 58)
    format.kind = Kind::Date;
  else if ((id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id == 45 || id == 47 || id == 55 || id == 56)
    format.kind = Kind::Time;
  else if (id == 22)
    format.kind = Kind::DateTime;
  else if (id == 46)
    format.kind = Kind::Elapsed;
  return format;
}

NumberFormat parse_number_format(std::string_view code) {
  NumberFormat format;
  const Bare found = bare(code);
  if (found.is_elapsed) {
    format.kind = Kind::Elapsed;
    return format;
  }
  if (found.text == "general") return format;
  const bool has_time = found.text.find_first_of("hs") != std::string::npos;
  const bool has_day = found.text.find_first_of("dy") != std::string::npos;
  const bool has_month = !has_time && found.text.find('m') != std::string::npos;  // else minutes
  if (has_day || has_month)
    format.kind = has_time ? Kind::DateTime : Kind::Date;
  else if (has_time)
    format.kind = Kind::Time;
  else if (!found.text.empty() && found.text.size() <= 15 && found.text.find_first_not_of('0') == std::string::npos)
    format.digits = static_cast<int>(found.text.size());
  return format;
}

std::string number_text(double number, NumberFormat format, bool from_1904) {
  if (format.kind == Kind::Plain || !(number >= 0 && number < kLastDay)) return plain(number, format.digits);
  constexpr std::int64_t kDay = 86'400;
  const auto second_count = static_cast<std::int64_t>(std::llround(number * static_cast<double>(kDay)));
  switch (format.kind) {
    case Kind::Elapsed:
      return clock_text(second_count);
    case Kind::Time:
      return clock_text(second_count % kDay);
    case Kind::Date:
      return date_text(second_count / kDay, from_1904);
    default:
      break;
  }
  const std::string date = date_text(second_count / kDay, from_1904);
  return second_count % kDay == 0 ? date : date + " " + clock_text(second_count % kDay);
}

}  // namespace otto::sheets
