// What list routes are asked for.
#pragma once

#include <charconv>
#include <string>
#include <string_view>
#include <vector>

#include "otto/net/message.hpp"

namespace otto::api {

/// Reads a request's query; what is wrong is collected, and answered with 422.
class Query {
 public:
  explicit Query(const net::Request& request) : request_{request} {}

  std::string text(std::string_view name, std::size_t max = 200) {
    auto value = request_.query_value(name).value_or("");
    if (value.size() > max) fail(name, "must have at most " + std::to_string(max) + " bytes");
    return value;
  }
  int number(std::string_view name, int min, int max, int fallback) {
    const auto given = request_.query_value(name);
    if (!given) return fallback;
    int value = 0;
    const auto [end, ec] = std::from_chars(given->data(), given->data() + given->size(), value);
    if (ec != std::errc{} || end != given->data() + given->size() || value < min || value > max)
      fail(name, "must be a number from " + std::to_string(min) + " to " + std::to_string(max));
    return value;
  }
  /// One of a label's values by `parse`; nullopt when it is absent or wrong.
  template <class Parse>
  auto one_of(std::string_view name, Parse parse, std::string_view values) -> decltype(parse(std::string_view{})) {
    const auto given = request_.query_value(name);
    if (!given || given->empty()) return std::nullopt;
    auto value = parse(std::string_view{*given});
    if (!value) fail(name, "must be one of " + std::string{values});
    return value;
  }
  void fail(std::string_view name, std::string message) { errors_.push_back({std::string{name}, std::move(message)}); }

  bool is_wrong() const noexcept { return !errors_.empty(); }
  net::Response refusal() const {
    return net::error_response(422, "invalid_input", errors_.front().field + " " + errors_.front().message + ".",
                               errors_);
  }

 private:
  const net::Request& request_;
  std::vector<FieldError> errors_;
};

}  // namespace otto::api
