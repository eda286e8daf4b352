#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using LeaseTest = StoreTest;

std::optional<std::int64_t> epoch(const std::optional<ports::Lease>& lease) {
  return lease ? std::optional{lease->epoch} : std::nullopt;
}

TEST_F(LeaseTest, IsHeldByOneAndRenewedUnderItsEpoch) {
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), 1);
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), 1);
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kOther, seconds{60}))), std::nullopt);
  EXPECT_EQ(epoch(must(store_.leases.acquire("y", kOther, seconds{60}))), 1);
}

TEST_F(LeaseTest, PassesOnWithAHigherEpochAfterItsTimeOrARelease) {
  must(store_.leases.acquire("x", kMe, seconds{60}));
  database().sql("UPDATE otto.lease SET until = now() - interval '1 ms'");
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kOther, seconds{60}))), 2);
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), std::nullopt);

  must(store_.leases.release("x", kMe));  // not its own
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), std::nullopt);
  must(store_.leases.release("x", kOther));
  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), 3);
}

TEST_F(LeaseTest, KeepsItsEpochOverALapseInWhichNobodyCame) {
  must(store_.leases.acquire("x", kMe, seconds{60}));
  database().sql("UPDATE otto.lease SET until = now() - interval '1 hour'");

  EXPECT_EQ(epoch(must(store_.leases.acquire("x", kMe, seconds{60}))), 1);
}

TEST_F(LeaseTest, LastsByTheDatabasesClock) {
  must(store_.leases.acquire("x", kMe, seconds{60}));

  const auto left = std::stod(database().one("SELECT extract(epoch FROM until - now()) FROM otto.lease"));

  EXPECT_GT(left, 50);
  EXPECT_LE(left, 60);
}

class HookTest : public StoreTest {
 protected:
  CampaignId ended(const std::string& url, TimePoint when) {
    auto campaign = make_campaign();
    campaign.callback_url = url;
    const auto id = start_campaign(std::move(campaign), {});
    must(store_.campaigns.try_complete(id, when));
    return id;
  }
};

TEST_F(HookTest, IsTakenByOneDispatcherForAWhile) {
  const auto id = ended("https://example.com/a?b=%20c", kNow);

  const auto first = must(store_.hooks.take_due(10, seconds{60}, kNow));
  ASSERT_EQ(first.size(), 1U);
  EXPECT_EQ(first[0].campaign, id);
  EXPECT_EQ(first[0].url, "https://example.com/a?b=%20c");
  EXPECT_EQ(first[0].tries, 0);
  EXPECT_TRUE(must(store_.hooks.take_due(10, seconds{60}, kNow)).empty());

  const auto later = must(store_.hooks.take_due(10, seconds{60}, kNow + seconds{61}));
  ASSERT_EQ(later.size(), 1U) << "its dispatcher died";
  EXPECT_EQ(later[0].id, first[0].id);
  EXPECT_EQ(later[0].tries, 1);
}

TEST_F(HookTest, ComesAgainAfterARetryAndNeverAfterItsEnd) {
  ended("https://example.com/1", kNow);
  ended("https://example.com/2", kNow + seconds{1});
  ended("https://example.com/3", kNow + seconds{2});
  const auto due = must(store_.hooks.take_due(2, seconds{60}, kNow + seconds{5}));
  ASSERT_EQ(due.size(), 2U) << "the limit";

  must(store_.hooks.retry(due[0].id, kNow + minutes{10}, "409 The execution is running already."));
  must(store_.hooks.delivered(due[1].id, kNow));
  const auto third = must(store_.hooks.take_due(2, seconds{60}, kNow + seconds{5}));
  ASSERT_EQ(third.size(), 1U);
  must(store_.hooks.give_up(third[0].id, "404", kNow));

  const auto again = must(store_.hooks.take_due(10, seconds{60}, kNow + hours{1}));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again[0].id, due[0].id);
  EXPECT_EQ(again[0].tries, 1);
}

}  // namespace
}  // namespace otto::test
