// The daemon killed in the middle, and the daemon told to end.
#include <csignal>
#include <set>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::IsEmpty;

class Restarts : public SystemTest {
 protected:
  /// The dead instance's leases and deadlines run out, and what it left silent becomes old enough to be looked up.
  static void let_minutes_pass(World& world) {
    world.database().one("UPDATE otto.lease SET until = until - interval '2 minutes'");
    world.database().one(R"(UPDATE otto.attempt SET intent_at = intent_at - interval '2 minutes',
                              deadline_at = deadline_at - interval '2 minutes',
                              last_fact_at = last_fact_at - interval '2 minutes' WHERE closed_at IS NULL)");
  }
};

TEST_F(Restarts, AKilledDaemonsCampaignGoesOnWithNobodyCalledTwiceAndNobodyLost) {
  World& world = make_world(Json::parse(R"({
    "seed": 3, "mix": {"busy": 2, "no-answer": 2, "hangs-up-early": 3, "failed": 1, "voicemail": 1},
    "default": {"talk_ms": 2500}, "carrier": {"answer_delay_ms": 4000}})"));

  const std::string id = world.trigger(contacts(1, 24), {{"maxConcurrentCalls", 6}});
  std::size_t killed = 0;
  for (const std::size_t calls : {6U, 14U}) {  // in the middle of creates, rings and conversations
    ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= calls; }, seconds{20}));
    world.kill_otto();
    let_minutes_pass(world);
    world.start_otto();
    ++killed;
  }
  EXPECT_EQ(killed, 2U);
  // What was going on at the kills becomes silent only now.
  const bool done = wait_until(
      [&] {
        if (world.database().one("SELECT status FROM \"OutboundCampaign\"") == "COMPLETED") return true;
        if (world.sandbox("/_sandbox/health").body["live"] == 0) let_minutes_pass(world);
        wait_until([] { return false; }, milliseconds{200});
        return false;
      },
      seconds{40});
  const Json results = world.results(id);

  EXPECT_TRUE(done) << results;
  // A recording whose callback came while nobody listened is asked for two minutes after its call's end.
  const auto agrees = [&] {
    world.database().one("UPDATE otto.attempt SET recording_at = recording_at - interval '2 minutes'");
    return world.differences(milliseconds{500}).empty();
  };
  wait_until(agrees, seconds{30});
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_EQ(results["contactsCompleted"].get<int>() + results["contactsFailed"].get<int>(), 24);
  std::set<std::string> attempts, numbers;
  for (const Json& call : world.seen("calls")) {
    EXPECT_TRUE(attempts.insert(text_at(call, "attempt")).second) << "two calls of one attempt: " << call;
    EXPECT_TRUE(numbers.insert(text_at(call, "to")).second) << "called twice: " << call;
  }
  // Whoever was not called was not forgotten either: an attempt says that there is no call of it.
  const auto uncalled = 24 - static_cast<int>(numbers.size());
  EXPECT_EQ(world.database().count("otto.attempt WHERE call_sid IS NULL AND state = 'not_placed'"), uncalled);
  EXPECT_EQ(world.database().count("otto.contact WHERE state IN ('due', 'open')"), 0);
}

TEST_F(Restarts, ToldToEndItFinishesItsCallsAndDialsNobody) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "hangs-up-early", "talk_ms": 3000}})"),
                            {{"OTTO_DRAIN_SECONDS", "20"}});

  const std::string id = world.trigger(contacts(1, 4), {{"maxConcurrentCalls", 2}});
  ASSERT_TRUE(wait_until([&] { return world.database().count("\"OutboundCall\" WHERE status = 'ANSWERED'") == 2; },
                         seconds{10}));
  const int status = world.stop_otto(seconds{15});

  EXPECT_EQ(status, 0);
  const Json calls = world.seen("calls");
  EXPECT_EQ(calls.size(), 2U);
  for (const Json& call : calls) EXPECT_EQ(call["endedBy"], "callee");
  EXPECT_EQ(world.database().count("otto.call_fact WHERE kind = 'conversation_ended'"), 2);
  EXPECT_EQ(world.database().one("SELECT status FROM \"OutboundCampaign\" WHERE id = '" + id + "'"), "RUNNING");

  world.start_otto();  // nothing has to run out: it has given its leases back
  const bool all_called = wait_until([&] { return world.seen("calls").size() == 4; }, seconds{5});
  EXPECT_TRUE(all_called);
}

TEST_F(Restarts, ASecondSignalEndsItAtOnce) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "silent", "talk_ms": 60000}})"),
                            {{"OTTO_DRAIN_SECONDS", "60"}});
  world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until([&] { return text_at(world.row_of(phone(1)), "status") == "ANSWERED"; }, seconds{10}));

  world.otto().signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return world.call("GET", "/readyz").status == 503; }, seconds{3}));
  const int status = world.stop_otto(seconds{3});

  EXPECT_NE(status, 0);
  EXPECT_NE(status, -1);
}

}  // namespace
}  // namespace otto::system_test
