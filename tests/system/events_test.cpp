// Events as their receiver sees them: over real sockets, verified as any library of the scheme does it, through outages
// of the receiver and deaths of the daemon.
#include <map>
#include <set>

#include "tests/system/receiver.hpp"
#include "tests/system/signed.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const std::string kSecret = "c3lzdGVtLXRlc3Qta2V5LTAxMjM0NTY3ODk=";
constexpr const char* kDeadLetters = "/api/webhooks/dead-letters";

class Events : public SystemTest {
 protected:
  World& world_of(const Receiver& receiver, const Json& scenario, Settings settings = {},
                  const std::string& program = "otto") {
    settings["OTTO_CALLBACK_HOSTS"] = receiver.authority();
    settings["OTTO_WEBHOOK_SECRET"] = "whsec_" + kSecret;
    return make_world(scenario, settings, {}, program);
  }
  static std::string trigger(World& world, const Receiver& receiver, const Json& people,
                             const Json& settings = Json::object()) {
    Json body = World::body_for(people, settings);
    body["eventsUrl"] = "http://" + receiver.authority() + "/events?token=a%2Fb";
    const Answer answer = world.call("POST", "/api/n8n/trigger-outbound-campaign", body.dump());
    EXPECT_EQ(answer.status, 202) << answer.text;
    return text_at(answer.body, "campaignId");
  }
  /// By sequence; a repeat must be the same event under the same id.
  static std::map<std::int64_t, Json> received(const Receiver& receiver) {
    std::map<std::int64_t, Json> events;
    std::map<std::int64_t, std::string> ids;
    for (const net::Request& request : receiver.requests) {
      EXPECT_TRUE(is_signed(request, kSecret));
      const Json event = Json::parse(request.body);
      const auto sequence = event["sequence"].get<std::int64_t>();
      const std::string id{request.headers.get("webhook-id")};
      if (!events.emplace(sequence, event).second) {
        EXPECT_EQ(events[sequence], event);
        EXPECT_EQ(ids[sequence], id);
      }
      ids[sequence] = id;
    }
    std::set<std::string> distinct;
    for (const auto& [sequence, id] : ids) distinct.insert(id);
    EXPECT_EQ(distinct.size(), ids.size());
    return events;
  }
  static bool ended(const Receiver& receiver) {
    return std::ranges::any_of(receiver.requests, [](const net::Request& request) {
      return request.body.find("\"campaign.completed\"") != std::string::npos;
    });
  }
};

TEST_F(Events, ACampaignIsToldInOrderAndSigned) {
  Receiver receiver;
  World& world = world_of(receiver, {{"default", "busy"}});

  const std::string id = trigger(world, receiver, contacts(1, 2));
  ASSERT_TRUE(wait_until([&] { return ended(receiver); }, seconds{30}));

  const auto events = received(receiver);
  ASSERT_EQ(events.size(), 6u);
  std::int64_t last = 0;
  for (const net::Request& request : receiver.requests) {
    EXPECT_EQ(request.target, "/events?token=a%2Fb");
    EXPECT_EQ(Json::parse(request.body)["sequence"], ++last) << "in order, each once";
  }
  EXPECT_EQ(events.at(1)["type"], "campaign.started");
  EXPECT_EQ(events.at(6)["type"], "campaign.completed");
  EXPECT_EQ(events.at(6)["data"]["contactsFailed"], 2);
  std::multiset<std::string> types;
  for (const auto& [sequence, event] : events) {
    types.insert(text_at(event, "type"));
    EXPECT_EQ(event["campaignId"], id);
    if (event["type"] == "call.ended") EXPECT_EQ(event["data"]["outcome"], "BUSY");
  }
  EXPECT_EQ(types.count("call.dialed"), 2u);
  EXPECT_EQ(types.count("call.ended"), 2u);
}

TEST_F(Events, EachCallsTraceReachesItsCollector) {
  Receiver receiver, collector;
  World& world = world_of(receiver, {{"default", "busy"}},
                          {{"OTEL_EXPORTER_OTLP_ENDPOINT", "http://" + collector.authority()},
                           {"OTEL_EXPORTER_OTLP_HEADERS", "Authorization=Bearer%20k"}});
  trigger(world, receiver, contacts(1, 2));
  ASSERT_TRUE(wait_until([&] { return ended(receiver); }, seconds{30}));
  EXPECT_EQ(world.stop_otto(), 0) << "what is there is sent before it ends";

  std::set<std::string> traces;
  for (const net::Request& request : collector.requests) {
    EXPECT_EQ(request.target, "/v1/traces");
    EXPECT_EQ(request.headers.get("Authorization"), "Bearer k");
    const Json body = Json::parse(request.body);
    for (const Json& span : body["resourceSpans"][0]["scopeSpans"][0]["spans"]) traces.insert(span["traceId"]);
  }
  EXPECT_EQ(traces.size(), 2u);
}

TEST_F(Events, AReceiverThatIsAwayGetsThemAllLaterInOrder) {
  Receiver receiver{{503, 500, 429, 200, 503}};
  World& world = world_of(receiver, {{"default", "busy"}});

  trigger(world, receiver, contacts(1, 2));
  ASSERT_TRUE(wait_until([&] { return ended(receiver); }, seconds{60}));

  EXPECT_EQ(received(receiver).size(), 6u);
  std::int64_t last = 0;
  for (const net::Request& request : receiver.requests) {
    const auto sequence = Json::parse(request.body)["sequence"].get<std::int64_t>();
    EXPECT_TRUE(sequence == last || sequence == last + 1) << last << " then " << sequence;
    last = sequence;
  }
}

TEST_F(Events, AnAddressThatIsGoneMakesDeadLettersThatAreReplayed) {
  Receiver receiver{{410, 410, 410, 410, 410, 410}};
  World& world = world_of(receiver, {{"default", "busy"}});
  const std::string id = trigger(world, receiver, contacts(1, 1));
  world.ended(id);
  ASSERT_TRUE(
      wait_until([&] { return world.database().count("otto.event WHERE given_up_at IS NOT NULL") == 4; }, seconds{20}));

  const Answer dead = world.call("GET", std::string{kDeadLetters} + "?campaignId=" + id);
  ASSERT_EQ(dead.body["deadLetters"].size(), 4u) << dead.text;
  EXPECT_THAT(text_at(dead.body["deadLetters"][0], "reason"), testing::HasSubstr("gone"));
  EXPECT_EQ(text_at(dead.body["deadLetters"][0], "url"), "http://" + receiver.authority() + "/events?…");
  const Finished listed = world.command({"webhooks", "dead"});
  EXPECT_THAT(listed.output, testing::HasSubstr("campaign.started"));

  const std::size_t before = receiver.requests.size();
  receiver.recover();
  const Finished one = world.command({"webhooks", "replay", text_at(dead.body["deadLetters"][0], "id")});
  EXPECT_THAT(one.output, testing::HasSubstr("1 webhook is sent anew"));
  ASSERT_TRUE(wait_until([&] { return receiver.requests.size() == before + 1; }, seconds{10}));
  const Finished all = world.command({"webhooks", "replay", "--all"});
  EXPECT_THAT(all.output, testing::HasSubstr("3 webhooks are sent anew"));
  ASSERT_TRUE(wait_until([&] { return receiver.requests.size() == before + 4; }, seconds{10}));
  EXPECT_EQ(world.call("GET", kDeadLetters).body["deadLetters"].size(), 0u);
  EXPECT_EQ(world.call("POST", std::string{kDeadLetters} + "/nobody/replay").status, 404);
}

/// Killed after the facts were committed and before their POST, and again between a POST and its record.
TEST_F(Events, ADaemonThatIsKilledLosesNoneAndRepeatsUnderTheSameId) {
  for (const std::string place : {"event.before_post", "event.before_settle"}) {
    Receiver receiver;
    World& world = world_of(receiver, {{"default", "busy"}},
                            {{"OTTO_FAILPOINTS", place + ":5=exit"}, {"OTTO_DRILL_HURRY", "1"}}, "otto-drilled");

    trigger(world, receiver, contacts(1, 2));
    ASSERT_TRUE(wait_until([&] { return world.otto().status().has_value(); }, seconds{20})) << place;
    world.kill_otto();
    world.start_otto();
    ASSERT_TRUE(wait_until([&] { return ended(receiver); }, seconds{90})) << place;

    const auto events = received(receiver);
    EXPECT_EQ(events.size(), 6u) << place;
    const std::size_t repeats = receiver.requests.size() - events.size();
    EXPECT_EQ(repeats, place == "event.before_settle" ? 1u : 0u) << place;
    world.kill_otto();
  }
}

}  // namespace
}  // namespace otto::system_test
