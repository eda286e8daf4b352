// Values that may be absent, as JSON: null then.
#pragma once

#include <optional>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"

namespace otto::api {

template <class T>
Json or_null(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}
inline Json or_null(const std::optional<TimePoint>& time) { return time ? Json(format_iso8601(*time)) : Json(nullptr); }

}  // namespace otto::api
