// A database of one test's own on the server that OTTO_TEST_DATABASE_URL names.
#pragma once

#include <memory>
#include <string>

#include "otto/base/json.hpp"

namespace otto::system_test {

/// Made empty, dropped at the end of its life with whatever still uses it.
class Database {
 public:
  Database();
  ~Database();
  Database(const Database&) = delete;
  const std::string& url() const noexcept { return url_; }
  /// The first field of the first row as text; "" for NULL and for no row.
  std::string one(const std::string& statement);
  int count(const std::string& from) { return std::stoi(one("SELECT count(*) FROM " + from)); }
  /// ALTER DATABASE, from outside it.
  void alter(const std::string& what);
  /// Rows as a JSON array of objects with the columns' names.
  Json rows(const std::string& select);

 private:
  struct Connection;
  std::string name_, url_;
  std::unique_ptr<Connection> connection_;
};

}  // namespace otto::system_test
