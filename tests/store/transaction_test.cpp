#include <gmock/gmock.h>

#include "src/store/pool.hpp"
#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using store::Pool;
using store::Row;
using store::Rows;
using store::Transaction;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr char kNote[] = "INSERT INTO otto.lease VALUES ($1, $2, 1, now())";
constexpr char kHolders[] = "SELECT holder FROM otto.lease ORDER BY name";
constexpr char kLocksHeld[] =
    "SELECT count(*) FROM pg_locks WHERE relation = 'otto.lease'::regclass AND mode = 'ExclusiveLock'";

class TransactionTest : public StoreTest {
 protected:
  TransactionTest() {
    store::Options options;
    options.url = database().url();
    options.connections = 1;
    pool_.emplace(loop_, std::move(options));
  }
  ~TransactionTest() {
    boost::asio::co_spawn(loop_, pool_->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
    loop_.restart();
    loop_.run();
  }
  template <class F>
  Result<int> run(F function) {
    return run_on(loop_, pool_->transact<int>("test", std::move(function)));
  }
  std::vector<std::string> holders() {
    std::vector<std::string> found;
    EXPECT_TRUE(run([&found](Transaction& tx) -> Result<int> {
      for (const auto& row : tx.exec_params(kHolders)) found.emplace_back(row["holder"].c_str());
      return 0;
    }));
    return found;
  }
  std::optional<Pool> pool_;
};

TEST_F(TransactionTest, SendsWhatItOnlyWritesWithTheNextThatWaits) {
  const auto result = run([](Transaction& tx) -> Result<int> {
    tx.exec_params0("LOCK TABLE otto.lease IN EXCLUSIVE MODE");
    const auto before = database().count("pg_locks WHERE relation = 'otto.lease'::regclass");
    const int after = tx.exec_params1(kLocksHeld)[0].as<int>();
    return static_cast<int>(before) * 10 + after;
  });

  EXPECT_EQ(result.value(), 1) << "not there before, there after";
}

TEST_F(TransactionTest, CommitsWhatNobodyHasWaitedFor) {
  EXPECT_TRUE(run([](Transaction& tx) -> Result<int> {
    tx.exec_params0(kNote, "a", "first");
    tx.exec_params0(kNote, "b", std::optional<std::string>{"second"});
    return 0;
  }));

  EXPECT_THAT(holders(), ElementsAre("first", "second"));
}

TEST_F(TransactionTest, AnswersInTheOrderInWhichItWasAsked) {
  std::vector<std::string> seen;

  EXPECT_TRUE(run([&seen](Transaction& tx) -> Result<int> {
    auto before = tx.ask(kHolders);
    tx.exec_params0(kNote, "a", "first");
    auto after = tx.ask(kHolders);
    seen.push_back(std::to_string(before.rows().size()) + std::to_string(after.rows().size()));
    seen.emplace_back(after.row()[0].c_str());
    return 0;
  }));

  EXPECT_THAT(seen, ElementsAre("01", "first"));
}

TEST_F(TransactionTest, KeepsNothingWhenAWriteThatNobodyWaitedForFails) {
  int runs = 0;

  const auto result = run([&runs](Transaction& tx) -> Result<int> {
    ++runs;
    tx.exec_params0(kNote, "a", "first");
    tx.exec_params0(kNote, "a", "again");
    tx.exec_params0(kNote, "b", "never");
    return 0;
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::DatabaseConflict);
  EXPECT_THAT(result.error().detail, HasSubstr("lease"));
  EXPECT_EQ(runs, 1);
  EXPECT_THAT(holders(), ElementsAre()) << "the connection is still good";
}

TEST_F(TransactionTest, PreparesAStatementAgainThatWasSentBehindAnError) {
  static constexpr char kNew[] = "SELECT 7";
  const auto failed = run([](Transaction& tx) -> Result<int> {
    tx.exec_params0("SELECT 1 / 0");
    return tx.exec_params1(kNew)[0].as<int>();
  });

  const auto after = run([](Transaction& tx) -> Result<int> { return tx.exec_params1(kNew)[0].as<int>(); });

  EXPECT_FALSE(failed);
  EXPECT_EQ(after.value(), 7);
}

TEST_F(TransactionTest, RollsBackWhatItHasNotSentYet) {
  const auto result = run([](Transaction& tx) -> Result<int> {
    tx.exec_params0(kNote, "a", "first");
    return Error{Errc::NotFound, "no"};
  });

  EXPECT_EQ(result.error().code, Errc::NotFound);
  EXPECT_THAT(holders(), ElementsAre());
}

TEST_F(TransactionTest, RollsBackThoughWhatItHasNotSentYetFails) {
  const auto backend = [](Transaction& tx) -> Result<int> {
    return tx.exec_params1("SELECT pg_backend_pid()")[0].as<int>();
  };
  const int pid = run(backend).value();

  const auto result = run([](Transaction& tx) -> Result<int> {
    tx.exec_params(kNote, "a", "first");
    tx.exec_params0("SELECT 1 / 0");
    return Error{Errc::NotFound, "no"};
  });

  EXPECT_EQ(result.error().code, Errc::NotFound);
  EXPECT_THAT(holders(), ElementsAre());
  EXPECT_EQ(run(backend).value(), pid) << "on the same connection";
}

TEST_F(TransactionTest, HoldsBackNoMoreThanItsBound) {
  EXPECT_TRUE(run([](Transaction& tx) -> Result<int> {
    for (int i = 0; i < 350; ++i) tx.exec_params0(kNote, std::to_string(i), "x");
    return 0;
  }));
  EXPECT_EQ(database().count("otto.lease"), 350);

  const auto sent = run([](Transaction& tx) -> Result<int> {
    tx.exec_params0("LOCK TABLE otto.lease IN EXCLUSIVE MODE");
    for (int i = 350; i < 450; ++i) tx.exec_params0(kNote, std::to_string(i), "x");
    return static_cast<int>(
        database().count("pg_locks WHERE relation = 'otto.lease'::regclass AND mode = 'ExclusiveLock'"));
  });
  EXPECT_EQ(sent.value(), 1);
}

TEST_F(TransactionTest, TellsNullFromTextAndMissingRows) {
  const auto values = run([](Transaction& tx) -> Result<int> {
    const Row row = tx.exec_params1("SELECT $1::text AS none, $2::text AS empty, $3::bool AS yes, $4::bigint AS big",
                                    std::optional<std::string>{}, "", true, std::int64_t{1} << 40);
    EXPECT_TRUE(row["none"].is_null());
    EXPECT_STREQ(row["none"].c_str(), "");
    EXPECT_FALSE(row["empty"].is_null());
    EXPECT_TRUE(row["yes"].as<bool>());
    EXPECT_EQ(row["big"].as<std::int64_t>(), std::int64_t{1} << 40);
    EXPECT_THROW(row["none"].as<int>(), pqxx::conversion_error);
    EXPECT_THROW(row["other"], pqxx::argument_error);
    EXPECT_THROW(tx.exec_params1(kHolders), pqxx::unexpected_rows);
    return 0;
  });

  EXPECT_TRUE(values);
}

TEST_F(TransactionTest, CopiesWithinItself) {
  const auto copy = [](Transaction& tx) {
    tx.exec_params0(kNote, "a", "first");
    tx.copy("otto.lease", {"name", "holder", "epoch", "until"}, [](pqxx::stream_to& stream) {
      stream << std::make_tuple("b", "ta\tb\\", 1, "2026-01-01");
      stream << std::make_tuple("c", "third", 1, "2026-01-01");
    });
  };
  const auto undone = run([copy](Transaction& tx) -> Result<int> {
    copy(tx);
    return Error{Errc::NotFound, "no"};
  });
  EXPECT_FALSE(undone);
  EXPECT_THAT(holders(), ElementsAre());

  EXPECT_TRUE(run([copy](Transaction& tx) -> Result<int> {
    copy(tx);
    return tx.exec_params1("SELECT count(*) FROM otto.lease")[0].as<int>();
  }));

  EXPECT_THAT(holders(), ElementsAre("first", "ta\tb\\", "third"));
}

TEST_F(TransactionTest, RollsBackAfterACopyThatFails) {
  const auto result = run([](Transaction& tx) -> Result<int> {
    tx.exec_params0(kNote, "a", "first");
    tx.copy("otto.lease", {"name", "holder", "epoch", "until"},
            [](pqxx::stream_to& stream) { stream << std::make_tuple("a", "again", 1, "2026-01-01"); });
    return 0;
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::DatabaseConflict) << result.error().detail;
  EXPECT_THAT(holders(), ElementsAre());
}

TEST_F(TransactionTest, SaysThatTheConnectionWasLostBeforeItsCommit) {
  const auto result = run([](Transaction& tx) -> Result<int> {
    const auto pid = tx.exec_params1("SELECT pg_backend_pid()")[0].as<int>();
    tx.exec_params0(kNote, "a", "first");
    database().sql("SELECT pg_terminate_backend(" + std::to_string(pid) + ", 5000)");
    return 0;
  });

  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Errc::DatabaseUnavailable);
  EXPECT_THAT(holders(), ElementsAre());
}

}  // namespace
}  // namespace otto::test
