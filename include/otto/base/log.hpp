// Event-style logging: a dotted event name and fields, as text or as JSON lines on stderr (LOG_FORMAT).
// Values whose key is "phone", "to" or "from" are masked, URLs lose their query, keys that name a secret are dropped
// (log.cpp has the lists), and control characters are escaped. Callable from any thread.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace otto::log {

enum class Level : std::uint8_t { Debug, Info, Warn, Error, Off };
enum class Format : std::uint8_t { Text, Json };

struct Field {
  std::string_view key;
  std::string value;
  bool bare = false;  ///< a number or a boolean: JSON lines write it without quotes

  Field(std::string_view k, std::string v) : key{k}, value{std::move(v)} {}
  Field(std::string_view k, std::string_view v) : key{k}, value{v} {}
  Field(std::string_view k, const char* v) : key{k}, value{v} {}
  Field(std::string_view k, std::int64_t v) : key{k}, value{std::to_string(v)}, bare{true} {}
  Field(std::string_view k, std::uint64_t v) : key{k}, value{std::to_string(v)}, bare{true} {}
  Field(std::string_view k, int v) : key{k}, value{std::to_string(v)}, bare{true} {}
  Field(std::string_view k, unsigned v) : key{k}, value{std::to_string(v)}, bare{true} {}
  Field(std::string_view k, double v);
  Field(std::string_view k, bool v) : key{k}, value{v ? "true" : "false"}, bare{true} {}
};
using Fields = std::initializer_list<Field>;

/// Once, from main, before any other thread exists.
void start(Level level, Format format);
bool enabled(Level level) noexcept;
void write(Level level, std::string_view event, Fields fields);

inline void debug(std::string_view event, Fields fields = {}) {
  if (enabled(Level::Debug)) write(Level::Debug, event, fields);
}
inline void info(std::string_view event, Fields fields = {}) { write(Level::Info, event, fields); }
inline void warn(std::string_view event, Fields fields = {}) { write(Level::Warn, event, fields); }
inline void error(std::string_view event, Fields fields = {}) { write(Level::Error, event, fields); }

/// "debug", "info", "warn", "error", "off"
std::string_view to_string(Level level) noexcept;

/// For tests: called with every formatted line instead of stderr; nullptr restores stderr.
void capture_for_test(void (*sink)(std::string_view line));

}  // namespace otto::log
