#include "store/values.hpp"

#include <charconv>
#include <fmt/format.h>

#include "otto/base/text.hpp"

namespace otto::store {

namespace {

using std::chrono::floor;
using std::chrono::microseconds;

/// Date and time of day to the second, and what is left.
template <class Fraction>
std::string format(TimePoint time, int digits) {
  const auto at = floor<Fraction>(time);
  const auto day = floor<std::chrono::days>(at);
  const std::chrono::year_month_day date{day};
  const std::chrono::hh_mm_ss clock{at - day};
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:0{}}", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                     clock.minutes().count(), clock.seconds().count(), clock.subseconds().count(), digits);
}

int number(std::string_view text, std::size_t from, std::size_t size) {
  int value = 0;
  if (text.size() >= from + size) std::from_chars(text.data() + from, text.data() + from + size, value);
  return value;
}

/// Removes what jsonb cannot hold, in keys and values.
Json without_nul(Json value) {
  if (value.is_string()) return clean(value.get_ref<const std::string&>());
  if (value.is_array()) {
    for (Json& item : value) item = without_nul(std::move(item));
  } else if (value.is_object()) {
    Json object = Json::object();
    for (auto& [key, item] : value.items()) object[clean(key)] = without_nul(std::move(item));
    return object;
  }
  return value;
}

}  // namespace

std::string to_sql(TimePoint time) { return format<microseconds>(time, 6) + "+00"; }
std::string to_public(TimePoint time) { return format<milliseconds>(time, 3); }

std::optional<std::string> to_sql(const std::optional<TimePoint>& time) {
  return time ? std::optional{to_sql(*time)} : std::nullopt;
}
std::optional<std::string> to_public(const std::optional<TimePoint>& time) {
  return time ? std::optional{to_public(*time)} : std::nullopt;
}

TimePoint read_time(std::string_view text) {
  const std::chrono::year_month_day date{std::chrono::year{number(text, 0, 4)},
                                         std::chrono::month{static_cast<unsigned>(number(text, 5, 2))},
                                         std::chrono::day{static_cast<unsigned>(number(text, 8, 2))}};
  auto time = std::chrono::sys_days{date} + hours{number(text, 11, 2)} + minutes{number(text, 14, 2)} +
              seconds{number(text, 17, 2)} + microseconds{0};
  int micros = 100'000;
  for (std::size_t i = 20; i < text.size() && text[19] == '.' && text[i] >= '0' && text[i] <= '9'; ++i) {
    time += microseconds{(text[i] - '0') * micros};
    micros /= 10;
  }
  return time;
}

TimePoint time_of(const Field& field) { return read_time(field.c_str()); }
std::optional<TimePoint> optional_time(const Field& field) {
  return field.is_null() ? std::nullopt : std::optional{time_of(field)};
}

std::string text_of(const Field& field) { return field.is_null() ? std::string{} : std::string{field.c_str()}; }
std::optional<std::string> optional_text(const Field& field) {
  return field.is_null() ? std::nullopt : std::optional{std::string{field.c_str()}};
}
std::optional<int> optional_int(const Field& field) {
  return field.is_null() ? std::nullopt : std::optional{field.as<int>()};
}

Json json_of(const Field& field) {
  if (field.is_null()) return {};
  auto value = parse_json(field.c_str());
  return value ? std::move(*value) : Json{};
}

std::string clean(std::string_view text) {
  if (is_clean_utf8(text)) return std::string{text};
  std::string kept;
  kept.reserve(text.size());
  for (std::size_t i = 0; i < text.size();) {
    std::size_t size = 1;
    while (size < 4 && i + size < text.size() && (static_cast<unsigned char>(text[i + size]) & 0xC0) == 0x80) ++size;
    const auto piece = text.substr(i, size);
    if (is_clean_utf8(piece)) kept += piece;
    i += size;
  }
  return kept;
}

std::string to_jsonb(Json value) { return dump_json(without_nul(std::move(value))); }

std::optional<std::string> null_if_empty(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional{clean(text)};
}

std::string to_array(const std::vector<std::string>& items) {
  std::string text = "{";
  for (const std::string& item : items) {
    if (text.size() > 1) text += ',';
    text += '"';
    for (const char c : clean(item)) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text + "}";
}

std::vector<std::string> strings_of(const Json& array) {
  std::vector<std::string> items;
  for (const Json& item : array) {
    if (item.is_string()) items.push_back(item.get<std::string>());
  }
  return items;
}

}  // namespace otto::store
