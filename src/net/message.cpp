#include "otto/net/message.hpp"

#include <algorithm>

#include "otto/base/log.hpp"

namespace otto::net {

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_, [name](const auto& field) { return iequals(field.first, name); });
  fields_.emplace_back(std::string{name}, std::move(value));
}

std::string_view Headers::get(std::string_view name) const noexcept {
  for (const auto& [key, value] : fields_) {
    if (iequals(key, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const noexcept {
  return std::any_of(fields_.begin(), fields_.end(), [name](const auto& field) { return iequals(field.first, name); });
}

std::string_view Request::param(std::string_view name) const noexcept {
  for (const auto& [key, value] : params) {
    if (key == name) return value;
  }
  return {};
}

std::optional<std::string> Request::query_value(std::string_view name) const {
  const auto fields = parse_form(query);
  if (!fields) return std::nullopt;
  for (const auto& [key, value] : *fields) {
    if (key == name) return value;
  }
  return std::nullopt;
}

Response::Response(int s, std::string content_type, std::string b) : status{s}, body{std::move(b)} {
  headers.add("Content-Type", std::move(content_type));
}

Response json_response(int status, const Json& body) {
  return Response{status, "application/json; charset=utf-8", dump_json(body)};
}

Response error_response(int status, std::string_view code, std::string_view message,
                        const std::vector<FieldError>& details) {
  Json listed = Json::array();
  for (const auto& detail : details) listed.push_back({{"field", detail.field}, {"message", detail.message}});
  Json error;
  error["code"] = code;
  error["message"] = message;
  error["details"] = std::move(listed);
  Json body;
  body["success"] = false;
  body["error"] = std::move(error);
  return json_response(status, body);
}

Response error_response(const Error& error) {
  const int status = http_status(error.code);
  if (status == 500) {
    log::error("http.internal_error", {{"code", to_string(error.code)}, {"detail", error.detail}});
    return error_response(500, "internal", "Something went wrong inside; the log has the details.");
  }
  return error_response(status, to_string(error.code), error.detail);
}

int http_status(Errc code) noexcept {
  switch (code) {
    case Errc::Malformed:
    case Errc::Protocol:
      return 400;
    case Errc::Unauthorized:
      return 401;
    case Errc::Forbidden:
      return 403;
    case Errc::NotFound:
      return 404;
    case Errc::Conflict:
    case Errc::DatabaseConflict:
      return 409;
    case Errc::TooLarge:
      return 413;
    case Errc::InvalidInput:
      return 422;
    case Errc::RateLimited:
      return 429;
    case Errc::ConnectFailed:
    case Errc::ConnectionLost:
    case Errc::ProviderRefused:
    case Errc::ProviderUnavailable:
      return 502;
    case Errc::Cancelled:
    case Errc::Closed:
    case Errc::TimedOut:
    case Errc::DatabaseUnavailable:
    case Errc::Overloaded:
      return 503;
    case Errc::Config:
    case Errc::Internal:
      return 500;
  }
  return 500;
}

}  // namespace otto::net
