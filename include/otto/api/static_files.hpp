// The dashboard's page: a directory of finished files, read once and answered from memory.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/error.hpp"
#include "otto/net/message.hpp"

namespace otto::api {

class StaticFiles {
 public:
  /// NotFound: there is no index.html. TooLarge: over 32 MB in all. Blocks: for the start only.
  static Result<StaticFiles> read(const std::string& directory);

  /// The file at `name` ("assets/app.js"), in an encoding that the request takes, or 304; 404 for what is not there.
  net::Response answer(const net::Request& request, std::string_view name) const;
  /// Files beside index.html, by name.
  std::vector<std::string> at_root() const;

 private:
  struct Body {
    std::string bytes, etag;
  };
  struct File {
    std::string type;
    std::optional<Body> plain, gzip, brotli;
  };
  std::map<std::string, File, std::less<>> files_;
};

}  // namespace otto::api
