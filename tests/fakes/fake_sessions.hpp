// The table of signed-out sessions in memory; it can be away.
#pragma once

#include <set>

#include "otto/ports/session_store.hpp"

namespace otto::fakes {

class FakeSessions final : public ports::SessionStore {
 public:
  std::set<std::string> ids;
  bool is_away = false;
  Task<Result<void>> revoke(std::vector<std::string> more, TimePoint, TimePoint) override {
    if (is_away) co_return Error{Errc::DatabaseUnavailable, "away"};
    ids.insert(more.begin(), more.end());
    co_return Result<void>{};
  }
  Task<Result<std::vector<std::string>>> revoked(TimePoint) override {
    if (is_away) co_return Error{Errc::DatabaseUnavailable, "away"};
    co_return std::vector<std::string>{ids.begin(), ids.end()};
  }
};

}  // namespace otto::fakes
