#include "otto/store/migrate.hpp"

#include <algorithm>
#include <map>
#include <optional>

#include "otto/base/log.hpp"

#include "store/connection_url.hpp"
#include "store/failure.hpp"
#include "store/migration_files.hpp"
#include "store/public_schema.hpp"
#include "store/values.hpp"

namespace otto::store {

namespace {

/// "otto" as a number; any program of ours on this database takes the same. Prisma's own is 72707369.
constexpr std::int64_t kLockKey = 0x6f74746f;
/// The file that makes the public tables; it is not run where they exist.
constexpr std::string_view kPublicTables = "0001_public_tables";

constexpr char kHistory[] = R"(
CREATE TABLE otto.schema_migrations (
  name text PRIMARY KEY,
  checksum text NOT NULL,
  adopted boolean NOT NULL,
  applied_at timestamptz NOT NULL DEFAULT now()
))";

using Applied = std::map<std::string, std::string, std::less<>>;  // name → checksum

Error refusal(std::string sentence) { return {Errc::Config, std::move(sentence)}; }

std::string joined(const std::vector<std::string>& sentences) {
  std::string text;
  for (const std::string& sentence : sentences) text += (text.empty() ? "" : "; ") + sentence;
  return text;
}

class Migration {
 public:
  explicit Migration(pqxx::connection& connection) : connection_{connection} {}

  Result<MigrationReport> run(bool dry_run) {
    for (const MigrationFile& file : migration_files()) {
      auto done = dry_run ? look(file) : apply(file);
      if (!done) return done.error();
    }
    pqxx::work tx{connection_};
    if (auto error = verify(tx)) return *error;
    return report_;
  }

 private:
  /// One transaction per file, so that another instance may take over between any two.
  Result<void> apply(const MigrationFile& file) {
    pqxx::work tx{connection_};
    tx.exec_params("SELECT pg_advisory_xact_lock($1)", kLockKey);
    // Asked first: IF NOT EXISTS demands the right to create even where there is nothing to do.
    if (tx.exec1("SELECT to_regnamespace('otto') IS NULL")[0].as<bool>()) tx.exec0("CREATE SCHEMA otto");
    if (tx.exec1("SELECT to_regclass('otto.schema_migrations') IS NULL")[0].as<bool>()) tx.exec0(kHistory);
    const Applied applied = read_history(tx);
    if (auto error = check(tx, applied)) return *error;
    if (applied.contains(file.name)) return {};

    bool adopted = false;
    if (file.name == kPublicTables) {
      const PublicSchema found = inspect_public_schema(tx);
      if (!found.differences.empty()) return mismatch(found);
      adopted = found.exists;
    }
    if (!adopted) {
      tx.exec0("SET LOCAL search_path = public");
      tx.exec(std::string{file.sql});
    }
    tx.exec_params0("INSERT INTO otto.schema_migrations (name, checksum, adopted) VALUES ($1, $2, $3)",
                    std::string{file.name}, checksum(tx, file.sql), adopted);
    tx.commit();
    report_.adopted |= adopted;
    report_.applied.emplace_back(file.name);
    log::info("migrate.applied", {{"migration", file.name}, {"adopted", adopted}});
    return {};
  }

  Result<void> look(const MigrationFile& file) {
    pqxx::work tx{connection_};
    Applied applied;
    if (!tx.exec1("SELECT to_regclass('otto.schema_migrations') IS NULL")[0].as<bool>()) applied = read_history(tx);
    if (auto error = check(tx, applied)) return *error;
    if (!applied.contains(file.name)) report_.pending.emplace_back(file.name);
    return {};
  }

  static Applied read_history(pqxx::work& tx) {
    Applied applied;
    for (const auto& row : tx.exec("SELECT name, checksum FROM otto.schema_migrations"))
      applied.emplace(row[0].c_str(), row[1].c_str());
    return applied;
  }

  static std::optional<Error> check(pqxx::work& tx, const Applied& applied) {
    const auto& files = migration_files();
    for (const auto& [name, sum] : applied) {
      const auto file = std::ranges::find(files, std::string_view{name}, &MigrationFile::name);
      if (file == files.end())
        return refusal("The database has the migration " + name +
                       ", which this version of otto does not know: a newer version has made it; run that one.");
      if (checksum(tx, file->sql) != sum)
        return refusal("The migration " + name + " has changed since it was applied to this database.");
    }
    return std::nullopt;
  }

  static std::string checksum(pqxx::work& tx, std::string_view sql) {
    return tx.exec_params1("SELECT encode(sha256(convert_to($1, 'UTF8')), 'hex')", std::string{sql})[0].c_str();
  }

  static Error mismatch(const PublicSchema& found) {
    return refusal(
        "The tables \"OutboundCampaign\" and \"OutboundCall\" in this database are not the ones that otto "
        "works with, and it never alters them: " +
        joined(found.differences) + ".");
  }

  /// On every start: another program may have changed its tables since.
  std::optional<Error> verify(pqxx::work& tx) {
    PublicSchema found = inspect_public_schema(tx);
    if (!found.differences.empty()) return mismatch(found);
    report_.notes = std::move(found.notes);
    return std::nullopt;
  }

  pqxx::connection& connection_;
  MigrationReport report_;
};

}  // namespace

Result<MigrationReport> migrate(const std::string& database_url, bool dry_run) {
  // A big table's index may take long; other instances wait for the advisory lock meanwhile.
  const auto url = connection_url(database_url, SessionLimits{milliseconds{0}, seconds{60}, seconds{2}});
  if (!url) return url.error();
  try {
    pqxx::connection connection{*url};
    const pqxx::quiet_errorhandler quiet{connection};
    return Migration{connection}.run(dry_run);
  } catch (const std::exception& failure) {  // wall: libpqxx
    return classify(failure).error;
  }
}

}  // namespace otto::store
