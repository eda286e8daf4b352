// A transaction whose statements the server parses and plans once for each connection, not each time: for what a call
// runs dozens of times, parsing and planning cost more than the work itself.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "pqxx.hpp"

namespace otto::store {

/// As pqxx::work, and whoever takes it for one gets one. Its exec_params() takes a statement of sql.hpp by its own
/// name, the address of the text; libpqxx prepares it at its first use on a connection.
class Transaction : public pqxx::work {
 public:
  explicit Transaction(pqxx::connection& connection)
      : pqxx::internal::namedclass{"transaction"}, pqxx::work{connection} {}  // a virtual base of libpqxx's

  int statements() const noexcept { return statements_; }  ///< run so far, without BEGIN

  template <std::size_t kSize, class... Args>
  pqxx::result exec_params(const char (&sql)[kSize], Args&&... args) {
    return exec_prepared(prepared(sql), std::forward<Args>(args)...);
  }
  template <std::size_t kSize, class... Args>
  pqxx::row exec_params1(const char (&sql)[kSize], Args&&... args) {
    return exec_prepared1(prepared(sql), std::forward<Args>(args)...);
  }
  template <std::size_t kSize, class... Args>
  pqxx::result exec_params0(const char (&sql)[kSize], Args&&... args) {
    return exec_prepared0(prepared(sql), std::forward<Args>(args)...);
  }

 private:
  std::string prepared(const char* sql) {
    std::string name = std::to_string(reinterpret_cast<std::uintptr_t>(sql));
    conn().prepare(name, sql);
    ++statements_;
    return name;
  }

  int statements_ = 0;
};

}  // namespace otto::store
