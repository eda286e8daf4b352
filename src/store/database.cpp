#include "otto/store/database.hpp"

#include "store/tables.hpp"

namespace otto::store {

namespace {

class PostgresDatabase final : public Database {
 public:
  PostgresDatabase(Loop& loop, const Options& options)
      : pool_{loop, options},
        seal_{options.seal},
        campaigns_{pool_, seal_},
        attempts_{pool_, seal_, options.calls_per_day},
        leases_{pool_},
        hooks_{pool_},
        sheets_{pool_},
        suppressions_{pool_},
        sessions_{pool_},
        audit_{pool_},
        people_{pool_, seal_},
        views_{pool_, seal_, attempts_},
        events_{pool_} {}

  ports::Store store() override {
    return ports::Store{campaigns_, attempts_,     leases_, hooks_,
                        sheets_,    suppressions_, events_, [this] { return ping(); }};
  }
  ports::SessionStore& sessions() override { return sessions_; }
  ports::AuditStore& audit() override { return audit_; }
  ports::PeopleStore& people() override { return people_; }
  ports::Views& views() override { return views_; }
  Task<void> stop() override { return pool_.stop(); }
  ports::VerbsUnderWay under_way() const override { return pool_.under_way(); }

 private:
  Task<Result<milliseconds>> ping() {
    const SystemClock clock;
    const SteadyPoint started = clock.steady();
    Work ask = [](Transaction& tx) -> std::optional<Error> {
      tx.exec_params0("SELECT 1");
      return std::nullopt;
    };
    auto answered = co_await pool_.run("ping", std::move(ask));
    if (!answered) co_return answered.error();
    co_return std::chrono::ceil<milliseconds>(clock.steady() - started);
  }

  Pool pool_;
  crypto::TextSeal seal_;
  Campaigns campaigns_;
  Attempts attempts_;
  Leases leases_;
  Hooks hooks_;
  Sheets sheets_;
  Suppressions suppressions_;
  Sessions sessions_;
  Audit audit_;
  People people_;
  PostgresViews views_;
  Events events_;
};

}  // namespace

std::unique_ptr<Database> make_database(Loop& loop, Options options) {
  return std::make_unique<PostgresDatabase>(loop, std::move(options));
}

}  // namespace otto::store
