// Holds answers to the API's description: the part of JSON Schema that openapi.json uses, and no more. Whatever an
// answer holds and the description does not name is a fault as well.
#pragma once

#include <string>
#include <vector>

#include "otto/base/json.hpp"

namespace otto::test {

struct AnswerSeen {
  std::string method;  ///< upper case
  std::string path;    ///< without its query
  int status = 0;
  std::string content_type;  ///< empty: there was no body
  std::string body;
};

/// What the answer says that `document` does not, or lacks; none for a path or method that the document does not have,
/// which no route serves.
std::vector<std::string> undocumented(const Json& document, const AnswerSeen& answer);

}  // namespace otto::test
