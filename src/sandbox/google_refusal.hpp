// An error as Google's APIs put it.
#pragma once

#include <string>

#include "otto/base/json.hpp"
#include "otto/net/message.hpp"

namespace otto::sandbox {

inline net::Response refuse(int status, const char* name, const std::string& message, Json details = Json::array()) {
  Json error{{"code", status}, {"message", message}, {"status", name}};
  if (!details.empty()) error["details"] = std::move(details);
  return net::json_response(status, {{"error", std::move(error)}});
}

}  // namespace otto::sandbox
