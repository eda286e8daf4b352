// Strict readers over nlohmann::json for control-plane messages (settings, REST bodies, database columns).
// Media messages never come through here: see twilio/media and elevenlabs/protocol (simdjson).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"

namespace otto {

using Json = nlohmann::json;

/// One thing wrong with an input: "settings.retryDelay" · "must be a number of seconds from 0 to 604800".
struct FieldError {
  std::string field;
  std::string message;
  friend bool operator==(const FieldError&, const FieldError&) = default;
};

/// Parses UTF-8 JSON with at most `max_depth` nested containers; Malformed names the byte and what was expected.
Result<Json> parse_json(std::string_view text, int max_depth = 32);

/// Compact, with invalid UTF-8 replaced (never throws).
std::string dump_json(const Json& value);

/// Reads one JSON object field by field and collects everything that is wrong instead of stopping at the first.
/// JSON null counts as absent. The reader borrows `object` and `errors`; keep them alive.
class FieldReader {
 public:
  FieldReader(const Json& object, std::vector<FieldError>& errors, std::string prefix = {});

  std::optional<std::string> string(std::string_view name, std::size_t min = 0, std::size_t max = 4096);
  std::string required_string(std::string_view name, std::size_t min = 1, std::size_t max = 4096);
  std::optional<double> number(std::string_view name, double min, double max, std::string_view unit = {});
  std::optional<std::int64_t> integer(std::string_view name, std::int64_t min, std::int64_t max,
                                      std::string_view unit = {});
  std::optional<bool> boolean(std::string_view name);
  const Json* object(std::string_view name);
  const Json* array(std::string_view name, std::size_t max = 100'000);
  bool has(std::string_view name) const;
  void fail(std::string_view name, std::string message);
  /// "settings.callDuringHours" for a nested reader's prefix.
  std::string path(std::string_view name) const;

 private:
  const Json* find(std::string_view name) const;
  const Json& object_;
  std::vector<FieldError>& errors_;
  std::string prefix_;
};

/// Lenient reads of what a provider sent: the value as text ("" when absent; numbers and booleans are printed).
std::string text_at(const Json& object, std::string_view name);
/// Number or numeric string, as providers mix them.
std::optional<std::int64_t> integer_at(const Json& object, std::string_view name);

}  // namespace otto
