// Steering a running campaign, and asking it why.
#include <fstream>

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;

std::string at(const std::string& id, const std::string& rest) { return "/api/campaigns/" + id + rest; }

std::int64_t now_ms() {
  return std::chrono::duration_cast<milliseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

class Steering : public SystemTest {};

TEST_F(Steering, APausedCampaignDialsNobodyAfterTheAnswerAndGoesOnWhenItIsResumed) {
  World& world = make_world({{"default", "busy"}}, {{"TWILIO_CALLS_PER_SECOND", "20"}});

  const std::string id = world.trigger(contacts(1, 40));
  ASSERT_TRUE(wait_until([&] { return world.seen("calls").size() >= 5; }, seconds{10}));
  const Answer paused = world.call("POST", at(id, "/pause"), R"({"reason":"lunch"})");
  const auto answered_at = now_ms();
  wait_until([] { return false; }, milliseconds{1200});
  const Json calls = world.seen("calls");
  const Answer why = world.call("GET", at(id, "/why"));
  const Finished shown = world.command({"campaign", "why", id});
  const Answer resumed = world.call("POST", at(id, "/resume"));
  const Json ended = world.ended(id);

  EXPECT_EQ(paused.status, 200) << paused.text;
  EXPECT_EQ(paused.body["status"], "RUNNING") << "the public tables know no pause";
  EXPECT_EQ(paused.body["hold"], "paused");
  EXPECT_EQ(paused.body["holdReason"], "lunch");
  EXPECT_LT(calls.size(), 40U);
  for (const Json& call : calls) EXPECT_LE(call["createdMs"].get<std::int64_t>(), answered_at);
  EXPECT_THAT(why.body["waitingFor"].get<std::string>(), HasSubstr("lunch"));
  EXPECT_THAT(shown.output, HasSubstr("lunch"));
  EXPECT_EQ(resumed.body["hold"], nullptr);
  EXPECT_EQ(ended["status"], "COMPLETED");
  EXPECT_EQ(world.seen("calls").size(), 40U) << "each contact once";
}

TEST_F(Steering, TheTestCallGoesFirstAndLeavesTheContactsAlone) {
  World& world = make_world({{"default", "busy"}});
  Json body = World::body_for(contacts(1, 3));
  body["testPhone"] = phone(60);

  const Answer triggered = world.call("POST", "/api/n8n/trigger-outbound-campaign", body.dump());
  ASSERT_EQ(triggered.status, 202) << triggered.text;
  const std::string id = triggered.body["campaignId"], test = triggered.body["testCampaignId"];
  const Json tested = world.ended(test);
  const Json only = world.seen("calls");
  const Answer again = world.call("POST", at(id, "/test"), Json{{"phone", phone(61)}}.dump());
  world.ended(again.body["campaignId"]);
  const Answer why = world.call("GET", at(id, "/why"));
  world.call("POST", at(id, "/resume"));
  const Json ended = world.ended(id);

  EXPECT_EQ(tested["totalContacts"], 1);
  ASSERT_EQ(only.size(), 1U);
  EXPECT_EQ(only[0]["to"], phone(60));
  EXPECT_EQ(again.status, 202) << again.text;
  EXPECT_EQ(why.body["hold"], "test");
  EXPECT_EQ(ended["totalContacts"], 3);
  EXPECT_EQ(ended["contactsCalled"], 3);
  EXPECT_EQ(world.seen("calls").size(), 5U);
}

TEST_F(Steering, WhoeverIsHeldBackCanBeAskedWhyAndChangedHoursLetThemThrough) {
  World& world = make_world({{"default", "busy"}});
  // A day of the week that is neither today nor tomorrow, wherever that is.
  const auto today = std::chrono::floor<std::chrono::days>(std::chrono::system_clock::now());
  static constexpr const char* kDays[] = {"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"};
  const auto later = std::chrono::weekday{today + std::chrono::days{3}}.c_encoding();
  const Json hours{{"start", "09:00"}, {"end", "17:00"}, {"timezone", "America/Chicago"}, {"days", {kDays[later]}}};

  const std::string id = world.trigger(contacts(1, 2), {{"callDuringHours", hours}});
  ASSERT_TRUE(wait_until([&] { return world.database().count("otto.decision_count") == 1; }, seconds{10}));
  const Answer contact_why = world.call("GET", at(id, "/contacts/") + "%2B" + phone(1).substr(1) + "/why");
  const Finished shown = world.command({"campaign", "why", id, phone(1)});
  const Answer changed = world.call(
      "PATCH", at(id, ""), R"({"settings":{"callDuringHours":{"start":"00:00","end":"24:00"},"delayBetweenCalls":0}})");
  const Json ended = world.ended(id);

  EXPECT_EQ(contact_why.status, 200) << contact_why.text;
  EXPECT_EQ(contact_why.body["contact"]["rule"], "calling_hours");
  EXPECT_THAT(contact_why.body["contact"]["text"].get<std::string>(), HasSubstr("waits until"));
  EXPECT_THAT(shown.output, HasSubstr("America/Chicago"));
  EXPECT_EQ(changed.status, 200) << changed.text;
  EXPECT_EQ(changed.body["settings"]["callDuringHours"]["end"], "24:00");
  EXPECT_EQ(ended["contactsCalled"], 2);
}

TEST_F(Steering, ABudgetOfCallsHoldsTheCampaignUntilItIsRaised) {
  World& world = make_world({{"default", "busy"}});

  const std::string id = world.trigger(contacts(1, 5), {{"budget", {{"maxCalls", 2}}}});
  ASSERT_TRUE(wait_until([&] { return world.call("GET", at(id, "/why")).body["hold"] == "budget"; }, seconds{15}));
  const auto calls = world.seen("calls").size();
  world.call("PATCH", at(id, ""), R"({"settings":{"budget":{"maxCalls":5}}})");
  world.call("POST", at(id, "/resume"));
  const Json ended = world.ended(id);

  EXPECT_EQ(calls, 2U);
  EXPECT_EQ(ended["contactsCalled"], 5);
}

TEST_F(Steering, ACampaignIsRehearsedWithoutACallAndWithoutATraceInItsDatabase) {
  World& world = make_world();
  Json body = World::body_for(contacts(1, 30));
  body["settings"].erase("callDuringHours");
  TempDir dir;
  const std::string file = dir.path() + "/campaign.json";
  std::ofstream{file} << body.dump();

  const Finished done = world.command({"campaign", "rehearse", file, "--start", "2026-12-05T20:30:00-08:00", "--json"});
  const auto report = parse_json(done.output);

  ASSERT_EQ(done.status, 0) << done.output;
  ASSERT_TRUE(report) << done.output;
  EXPECT_EQ((*report)["contacts"], 30);
  EXPECT_EQ((*report)["status"], "COMPLETED");
  EXPECT_EQ((*report)["calls"], 30);
  EXPECT_TRUE((*report)["dialedOutsideHours"].empty());
  EXPECT_EQ(world.database().count("\"OutboundCampaign\""), 0);
  EXPECT_TRUE(world.seen("calls").empty());
}

}  // namespace
}  // namespace otto::system_test
