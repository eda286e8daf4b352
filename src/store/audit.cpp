// The audit table.
#include <charconv>

#include "store/paging.hpp"
#include "store/session_sql.hpp"
#include "store/tables.hpp"
#include "store/values.hpp"

namespace otto::store {

Task<Result<void>> Audit::note(ports::AuditEntry entry) {
  Work add = [entry = std::move(entry)](Transaction& tx) -> std::optional<Error> {
    tx.exec_params0(sql::kNoteAudit, to_sql(entry.at), clean(entry.who), clean(entry.peer), clean(entry.action),
                    clean(entry.target), clean(entry.detail), entry.status, entry.is_look);
    return std::nullopt;
  };
  co_return co_await pool_.run("note_audit", std::move(add));
}

Task<Result<ports::AuditPage>> Audit::entries(ports::AuditAsk ask) {
  using Page = ports::AuditPage;
  std::int64_t before = std::numeric_limits<std::int64_t>::max();
  const auto* const end = ask.cursor.data() + ask.cursor.size();
  const auto [rest, wrong] = std::from_chars(ask.cursor.data(), end, before);
  if ((!ask.cursor.empty() && (wrong != std::errc{} || rest != end)) || ask.limit < 1) co_return bad_cursor();
  auto read = [ask = std::move(ask), before](Transaction& tx) -> Result<Page> {
    Page page;
    const bool is_group = ask.action.ends_with('.');
    const auto rows = tx.exec_text(sql::kAuditPage, before, is_group ? std::string{} : clean(ask.action),
                                   is_group ? clean(ask.action) : std::string{}, clean(ask.who), ask.limit + 1);
    for (const auto& row : rows) {
      ports::AuditEntry entry;
      entry.id = row["id"].as<std::int64_t>();
      entry.at = time_of(row["at"]);
      entry.who = text_of(row["who"]);
      entry.peer = text_of(row["peer"]);
      entry.action = text_of(row["action"]);
      entry.target = text_of(row["target"]);
      entry.detail = text_of(row["detail"]);
      entry.status = row["status"].as<int>();
      page.entries.push_back(std::move(entry));
    }
    if (page.entries.size() > static_cast<std::size_t>(ask.limit)) {
      page.entries.pop_back();
      page.next_cursor = std::to_string(page.entries.back().id);
    }
    return page;
  };
  co_return co_await pool_.transact<Page>("audit_entries", std::move(read));
}

}  // namespace otto::store
