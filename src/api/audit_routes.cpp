// The audit table, for people.
#include "otto/api/routes.hpp"

#include "api/query.hpp"

namespace otto::api {

namespace {

constexpr int kDefaultPage = 100, kMaxPage = 500;

Task<net::Response> list(const Deps& deps, net::Request request) {
  Query query{request};
  ports::AuditAsk ask;
  ask.limit = query.number("limit", 1, kMaxPage, kDefaultPage);
  ask.action = query.text("action");
  ask.who = query.text("who");
  ask.cursor = query.text("cursor");
  if (query.is_wrong()) co_return query.refusal();
  const auto page = co_await deps.audit.entries(std::move(ask));
  if (!page) co_return net::error_response(page.error());
  Json entries = Json::array();
  for (const ports::AuditEntry& entry : page->entries)
    entries.push_back({{"id", std::to_string(entry.id)},
                       {"at", format_iso8601(entry.at)},
                       {"who", entry.who},
                       {"peer", entry.peer},
                       {"action", entry.action},
                       {"target", entry.target},
                       {"detail", entry.detail},
                       {"status", entry.status}});
  const Json cursor = page->next_cursor.empty() ? Json(nullptr) : Json(page->next_cursor);
  co_return net::json_response(200, Json{{"success", true}, {"entries", std::move(entries)}, {"nextCursor", cursor}});
}

}  // namespace

std::vector<net::Route> audit_routes(const Deps& deps) {
  return {deps.route("GET", "/api/audit", list, Role::Operate)};
}

}  // namespace otto::api
