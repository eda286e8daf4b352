// Stopping a campaign: at once, for good, and repeatable.
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

constexpr const char* kStop = "/api/n8n/stop-campaign/";

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

std::size_t live(const World& world) { return world.sandbox("/_sandbox/health").body["live"].get<std::size_t>(); }

class Stopping : public SystemTest {};

TEST_F(Stopping, NobodyIsDialedAfterTheAnswer) {
  World& world = make_world({{"default", "busy"}}, {{"TWILIO_CALLS_PER_SECOND", "20"}});

  const std::string id = world.trigger(contacts(1, 60));
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 5; }, seconds{10}));
  const Answer stopped = world.call("POST", kStop + id);
  const auto answered_at = now_ms();
  // A second is twenty calls at this rate, and longer than the engine takes to look at its campaigns again.
  wait_until([] { return false; }, milliseconds{1200});

  EXPECT_EQ(stopped.status, 200) << stopped.text;
  EXPECT_EQ(stopped.body["success"], true);
  EXPECT_EQ(stopped.body["campaignId"], id);
  EXPECT_EQ(stopped.body["status"], "STOPPED");
  const Json calls = world.seen("calls");
  EXPECT_LT(calls.size(), 40U);
  for (const Json& call : calls) EXPECT_LE(call["createdMs"].get<std::int64_t>(), answered_at);
  const Json results = world.results(id);
  EXPECT_EQ(results["status"], "STOPPED");
  EXPECT_EQ(results["contactsCalled"], calls.size());
  EXPECT_EQ(results["contactsRemaining"], 60 - static_cast<int>(calls.size()));
  EXPECT_THAT(world.differences(), testing::IsEmpty());
}

TEST_F(Stopping, LiveCallsRunOnUnlessTheyAreToBeHungUp) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "silent", "talk_ms": 60000}})"));

  const std::string id = world.trigger(contacts(1, 5), {{"maxConcurrentCalls", 2}});
  ASSERT_TRUE(wait_until([&] { return world.database().count("\"OutboundCall\" WHERE status = 'ANSWERED'") == 2; },
                         seconds{10}));
  const Answer first = world.call("POST", kStop + id);
  const Answer again = world.call("POST", kStop + id, "{}");
  const std::size_t live_after = live(world);
  const Answer hung_up = world.call("POST", kStop + id, R"({"hangupActiveCalls":true})");
  const bool all_down = wait_until([&] { return live(world) == 0; }, seconds{3});
  ASSERT_THAT(world.differences(), testing::IsEmpty());
  const Answer last = world.call("POST", kStop + id);

  EXPECT_EQ(first.body["activeCalls"], 2);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(live_after, 2U);
  EXPECT_EQ(hung_up.status, 200) << hung_up.text;
  EXPECT_TRUE(all_down);
  EXPECT_EQ(last.status, 200);
  EXPECT_EQ(last.body["status"], "STOPPED");
  EXPECT_EQ(last.body["activeCalls"], 0);
  const Json calls = world.seen("calls");
  EXPECT_EQ(calls.size(), 2U);
  for (const Json& call : calls) EXPECT_EQ(call["endedBy"], "api");
}

TEST_F(Stopping, ACampaignThatEndedByItselfIsAConflict) {
  World& world = make_world({{"default", "busy"}});

  const std::string id = world.trigger(contacts(1, 1));
  world.ended(id);
  const Answer stopped = world.call("POST", kStop + id);

  EXPECT_EQ(stopped.status, 409);
  EXPECT_EQ(stopped.body["success"], false);
  EXPECT_EQ(stopped.body["error"]["code"], "conflict");
  EXPECT_EQ(world.results(id)["status"], "COMPLETED");
}

}  // namespace
}  // namespace otto::system_test
