// What a rehearsed call costs the database: a rehearsal of ten thousand contacts must end within a minute, and a
// statement takes as long whoever it is for. Counted, because time depends on the machine.
#include "otto/campaign/rehearsal.hpp"

#include <cstdio>
#include <cstdlib>
#include <gtest/gtest.h>
#include <sstream>

#include "otto/base/metrics.hpp"
#include "otto/store/migrate.hpp"
#include "otto/store/scratch.hpp"

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

/// Of all series of the metric, or of one verb's.
double sum_of(const std::string& metric, const std::string& verb = "") {
  std::istringstream lines{metrics::text()};
  double sum = 0;
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(metric + "{") && line.find(verb) != std::string::npos)
      sum += std::stod(line.substr(line.rfind(' ')));
  return sum;
}

TEST(Rehearsal, ACallCostsOneClaimAndFewStatements) {
  const char* server = std::getenv("OTTO_TEST_DATABASE_URL");
  ASSERT_NE(server, nullptr);
  auto scratch = store::ScratchDatabase::make(server);
  ASSERT_TRUE(scratch) << scratch.error().detail;
  ASSERT_TRUE(store::migrate((*scratch)->url(), false));
  const auto left = (*scratch)->leave_log();
  ASSERT_TRUE(left) << left.error().detail;
  Loop loop{1};
  store::Options options;
  options.url = (*scratch)->url();
  options.deadline = seconds{60};
  rt::VirtualTimers timers{loop, kNow};
  options.may_block_loop = [&timers] { return campaign::may_block_loop(timers); };
  auto database = store::make_database(loop, std::move(options));
  auto store = database->store();
  const auto run = [&loop](auto task) {
    boost::asio::co_spawn(loop, std::move(task), [](std::exception_ptr failure, auto...) { EXPECT_FALSE(failure); });
    loop.restart();
    loop.run();
  };
  auto campaign = make_campaign();
  const CampaignId id = campaign.id;
  campaign.settings.delay_between_calls = seconds{0};
  campaign.settings.max_concurrent_calls = 10;
  campaign.settings.hours = CallingHours{0, 1440, "UTC", 0x7F};
  campaign.settings.legal_hours = false;
  run(store.campaigns.create(std::move(campaign), make_contacts(200), std::nullopt, ""));
  const double statements = sum_of("otto_db_statements_total");
  const double trips = sum_of("otto_db_round_trips_total");
  const double claims = sum_of("otto_db_seconds_count", "\"claim\"");

  campaign::RehearsalOptions rehearsal;
  rehearsal.callers = {"+14155550100"};
  const auto report =
      campaign::rehearse(loop, timers, store, id, rehearsal, [&database] { return database->under_way(); });
  const double per_call = (sum_of("otto_db_statements_total") - statements) / report.calls;
  const double trips_per_call = (sum_of("otto_db_round_trips_total") - trips) / report.calls;
  const double claims_per_call = (sum_of("otto_db_seconds_count", "\"claim\"") - claims) / report.calls;
  pqxx::connection connection{(*scratch)->url()};
  pqxx::nontransaction tx{connection};
  const auto logged = tx.exec(
                            "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE "
                            "n.nspname IN ('otto', 'public') "
                            "AND c.relkind = 'r' AND c.relpersistence = 'p'")[0][0]
                          .as<int>();
  boost::asio::co_spawn(loop, database->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop.restart();
  loop.run();

  EXPECT_EQ(report.status, CampaignStatus::Completed);
  EXPECT_EQ(report.completed + report.failed, 200);
  EXPECT_TRUE(report.out_of_hours.empty());
  EXPECT_GE(report.calls, 200);
  EXPECT_EQ(logged, 0) << "nothing of a rehearsal is sent to a standby";
  std::printf("    a call takes %.1f statements in %.1f round trips\n", per_call, trips_per_call);
  EXPECT_LT(per_call, 30) << "claim 9, arm 3, placed 7, ended 8, and the reconciler's, by the passes that fit in";
  EXPECT_LT(trips_per_call, 11) << "claim 3, arm 2, placed 2, ended 2";
  EXPECT_LT(claims_per_call, 1.4) << "a campaign at its limit of calls at once waits for one to end";
}

}  // namespace
}  // namespace otto::test
