// The audit table in memory; it can be away.
#pragma once

#include <vector>

#include "otto/ports/audit_store.hpp"

namespace otto::fakes {

class FakeAudit final : public ports::AuditStore {
 public:
  std::vector<ports::AuditEntry> rows;
  ports::AuditAsk asked;
  bool is_away = false;
  Task<Result<void>> note(ports::AuditEntry entry) override {
    if (is_away) co_return Error{Errc::DatabaseUnavailable, "away"};
    entry.id = static_cast<std::int64_t>(rows.size()) + 1;
    rows.push_back(std::move(entry));
    co_return Result<void>{};
  }
  Task<Result<ports::AuditPage>> entries(ports::AuditAsk ask) override {
    asked = std::move(ask);
    if (is_away) co_return Error{Errc::DatabaseUnavailable, "away"};
    ports::AuditPage page;
    page.entries.assign(rows.rbegin(), rows.rend());
    page.next_cursor = "1";
    co_return page;
  }
};

}  // namespace otto::fakes
