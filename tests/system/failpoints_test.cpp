// The failpoints: each is passed in a campaign's life, so that none can get lost, and the daemon that people run knows
// nothing of them.
#include <csignal>
#include <set>

#include "otto/base/failpoint.hpp"
#include "otto/base/text.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::IsEmpty;

class Failpoints : public SystemTest {
 protected:
  static std::vector<std::string> not_in(const std::string& seen) {
    const auto lines = split(seen, '\n');
    const std::set<std::string, std::less<>> passed{lines.begin(), lines.end()};
    std::vector<std::string> missing;
    for (const auto name : failpoint::names())
      if (!passed.contains(name)) missing.emplace_back(name);
    return missing;
  }
};

TEST_F(Failpoints, EachIsPassedInACampaignsLife) {
  const TempDir dir;
  const std::string seen = dir.path() + "/seen";
  World& world = make_world(Json::parse(R"({
      "default": {"persona": "hangs-up-early", "talk_ms": 2000, "verdict_after_ms": 500,
                  "create": [{"mode": "429"}]},
      "carrier": {"action_after_hangup": true}})"),
                            {{"OTTO_FAILPOINTS_SEEN", seen},
                             {"ELEVENLABS_WEBHOOK_SECRET", "secret-of-the-agents"},
                             {"OTTO_CALLBACK_HOSTS", "127.0.0.1:9"},
                             {kThroughDoor, "1"}},
                            {}, "otto-drilled");
  const auto is_passed = [&](const char* place) { return read_file(seen).find(place) != std::string::npos; };

  Json body = World::body_for(contacts(1, 2));
  body["eventsUrl"] = "http://127.0.0.1:9/nobody-listens";
  const std::string id =
      text_at(world.call("POST", "/api/n8n/trigger-outbound-campaign", body.dump()).body, "campaignId");
  ASSERT_TRUE(
      wait_until([&] { return is_passed("stream.attached") && world.sandbox("/_sandbox/health").body["live"] == 2; },
                 seconds{15}));
  world.door().shut();
  ASSERT_TRUE(wait_until([&] { return is_passed("journal.after_sync"); }, seconds{15}));
  world.door().open();
  const Json results = world.ended(id);
  wait_until([&] { return not_in(read_file(seen)).size() == 4; }, seconds{10});  // the drain's
  const int status = world.stop_otto();

  EXPECT_EQ(status, 0);
  EXPECT_EQ(results["contactsCompleted"], 2);
  EXPECT_THAT(not_in(read_file(seen)), IsEmpty());
}

TEST_F(Failpoints, TheDrilledDaemonDiesWhereItIsTold) {
  World& world = make_world(Json::object(), {{"OTTO_FAILPOINTS", "arm.after_commit=exit"}}, {}, "otto-drilled");

  world.trigger(contacts(1, 1));
  const bool died = wait_until([&] { return world.otto().status().has_value(); }, seconds{10});

  EXPECT_TRUE(died);
  EXPECT_EQ(world.otto().status(), 137);
  EXPECT_EQ(world.database().count("otto.attempt WHERE state = 'sending'"), 1);
  EXPECT_EQ(world.seen("calls").size(), 0U);
  world.kill_otto();
}

TEST_F(Failpoints, TheDaemonThatPeopleRunHasNothingBehindThem) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "busy"}})"),
                            {{"OTTO_FAILPOINTS", "arm.after_commit=exit"}, {"OTTO_BROKEN", "once,fence"}});

  const std::string id = world.trigger(contacts(1, 1));
  const Json results = world.ended(id);

  EXPECT_EQ(results["status"], "COMPLETED");
  EXPECT_EQ(read_file(OTTO_BUILD_DIR "/otto").find("OTTO_FAILPOINTS"), std::string::npos);
  EXPECT_NE(read_file(OTTO_BUILD_DIR "/otto-drilled").find("OTTO_FAILPOINTS"), std::string::npos);
}

}  // namespace
}  // namespace otto::system_test
