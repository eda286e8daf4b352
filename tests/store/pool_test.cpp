#include "src/store/pool.hpp"

#include <gmock/gmock.h>

#include "src/store/connection_url.hpp"
#include "src/store/values.hpp"
#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using store::Pool;
using testing::HasSubstr;
using testing::Not;

class PoolTest : public StoreTest {
 protected:
  static store::Options options() {
    store::Options options;
    options.url = database().url();
    options.connections = 2;
    return options;
  }
  template <class T, class F>
  Result<T> ask(Pool& pool, F function) {
    return run_on(loop_, pool.transact<T>("test", std::move(function)));
  }
  void close(Pool& pool) {
    boost::asio::co_spawn(loop_, pool.stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    loop_.restart();
    loop_.run();
  }
};

TEST_F(PoolTest, GivesEverySessionItsSettings) {
  Pool pool{loop_, options()};

  const auto shown = ask<std::string>(pool, [](store::Transaction& tx) -> Result<std::string> {
    return std::string{
        tx.exec_params1("SELECT concat_ws(' ', current_setting('TimeZone'), current_setting('statement_timeout'), "
                        "current_setting('lock_timeout'), current_setting('application_name'))")[0]
            .c_str()};
  });

  EXPECT_EQ(shown.value(), "UTC 3s 1s otto");
  close(pool);
}

TEST_F(PoolTest, PreparesAStatementAnewAfterAMigration) {
  static constexpr char kRead[] = "SELECT * FROM otto.changing WHERE id = $1";
  Pool pool{loop_, options()};
  const auto change = [&](const char* statement) {
    return ask<int>(pool, [statement](store::Transaction& tx) -> Result<int> {
      tx.exec_text(statement);
      return 1;
    });
  };
  const auto columns = [&] {
    return ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
      return static_cast<int>(tx.exec_params(kRead, 7).columns());
    });
  };
  EXPECT_TRUE(change("CREATE TABLE otto.changing (id int)"));
  EXPECT_EQ(columns().value(), 1);
  EXPECT_TRUE(change("ALTER TABLE otto.changing ADD COLUMN name text"));

  const auto after = columns();

  ASSERT_TRUE(after) << after.error().detail;
  EXPECT_EQ(after.value(), 2);
  EXPECT_TRUE(change("DROP TABLE otto.changing"));
  close(pool);
}

TEST_F(PoolTest, TellsThatAStatementTookTooLong) {
  auto quick = options();
  quick.statement_timeout = milliseconds{50};
  Pool pool{loop_, quick};

  const auto result = ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("SELECT pg_sleep(5)");
    return 1;
  });

  EXPECT_EQ(result.error().code, Errc::DatabaseUnavailable);
  EXPECT_THAT(result.error().detail, HasSubstr("in time"));
  EXPECT_TRUE(ask<int>(pool, [](store::Transaction&) -> Result<int> { return 1; })) << "the connection is still good";
  close(pool);
}

TEST_F(PoolTest, AnswersAtTheDeadlineThoughTheDatabaseIsSilent) {
  auto slow = options();
  slow.deadline = milliseconds{100};
  Pool pool{loop_, slow};
  const SystemClock clock;
  const auto started = clock.steady();

  const auto result = ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("SELECT pg_sleep(0.6)");
    return 1;
  });

  EXPECT_EQ(result.error().code, Errc::DatabaseUnavailable);
  EXPECT_LT(clock.steady() - started, milliseconds{500});
  close(pool);  // waits for the transaction that is still under way
  EXPECT_GE(clock.steady() - started, milliseconds{600});
}

TEST_F(PoolTest, ReplacesAConnectionThatDiedWhileIdle) {
  Pool pool{loop_, options()};
  const auto backend = [](store::Transaction& tx) -> Result<int> {
    return tx.exec_params1("SELECT pg_backend_pid()")[0].as<int>();
  };
  const int first = ask<int>(pool, backend).value();
  database().sql("SELECT pg_terminate_backend(" + std::to_string(first) + ", 5000)");

  const auto second = ask<int>(pool, backend);

  ASSERT_TRUE(second) << second.error().detail;
  EXPECT_NE(*second, first);
  close(pool);
}

TEST_F(PoolTest, DropsAConnectionThatDiesInTheMiddleAndSaysSo) {
  Pool pool{loop_, options()};
  int runs = 0;

  const auto result = ask<int>(pool, [&runs](store::Transaction& tx) -> Result<int> {
    ++runs;
    tx.exec_params("SELECT pg_terminate_backend(pg_backend_pid())");
    tx.exec_params("SELECT 1");
    return 1;
  });

  EXPECT_EQ(result.error().code, Errc::DatabaseUnavailable);
  EXPECT_EQ(runs, 1) << "nobody knows what became of it, so it never runs again by itself";
  EXPECT_TRUE(ask<int>(pool, [](store::Transaction&) -> Result<int> { return 1; }));
  close(pool);
}

TEST_F(PoolTest, RunsATransactionAgainOnlyAfterALostRace) {
  Pool pool{loop_, options()};
  int lost = 0;
  int conflicts = 0;

  const auto serialization = ask<int>(pool, [&lost](store::Transaction& tx) -> Result<int> {
    if (++lost < 3) tx.exec_params("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40001'; END $$");
    return lost;
  });
  const auto deadlock = ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("DO $$ BEGIN RAISE EXCEPTION 'lost' USING ERRCODE = '40P01'; END $$");
    return 1;
  });
  const auto unique = ask<int>(pool, [&conflicts](store::Transaction& tx) -> Result<int> {
    ++conflicts;
    tx.exec_params("INSERT INTO otto.lease VALUES ('a', '', 1, now()), ('a', '', 1, now())");
    return 1;
  });

  EXPECT_EQ(serialization.value(), 3);
  EXPECT_EQ(deadlock.error().code, Errc::Overloaded);
  EXPECT_EQ(unique.error().code, Errc::DatabaseConflict);
  EXPECT_EQ(conflicts, 1);
  close(pool);
}

TEST_F(PoolTest, RollsBackWhatEndsWithAnError) {
  Pool pool{loop_, options()};

  const auto result = ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("INSERT INTO otto.lease VALUES ('a', '', 1, now())");
    return Error{Errc::NotFound, "no"};
  });

  EXPECT_EQ(result.error().code, Errc::NotFound);
  EXPECT_EQ(database().count("otto.lease"), 0);
  close(pool);
}

TEST_F(PoolTest, SaysWhatIsWrongWithoutShowingRows) {
  Pool pool{loop_, options()};
  const auto failure = [&](const std::string& statement) {
    return ask<int>(pool,
                    [statement](store::Transaction& tx) -> Result<int> {
                      tx.exec_text(statement);
                      return 1;
                    })
        .error();
  };

  const Error check = failure(
      "INSERT INTO otto.transcript_turn SELECT gen_random_uuid(), 1, 'ghost', 'secret words', "
      "NULL, now()");
  const Error missing = failure("SELECT * FROM otto.nothing");

  EXPECT_EQ(check.code, Errc::DatabaseConflict);
  EXPECT_THAT(check.detail, Not(HasSubstr("secret")));
  EXPECT_EQ(missing.code, Errc::DatabaseUnavailable);
  EXPECT_THAT(missing.detail, HasSubstr("otto migrate"));
  close(pool);
}

TEST_F(PoolTest, TellsDataAndStatementsThatNeverGoThroughFromADatabaseThatIsAway) {
  Pool pool{loop_, options()};
  for (const std::string code : {"22021", "22P02", "22003", "21000", "42804", "42601", "54000", "54001"}) {
    const auto refused = ask<int>(pool, [&code](store::Transaction& tx) -> Result<int> {
      tx.exec_text("DO $$ BEGIN RAISE EXCEPTION 'no good: \"secret words\"' USING ERRCODE = '" + code + "'; END $$");
      return 1;
    });

    EXPECT_EQ(refused.error().code, Errc::Internal) << code;
    EXPECT_THAT(refused.error().detail, HasSubstr(code));
    if (code.starts_with("22")) EXPECT_THAT(refused.error().detail, Not(HasSubstr("secret")));
  }
  const auto number = ask<int>(pool, [](store::Transaction& tx) -> Result<int> {
    tx.exec_text("SELECT '+14155550100 is secret'::integer");
    return 1;
  });
  EXPECT_EQ(number.error().code, Errc::Internal) << number.error().detail;
  EXPECT_THAT(number.error().detail, Not(HasSubstr("secret")));
  EXPECT_TRUE(ask<int>(pool, [](store::Transaction&) -> Result<int> { return 1; })) << "the database is there";
  close(pool);
}

Task<void> sleep_in(Pool& pool, std::vector<Errc>& ends, int& running) {
  auto nap = [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("SELECT pg_sleep(0.1)");
    return 1;
  };
  auto result = co_await pool.transact<int>("test", nap);
  if (!result) ends.push_back(result.error().code);
  --running;
}

TEST_F(PoolTest, BoundsWhatWaitsForAConnection) {
  auto tight = options();
  tight.max_waiting = 3;
  Pool pool{loop_, tight};
  std::vector<Errc> ends;
  int running = 7;
  for (int i = 0; i < 7; ++i)
    boost::asio::co_spawn(loop_, sleep_in(pool, ends, running), [](std::exception_ptr f) { EXPECT_FALSE(f); });
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_EQ(ends, (std::vector{Errc::Overloaded, Errc::Overloaded})) << "two work, three wait";
  close(pool);
}

Task<void> note_turn(Pool& pool, std::string name, bool ahead, std::vector<std::string>& turns, int& running) {
  auto note = [](store::Transaction& tx) -> Result<int> {
    tx.exec_params("SELECT 1");
    return 1;
  };
  auto result = co_await pool.transact<int>("test", note, {.ahead = ahead});
  EXPECT_TRUE(result);
  turns.push_back(std::move(name));
  --running;
}

TEST_F(PoolTest, LetsWhomSomebodyWaitsForAtATelephoneGoAhead) {
  auto narrow = options();
  narrow.connections = 1;
  Pool pool{loop_, narrow};
  std::vector<std::string> turns;
  int running = 5;
  for (const auto& [name, ahead] : std::vector<std::pair<std::string, bool>>{
           {"works", false}, {"report", false}, {"answered", true}, {"other report", false}, {"stream", true}})
    boost::asio::co_spawn(loop_, note_turn(pool, name, ahead, turns, running),
                          [](std::exception_ptr f) { EXPECT_FALSE(f); });
  loop_.restart();
  while (running > 0) loop_.run_one();

  EXPECT_THAT(turns, testing::ElementsAre("works", "answered", "stream", "report", "other report"));
  close(pool);
}

TEST_F(PoolTest, AnswersClosedOnceItIsStopped) {
  Pool pool{loop_, options()};
  close(pool);

  EXPECT_EQ(ask<int>(pool, [](store::Transaction&) -> Result<int> { return 1; }).error().code, Errc::Closed);
}

TEST_F(PoolTest, TellsThatTheDatabaseIsAway) {
  auto nowhere = options();
  nowhere.url = "postgresql://otto@/nowhere?host=/nonexistent";
  const auto away = store::make_database(loop_, nowhere);

  const Error error = error_of(away->store().ping());

  EXPECT_EQ(error.code, Errc::DatabaseUnavailable);
  EXPECT_THAT(error.detail, HasSubstr("cannot be reached"));
  boost::asio::co_spawn(loop_, away->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

TEST_F(PoolTest, PingsInMilliseconds) { EXPECT_LT(must(store_.ping()), seconds{2}); }

TEST(ConnectionUrl, LeavesOutWhatOnlyPrismaKnows) {
  const auto url = store::connection_url(
      "postgresql://u:p%40ss@db:5432/app?schema=public&connection_limit=5&sslmode=require&pgbouncer=true", {});

  ASSERT_TRUE(url);
  EXPECT_THAT(*url, testing::StartsWith("postgresql://u:p%40ss@db:5432/app?sslmode=require&application_name=otto"));
  EXPECT_THAT(*url, Not(HasSubstr("schema")));
  EXPECT_THAT(*url, Not(HasSubstr("pgbouncer")));
  EXPECT_THAT(*url, HasSubstr("TimeZone%3DUTC"));
}

TEST(ConnectionUrl, KeepsTheOptionsThatWereGivenBeforeOurs) {
  const auto url = store::connection_url("postgres://db/app?options=-c%20work_mem%3D8MB", {});

  EXPECT_THAT(url.value(), HasSubstr("options=-c%20work_mem%3D8MB%20-c%20TimeZone"));
}

TEST(ConnectionUrl, RefusesAnotherSchemaAndOtherThanPostgres) {
  EXPECT_THAT(store::connection_url("postgresql://db/app?schema=crm", {}).error().detail, HasSubstr("crm"));
  EXPECT_EQ(store::connection_url("mysql://db/app", {}).error().code, Errc::Config);
}

TEST(Values, KeepMicrosecondsAndCutMilliseconds) {
  const TimePoint time = kNow + std::chrono::microseconds{123'456};

  EXPECT_EQ(store::to_sql(time), "2026-02-02 02:40:00.123456+00");
  EXPECT_EQ(store::to_public(time + std::chrono::microseconds{500}), "2026-02-02 02:40:00.123");
  EXPECT_EQ(store::read_time(store::to_sql(time)), time);
  EXPECT_EQ(store::read_time("2026-02-02 02:40:00+00"), kNow);
  EXPECT_EQ(store::read_time("2026-02-02 02:40:00.5"), kNow + milliseconds{500});
  EXPECT_EQ(store::read_time(store::to_sql(TimePoint{})), TimePoint{});
  EXPECT_EQ(store::read_time(store::to_sql(TimePoint{} - milliseconds{1})), TimePoint{} - milliseconds{1});
}

TEST(Values, DropWhatPostgresqlCannotHold) {
  EXPECT_EQ(store::clean(std::string{"a\0b", 3}), "ab");
  EXPECT_EQ(store::clean("ä\xff€\xc3"), "ä€");
  EXPECT_EQ(store::to_jsonb(Json{{"k", std::string{"\0x", 2}}, {"list", {std::string{"\xff"}}}}),
            R"({"k":"x","list":[""]})");
}

TEST(Values, QuoteArrays) {
  EXPECT_EQ(store::to_array({"a", "b \"c\" \\d"}), R"({"a","b \"c\" \\d"})");
  EXPECT_EQ(store::to_array({}), "{}");
}

}  // namespace
}  // namespace otto::test
