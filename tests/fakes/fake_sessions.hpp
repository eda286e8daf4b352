// The tables of sessions in memory; they can be away.
#pragma once

#include <map>
#include <set>
#include <utility>

#include "otto/ports/session_store.hpp"

namespace otto::fakes {

class FakeSessions final : public ports::SessionStore {
 public:
  std::set<std::string> ids;
  std::map<std::string, ports::SessionInUse> used;
  std::set<std::pair<std::string, std::int64_t>> codes;
  bool is_away = false;
  Task<Result<void>> revoke(std::vector<std::string> more, TimePoint, TimePoint) override {
    if (is_away) co_return away();
    ids.insert(more.begin(), more.end());
    co_return Result<void>{};
  }
  Task<Result<std::vector<std::string>>> revoked(TimePoint) override {
    if (is_away) co_return away();
    co_return std::vector<std::string>{ids.begin(), ids.end()};
  }
  Task<Result<bool>> use(ports::SessionInUse session) override {
    if (is_away) co_return away();
    const bool is_open = !ids.contains(session.id);
    std::string id = session.id;
    used.insert_or_assign(std::move(id), std::move(session));
    co_return is_open;
  }
  Task<Result<std::vector<ports::SessionInUse>>> in_use(std::string role, TimePoint since, TimePoint now) override {
    if (is_away) co_return away();
    std::vector<ports::SessionInUse> out;
    for (const auto& [id, session] : used)
      if (!ids.contains(id) && (role.empty() || session.role == role) && session.last_used > since &&
          session.until > now)
        out.push_back(session);
    co_return out;
  }
  Task<Result<bool>> take_code(std::string role, std::int64_t step) override {
    if (is_away) co_return away();
    co_return codes.emplace(std::move(role), step).second;
  }

 private:
  static Error away() { return Error{Errc::DatabaseUnavailable, "away"}; }
};

}  // namespace otto::fakes
