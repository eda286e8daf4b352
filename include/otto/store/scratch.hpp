// A database for a while, on the server that a URL names: for rehearsals, which must change nothing of the real one.
// Blocking.
#pragma once

#include <memory>
#include <string>

#include "otto/base/error.hpp"

namespace otto::store {

/// Made empty, dropped at the end of its life with whatever still uses it.
class ScratchDatabase {
 public:
  /// Forbidden: the role may not create databases. DatabaseUnavailable.
  static Result<std::unique_ptr<ScratchDatabase>> make(const std::string& server_url);
  ~ScratchDatabase();
  ScratchDatabase(const ScratchDatabase&) = delete;
  const std::string& url() const noexcept { return url_; }
  /// Its tables out of the server's log, once they are there: nothing of it is sent to a standby, and a crash empties
  /// it.
  Result<void> leave_log();

 private:
  ScratchDatabase() = default;
  std::string server_url_, name_, url_;
};

}  // namespace otto::store
