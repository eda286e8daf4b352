#include "otto/store/scratch.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "otto/base/ids.hpp"
#include "otto/base/log.hpp"

#include "store/connection_url.hpp"
#include "store/failure.hpp"
#include "store/pqxx.hpp"

namespace otto::store {

namespace {

/// The same server, another database.
std::string with_database(const std::string& url, const std::string& name) {
  const auto host = url.find("://") + 3;
  const auto path = url.find_first_of("/?", host);
  const auto query = url.find('?', host);
  return url.substr(0, path) + "/" + name + (query == std::string::npos ? "" : url.substr(query));
}

std::optional<Error> on_server(const std::string& server_url, const std::string& statement) {
  const auto url = connection_url(server_url, SessionLimits{milliseconds{0}});
  if (!url) return url.error();
  try {
    pqxx::connection connection{*url};
    pqxx::nontransaction tx{connection};
    tx.exec0(statement);
    return std::nullopt;
  } catch (const pqxx::insufficient_privilege&) {
    return Error{Errc::Forbidden,
                 "The role of DATABASE_URL may not create databases; give it CREATEDB for rehearsals."};
  } catch (const std::exception& failure) {  // wall: as the pool's
    return classify(failure).error;
  }
}

/// One after the other, so that no table of the log ever refers to one beside it.
constexpr char kLeaveLog[] = R"(DO $do$ DECLARE t regclass; BEGIN
  LOOP
    SELECT c.oid INTO t FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE c.relkind = 'r' AND c.relpersistence = 'p' AND n.nspname IN ('otto', 'public') AND NOT EXISTS (
        SELECT FROM pg_constraint k JOIN pg_class r ON r.oid = k.conrelid
        WHERE k.contype = 'f' AND k.confrelid = c.oid AND r.oid <> c.oid AND r.relpersistence = 'p')
      LIMIT 1;
    EXIT WHEN t IS NULL;
    EXECUTE format('ALTER TABLE %s SET UNLOGGED', t);
  END LOOP;
END $do$)";

}  // namespace

Result<std::unique_ptr<ScratchDatabase>> ScratchDatabase::make(const std::string& server_url) {
  std::unique_ptr<ScratchDatabase> made{new ScratchDatabase};
  const std::string name = fmt::format("otto_rehearsal_{}_{}", ::getpid(), make_cuid());
  if (auto error = on_server(server_url, "CREATE DATABASE " + name)) return std::move(*error);
  made->server_url_ = server_url;
  made->name_ = name;
  made->url_ = with_database(server_url, name);
  // Nothing in it is worth a write to the disk that somebody waits for.
  if (auto error = on_server(server_url, "ALTER DATABASE " + name + " SET synchronous_commit = off"))
    return std::move(*error);
  return made;
}

Result<void> ScratchDatabase::leave_log() {
  if (auto error = on_server(url_, kLeaveLog)) return std::move(*error);
  return {};
}

ScratchDatabase::~ScratchDatabase() {
  if (name_.empty()) return;
  if (auto error = on_server(server_url_, "DROP DATABASE IF EXISTS " + name_ + " WITH (FORCE)"))
    log::warn("rehearsal.not_dropped", {{"database", name_}, {"error", error->detail}});
}

}  // namespace otto::store
