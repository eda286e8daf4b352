// Bounds on calls at once and per number while two instances claim for two campaigns at the same time: looked at in the
// rows after every claim, not only at the end.
#include <algorithm>
#include <map>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

constexpr int kNumbers = 80;
constexpr int kConversations = 7;  ///< of the account, over both instances
constexpr int kPerCampaign = 5;
constexpr int kHere = 3;  ///< of the second instance

class CapsTest : public StoreTest {
 protected:
  struct Peak {
    int of_account = 0, of_campaign = 0, of_second = 0;
  };

  ports::ClaimRequest request_for(const CampaignId& id, const InstanceId& instance, std::int64_t epoch) {
    ports::ClaimRequest request;
    request.campaign = id;
    request.instance = instance;
    request.epoch = epoch;
    request.from = "+14155550100";
    request.now = kNow;
    request.calls_per_second = 1'000'000;
    request.calls_per_number = 1;
    request.max_conversations = kConversations;
    if (instance == kOther) request.max_calls_here = kHere;
    return request;
  }

  /// As the rows have it at this moment, whatever is being claimed meanwhile.
  void look() {
    const auto row = database().sql(R"(SELECT coalesce(sum(n), 0), coalesce(max(n), 0),
      coalesce(sum(n) FILTER (WHERE instance_id = ')" +
                                    kOther.value + R"('), 0)
      FROM (SELECT campaign_id, instance_id, count(*) AS n FROM otto.attempt WHERE closed_at IS NULL
        GROUP BY campaign_id, instance_id) open)")[0];
    peak_.of_account = std::max(peak_.of_account, row[0].as<int>());
    peak_.of_campaign = std::max(peak_.of_campaign, row[1].as<int>());
    peak_.of_second = std::max(peak_.of_second, row[2].as<int>());
  }

  Task<void> call_all(ports::Store& store, ports::ClaimRequest request) {
    for (int refused = 0; called_ < kNumbers && refused < 2000;) {
      auto outcome = co_await store.attempts.claim(request);
      if (!outcome) ADD_FAILURE() << outcome.error().detail;
      if (!outcome || !std::holds_alternative<ports::Claimed>(*outcome)) {
        ++refused;
        continue;
      }
      refused = 0;
      const auto attempt = std::get<ports::Claimed>(*outcome).attempt;
      look();
      std::ignore = co_await store.attempts.arm(attempt, kNow, kNow + seconds{12});
      // The first ones last until as many are under way as may be.
      for (int i = 0; i == 0 || (i < 100 && peak_.of_account < kConversations); ++i) {
        std::ignore = co_await store.ping();
        look();
      }
      std::vector<Fact> facts{make_end(LegStatus::Completed, 30, sid_of(++called_), 10)};
      std::ignore = co_await store.attempts.record(attempt, std::move(facts), kNow);
    }
    --running_;
  }

  void spawn(ports::Store& store, ports::ClaimRequest request) {
    for (int i = 0; i < 6; ++i, ++running_)
      boost::asio::co_spawn(loop_, call_all(store, request), [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
  }

  Peak peak_;
  int called_ = 0, running_ = 0;
};

TEST_F(CapsTest, AreNeverPassedByTwoInstancesThatClaimAtOnce) {
  auto settings = make_campaign();
  settings.settings.max_concurrent_calls = kPerCampaign;
  auto twin = make_campaign();
  twin.settings.max_concurrent_calls = kPerCampaign;
  const auto one = start_campaign(std::move(settings), make_contacts(kNumbers));
  const auto two = start_campaign(std::move(twin), make_contacts(kNumbers));  // the same numbers
  must(store_.leases.release("campaign:" + two.value, kMe));
  const auto lease = must(store_.leases.acquire("campaign:" + two.value, kOther, seconds{60}));
  store::Options options;
  options.url = database().url();
  options.connections = 4;
  const auto second = store::make_database(loop_, options);
  auto other = second->store();

  spawn(store_, request_for(one, kMe, 1));
  spawn(other, request_for(two, kOther, lease->epoch));
  loop_.restart();
  while (running_ > 0) loop_.run_one();

  EXPECT_EQ(peak_.of_account, kConversations) << "reached, and not passed";
  EXPECT_LE(peak_.of_campaign, kPerCampaign);
  EXPECT_EQ(peak_.of_second, kHere);
  EXPECT_EQ(called_, kNumbers);
  EXPECT_EQ(database().count("(SELECT to_e164 FROM otto.attempt GROUP BY to_e164 HAVING count(*) > 1) twice"), 0);
  EXPECT_GT(database().count("otto.attempt WHERE instance_id = '" + kOther.value + "'"), 5);
  boost::asio::co_spawn(loop_, second->stop(), [](std::exception_ptr failure) { EXPECT_FALSE(failure); });
  loop_.restart();
  loop_.run();
}

}  // namespace
}  // namespace otto::test
