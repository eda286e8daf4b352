#include "otto/base/log.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cmath>
#include <fmt/format.h>
#include <memory>
#include <spdlog/logger.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"
#include "otto/base/text.hpp"

namespace otto::log {
namespace {

constexpr std::array<std::string_view, 6> kPhoneKeys{"phone", "to", "from", "customer_phone", "caller", "called"};
constexpr std::array<std::string_view, 2> kUrlKeys{"url", "location"};
/// A key that contains one of these names a secret.
constexpr std::array<std::string_view, 10> kSecretWords{"token",         "secret",     "password", "api_key",
                                                        "authorization", "credential", "cookie",   "signature",
                                                        "private_key",   "apikey"};

std::atomic<Level> threshold{Level::Info};
std::atomic<Format> line_format{Format::Text};
std::atomic<void (*)(std::string_view)> test_sink{nullptr};

// spdlog serialises the lines of several threads and writes each at once; the pattern is the bare line.
spdlog::logger& output() {
  static const auto logger = [] {
    auto made = std::make_shared<spdlog::logger>("otto", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made;
  }();
  return *logger;
}

bool is_secret(std::string_view key) {
  const std::string lower = to_lower(key);
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&lower](std::string_view word) { return lower.find(word) != std::string::npos; });
}

std::string safe_value(const Field& field) {
  const auto is_key = [&field](std::string_view key) { return iequals(field.key, key); };
  if (std::any_of(kPhoneKeys.begin(), kPhoneKeys.end(), is_key)) return mask_phone(field.value);
  const bool url = field.key.ends_with("_url") || std::any_of(kUrlKeys.begin(), kUrlKeys.end(), is_key);
  return url ? mask_url(field.value) : field.value;
}

/// Quotes what would not read back as one word, and escapes what could forge a line or move a terminal's cursor.
void append_text_value(std::string& out, std::string_view value) {
  const bool plain = !value.empty() && std::none_of(value.begin(), value.end(), [](unsigned char c) {
    return c <= ' ' || c == '"' || c == '\\' || c == '=' || c == 0x7F;
  });
  if (plain) {
    out += value;
    return;
  }
  out += '"';
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (byte < ' ' || byte == 0x7F) {
      out += fmt::format("\\x{:02x}", byte);
    } else {
      out += c;
    }
  }
  out += '"';
}

std::string text_line(Level level, std::string_view event, Fields fields) {
  std::string out = format_iso8601(SystemClock{}.now());
  out[out.find('T')] = ' ';
  out += fmt::format(" {:<5} {}", to_string(level), event);
  for (const auto& field : fields) {
    if (is_secret(field.key)) continue;
    out += ' ';
    out += field.key;
    out += '=';
    append_text_value(out, safe_value(field));
  }
  return out;
}

std::string json_line(Level level, std::string_view event, Fields fields) {
  const auto quoted = [](std::string_view text) { return dump_json(Json(text)); };
  std::string out = fmt::format(R"({{"ts":"{}","level":"{}","event":{})", format_iso8601(SystemClock{}.now()),
                                to_string(level), quoted(event));
  for (const auto& field : fields) {
    if (is_secret(field.key)) continue;
    const std::string value = safe_value(field);
    const bool bare = field.bare && value == field.value;
    out += fmt::format(",{}:{}", quoted(field.key), bare ? value : quoted(value));
  }
  out += '}';
  return out;
}

}  // namespace

Field::Field(std::string_view k, double v) : key{k}, value{fmt::format("{:.6g}", v)}, bare{std::isfinite(v)} {}

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::Debug:
      return "debug";
    case Level::Info:
      return "info";
    case Level::Warn:
      return "warn";
    case Level::Error:
      return "error";
    case Level::Off:
      return "off";
  }
  return "off";
}

void start(Level level, Format format) {
  threshold = level;
  line_format = format;
}

bool enabled(Level level) noexcept { return level >= threshold.load(std::memory_order_relaxed) && level != Level::Off; }

void write(Level level, std::string_view event, Fields fields) {
  if (!enabled(level)) return;
  const std::string line =
      line_format == Format::Json ? json_line(level, event, fields) : text_line(level, event, fields);
  if (const auto sink = test_sink.load()) {
    sink(line);
  } else {
    output().log(spdlog::level::info, spdlog::string_view_t{line.data(), line.size()});
  }
}

void capture_for_test(void (*sink)(std::string_view line)) { test_sink = sink; }

}  // namespace otto::log
