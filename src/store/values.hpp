// Between our values and PostgreSQL's text form. Sessions run with TimeZone=UTC and DateStyle=ISO.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"

#include "answer.hpp"

namespace otto::store {

/// "2026-11-23 18:33:59.123456+00", for timestamptz.
std::string to_sql(TimePoint time);
std::optional<std::string> to_sql(const std::optional<TimePoint>& time);
/// "2026-11-23 18:33:59.123", cut to the public tables' timestamp(3), which hold UTC without saying so.
std::string to_public(TimePoint time);
std::optional<std::string> to_public(const std::optional<TimePoint>& time);
/// Either of the two forms.
TimePoint read_time(std::string_view text);
TimePoint time_of(const Field& field);
std::optional<TimePoint> optional_time(const Field& field);

std::string text_of(const Field& field);  ///< "" for NULL
std::optional<std::string> optional_text(const Field& field);
std::optional<int> optional_int(const Field& field);
Json json_of(const Field& field);  ///< null for NULL

/// PostgreSQL takes neither NUL nor invalid UTF-8, in text or in jsonb.
std::string clean(std::string_view text);
std::string to_jsonb(Json value);
std::optional<std::string> null_if_empty(const std::string& text);
/// {"a","b"}: an array's text form.
std::string to_array(const std::vector<std::string>& items);
std::vector<std::string> strings_of(const Json& array);

}  // namespace otto::store
