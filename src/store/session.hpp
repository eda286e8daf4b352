// One connection to PostgreSQL: libpqxx's, and below it libpq's, for libpqxx 6.4 knows nothing of libpq's pipeline
// mode.
#pragma once

#include <libpq-fe.h>
#include <string>
#include <unordered_set>

#include "pqxx.hpp"

namespace otto::store {

/// In pipeline mode for good, so libpqxx's transactions are not for it but in a Plain.
class Session : public pqxx::connection_base {
 public:
  /// Throws pqxx::broken_connection.
  explicit Session(const std::string& url);
  ~Session();

  /// False once the server is known to be gone, or a transaction could not be ended: then it is of no more use.
  bool is_usable();

  PGconn* wire() const noexcept { return policy_.wire; }

  /// By the address of its text: the statement has been prepared here.
  std::unordered_set<const char*> prepared;

  /// For as long as it lives libpqxx may use the session, as nothing is under way.
  class Plain {
   public:
    explicit Plain(Session& session);
    ~Plain();
    Plain(const Plain&) = delete;

   private:
    Session& session_;
  };

 private:
  struct Policy final : pqxx::connect_direct {
    using pqxx::connect_direct::connect_direct;
    handle do_startconnect(handle before) override {
      return wire = static_cast<PGconn*>(pqxx::connect_direct::do_startconnect(before));
    }
    PGconn* wire = nullptr;
  };
  Policy policy_;
  pqxx::quiet_errorhandler quiet_{*this};
};

}  // namespace otto::store
