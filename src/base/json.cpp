#include "otto/base/json.hpp"

#include <charconv>
#include <cmath>
#include <fmt/format.h>

#include "otto/base/text.hpp"

namespace otto {
namespace {

/// How deep containers nest, before any parser walks them; strings are skipped.
int depth_of(std::string_view text) noexcept {
  int depth = 0;
  int deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;
      if (c == '"') in_string = false;
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      deepest = std::max(deepest, ++depth);
    } else if (c == '}' || c == ']') {
      --depth;
    }
  }
  return deepest;
}

/// What the library says, without its prefix and without the text it quotes, which may be anybody's data.
std::string reason_of(const std::string& what) {
  std::string reason = "it cannot be read";
  if (const auto start = what.find("syntax error "); start != std::string::npos) reason = what.substr(start);
  if (const auto quote = reason.find("; last read:"); quote != std::string::npos) {
    const auto expected = reason.rfind("; expected ");
    const bool after = expected != std::string::npos && expected > quote;
    reason = reason.substr(0, quote) + (after ? reason.substr(expected) : "");
  }
  return reason;
}

std::size_t code_points(std::string_view text) noexcept {
  std::size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80;
  return count;
}

std::string range_sentence(std::string_view kind, double min, double max, std::string_view unit) {
  const std::string of = unit.empty() ? std::string{} : fmt::format(" of {}", unit);
  return fmt::format("must be a {}{} from {} to {}", kind, of, min, max);
}

}  // namespace

Result<Json> parse_json(std::string_view text, int max_depth) {
  if (depth_of(text) > max_depth) {
    return Error{Errc::Malformed, fmt::format("The JSON is nested deeper than {} levels.", max_depth)};
  }
  if (trim(text).empty()) return Error{Errc::Malformed, "There is no JSON: the text is empty."};
  try {
    return Json::parse(text);
  } catch (const Json::parse_error& e) {
    return Error{Errc::Malformed, fmt::format("The JSON is broken at byte {}: {}.", e.byte, reason_of(e.what()))};
  } catch (const Json::exception&) {
    return Error{Errc::Malformed, "The JSON holds a number that is out of range."};
  }
}

std::string dump_json(const Json& value) { return value.dump(-1, ' ', false, Json::error_handler_t::replace); }

FieldReader::FieldReader(const Json& object, std::vector<FieldError>& errors, std::string prefix)
    : object_{object}, errors_{errors}, prefix_{std::move(prefix)} {}

const Json* FieldReader::find(std::string_view name) const {
  if (!object_.is_object()) return nullptr;
  const auto it = object_.find(name);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

bool FieldReader::has(std::string_view name) const { return find(name) != nullptr; }

std::string FieldReader::path(std::string_view name) const {
  return prefix_.empty() ? std::string{name} : prefix_ + "." + std::string{name};
}

void FieldReader::fail(std::string_view name, std::string message) {
  errors_.push_back(FieldError{path(name), std::move(message)});
}

std::optional<std::string> FieldReader::string(std::string_view name, std::size_t min, std::size_t max) {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_string()) {
    const auto& text = value->get_ref<const std::string&>();
    const std::size_t length = code_points(text);
    if (length >= min && length <= max && is_clean_utf8(text)) return text;
  }
  fail(name, min > 0 ? fmt::format("must be text of {} to {} characters", min, max)
                     : fmt::format("must be text of at most {} characters", max));
  return std::nullopt;
}

std::string FieldReader::required_string(std::string_view name, std::size_t min, std::size_t max) {
  if (!has(name)) {
    fail(name, "is required");
    return {};
  }
  return string(name, min, max).value_or(std::string{});
}

std::optional<double> FieldReader::number(std::string_view name, double min, double max, std::string_view unit) {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_number()) {
    const double number = value->get<double>();
    if (number >= min && number <= max) return number;
  }
  fail(name, range_sentence("number", min, max, unit));
  return std::nullopt;
}

std::optional<std::int64_t> FieldReader::integer(std::string_view name, std::int64_t min, std::int64_t max,
                                                 std::string_view unit) {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_number()) {  // JavaScript has one kind of number: 3.0 is a whole one
    const double number = value->get<double>();
    const bool whole = std::trunc(number) == number && std::abs(number) < 9.2e18;  // inside std::int64_t
    if (whole && number >= static_cast<double>(min) && number <= static_cast<double>(max)) {
      return value->get<std::int64_t>();
    }
  }
  fail(name, range_sentence("whole number", static_cast<double>(min), static_cast<double>(max), unit));
  return std::nullopt;
}

std::optional<bool> FieldReader::boolean(std::string_view name) {
  const Json* value = find(name);
  if (!value) return std::nullopt;
  if (value->is_boolean()) return value->get<bool>();
  fail(name, "must be true or false");
  return std::nullopt;
}

const Json* FieldReader::object(std::string_view name) {
  const Json* value = find(name);
  if (!value || value->is_object()) return value;
  fail(name, "must be an object");
  return nullptr;
}

const Json* FieldReader::array(std::string_view name, std::size_t max) {
  const Json* value = find(name);
  if (!value) return nullptr;
  if (value->is_array() && value->size() <= max) return value;
  fail(name, fmt::format("must be a list of at most {} entries", max));
  return nullptr;
}

std::string text_at(const Json& object, std::string_view name) {
  if (!object.is_object()) return {};
  const auto it = object.find(name);
  if (it == object.end() || it->is_null() || it->is_structured()) return {};
  return it->is_string() ? it->get<std::string>() : dump_json(*it);
}

std::optional<std::int64_t> integer_at(const Json& object, std::string_view name) {
  const std::string text = text_at(object, name);
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end == text.data()) return std::nullopt;
  // "12.0" is how a double prints a whole number; anything else after the digits is not a number.
  const std::string_view rest{end, static_cast<std::size_t>(text.data() + text.size() - end)};
  if (!rest.empty() && (rest.front() != '.' || rest.find_first_not_of('0', 1) != rest.npos)) return std::nullopt;
  return value;
}

}  // namespace otto
