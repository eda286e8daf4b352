// Several daemons on one database: what belongs to a call may come to any of them, each stream is taken once, and a
// call outlives the daemon that carries it.
#include <csignal>

#include "otto/net/websocket.hpp"
#include "otto/sandbox/signing.hpp"

#include "drill/balancer.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kTwilio = "/api/twilio/outbound/";

std::size_t live(const World& world) { return world.sandbox("/_sandbox/health").body["live"].get<std::size_t>(); }

/// Those that have begun: a ticket alone makes one that never does.
std::vector<Json> conversations(const World& world) {
  std::vector<Json> begun;
  for (const Json& conversation : world.seen("conversations"))
    if (conversation["status"] != "initiated") begun.push_back(conversation);
  return begun;
}

/// A callee who talks until `talk_ms` after the answer, and an agent that never says goodbye.
Json long_talk(int talk_ms) {
  return {{"default", {{"persona", "hangs-up-early"}, {"turns", 100}, {"talk_ms", talk_ms}}},
          {"agent", {{"turns", 100}, {"first_message_ms", 1500}}}};
}

/// A stream that nobody of the line's has opened: what a TwiML document says, followed to the letter.
struct Stranger {
  std::string url;
  Json parameters = Json::object();
  bool connected = false;
  std::uint16_t closed_with = 0;

  explicit Stranger(const std::string& twiml) {
    const auto between = [&](std::string_view before, std::size_t from = 0) {
      const auto at = twiml.find(before, from);
      if (at == std::string::npos) return std::string{};
      const auto begin = at + before.size();
      return twiml.substr(begin, twiml.find('"', begin) - begin);
    };
    url = between("<Stream url=\"");
    for (auto at = twiml.find("<Parameter name=\""); at != std::string::npos;
         at = twiml.find("<Parameter name=\"", at + 1))
      parameters[between("name=\"", at)] = between("value=\"", at);
  }

  Task<void> run(std::string call_sid) {
    net::WsConnect request;
    request.url = url;
    request.headers.add("X-Twilio-Signature", sandbox::twilio_signature(kToken, url, {}));
    auto opened = co_await net::connect_websocket(std::move(request));
    if (!opened) co_return;
    connected = true;
    Json inner{{"accountSid", kAccount},
               {"callSid", std::move(call_sid)},
               {"streamSid", "MZ00000000000000000000000000000099"},
               {"tracks", {"inbound"}},
               {"mediaFormat", {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}},
               {"customParameters", parameters}};
    const std::string start = Json{
        {"event", "start"},
        {"sequenceNumber", "1"},
        {"streamSid", "MZ00000000000000000000000000000099"},
        {"start",
         std::move(inner)}}.dump();
    std::ignore = co_await (*opened)->write(start);
    for (bool open = true; open;) {
      const auto message = co_await (*opened)->read();
      open = message.has_value();
    }
    closed_with = (*opened)->close_code();
  }
};

class Instances : public SystemTest {
 protected:
  /// One daemon behind the switch; the world's address is the switch's.
  World& make_switched(const Json& scenario, Settings settings = {}) {
    settings.emplace("BASE_URL", "http://127.0.0.1:" + std::to_string(switch_.port()));
    World& world = make_world(scenario, std::move(settings));
    first_ = world.port();
    switch_.choose([this](std::string_view line) {
      for (const auto& [path, port] : ways_)
        if (line.find(path) != std::string_view::npos) return port;
      return first_;
    });
    return world;
  }
  Process& start_second(World& world) {
    second_ = World::free_port();
    return world.start_another({{"PORT", std::to_string(second_)}});
  }
  void lead_to_second(std::vector<std::string> paths) {
    for (auto& path : paths) ways_.emplace_back(kTwilio + std::move(path), second_);
  }
  std::string public_url() const { return "http://127.0.0.1:" + std::to_string(switch_.port()); }

  drill::Balancer switch_;
  std::uint16_t first_ = 0, second_ = 0;
  std::vector<std::pair<std::string, std::uint16_t>> ways_;
};

TEST_F(Instances, CallbacksAndMediaMayComeToAnotherOneThanTheOneThatDials) {
  World& world = make_switched(long_talk(5000));
  start_second(world);
  lead_to_second({"status-callback", "recording-callback", "amd-callback", "stream-end", "media-stream"});

  const std::string id = world.trigger(contacts(1, 2));
  ASSERT_TRUE(wait_until([&] { return conversations(world).size() == 4; }, seconds{10}))
      << "one at the daemon that has served the TwiML, one at the daemon that has the stream";
  const Json results = world.ended(id);

  EXPECT_EQ(results["status"], "COMPLETED");
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_THAT(world.violations(), IsEmpty());
  for (const Json& call : world.seen("calls")) {
    EXPECT_EQ(call["endedBy"], "callee");
    ASSERT_EQ(call["streams"].size(), 1u);
    EXPECT_GT(call["streams"][0]["bytesReceived"].get<int>(), 8000) << "the agent was heard";
  }
  int brief = 0;
  for (const Json& conversation : conversations(world)) brief += conversation["ms"].get<int>() < 3000 ? 1 : 0;
  EXPECT_EQ(brief, 2) << "who waits for a stream that went elsewhere gives up at once";
  EXPECT_EQ(world.database().count("\"OutboundCall\" WHERE \"transcript\" LIKE '%Agent:%'"), 2);
  EXPECT_THAT(world.otto_log(), testing::Not(HasSubstr("call.stream")));
}

TEST_F(Instances, AVerdictThatComesToAnotherOneIsFollowed) {
  World& world = make_switched(Json::parse(R"({"default": {"persona": "silent", "talk_ms": 30000,
    "answered_by": "machine_start", "verdict_after_ms": 1500}})"));
  start_second(world);
  lead_to_second({"amd-callback"});

  const std::string id = world.trigger(contacts(1, 1), {{"voicemail", {{"action", "hangup"}}}});
  const Json results = world.ended(id);

  EXPECT_THAT(world.differences(), IsEmpty());
  const Json call = world.seen("calls")[0];
  EXPECT_EQ(call["endedBy"], "api") << "hung up on, by the daemon that carries the call";
  EXPECT_LT(call["durationSeconds"].get<int>(), 20);
  // Told once the line has answered the hang-up, which the line's own report of the end may overtake.
  EXPECT_TRUE(wait_until([&] { return world.database().count("otto.call_fact WHERE kind = 'machine_handled'") == 1; },
                         seconds{10}))
      << results;
}

TEST_F(Instances, ASecondStreamOfACallIsRefusedWhereverItComes) {
  World& world = make_switched(long_talk(6000));
  Process& second = start_second(world);
  world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until([&] { return world.database().count("otto.call_fact WHERE kind = 'stream_started'") == 1; },
                         seconds{10}));
  const Json call = world.seen("calls")[0];
  const std::string sid = text_at(call, "sid"), attempt = text_at(call, "attempt");

  lead_to_second({"twiml", "media-stream"});
  const auto ask_for_twiml = [&] {
    const FormFields form{{"CallSid", sid}, {"AccountSid", kAccount}, {"CallStatus", "in-progress"}};
    net::ClientRequest request;
    request.method = "POST";
    request.url = public_url() + kTwilio + "twiml?attempt=" + attempt;
    request.headers.set("Content-Type", "application/x-www-form-urlencoded");
    request.headers.set("X-Twilio-Signature", sandbox::twilio_signature(kToken, request.url, form));
    request.body = format_form(form);
    return ask(std::move(request));
  };
  Stranger elsewhere{ask_for_twiml().text};
  ASSERT_FALSE(elsewhere.url.empty());
  run(elsewhere.run(sid));
  ways_.clear();
  Stranger here{ask_for_twiml().text};
  run(here.run(sid));

  EXPECT_TRUE(elsewhere.connected);
  EXPECT_EQ(elsewhere.closed_with, 1000);
  EXPECT_THAT(second.output(), HasSubstr("media.refused"));
  EXPECT_TRUE(here.connected);
  EXPECT_EQ(here.closed_with, 1000);
  EXPECT_THAT(world.otto_log(), HasSubstr("media.refused"));
  EXPECT_EQ(live(world), 1u) << "the call itself goes on";
  EXPECT_EQ(conversations(world).size(), 1u) << "no agent was asked for";
  ASSERT_TRUE(wait_until([&] { return live(world) == 0; }, seconds{15}));
  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_EQ(world.seen("calls")[0]["endedBy"], "callee");
  EXPECT_EQ(world.database().count("otto.call_fact WHERE kind = 'stream_started'"), 1);
}

TEST_F(Instances, ADeadOnesCallsAreTakenUpWhereTheyStopped) {
  World& world = make_switched(long_talk(14'000));
  Process& second = start_second(world);
  const std::string id = world.trigger(contacts(1, 3));
  ASSERT_TRUE(wait_until([&] { return world.database().count("otto.transcript_turn WHERE role = 'customer'") >= 3; },
                         seconds{20}));

  first_ = second_;
  world.kill_otto();
  const bool taken_up = wait_until(
      [&] { return world.database().count("otto.call_fact WHERE kind = 'stream_started'") == 6; }, seconds{5});
  ASSERT_TRUE(wait_until([&] { return live(world) == 0; }, seconds{25}));

  EXPECT_TRUE(taken_up);
  for (const Json& call : world.seen("calls")) {
    EXPECT_EQ(call["endedBy"], "callee");
    ASSERT_EQ(call["streams"].size(), 2u);
    EXPECT_GT(call["streams"][1]["bytesReceived"].get<int>(), 0) << "the agent is heard again";
  }
  int told = 0;
  for (const Json& conversation : conversations(world))
    for (const Json& context : conversation["contexts"])
      if (text_at(context, "text").find("What was said last:\nYou: ") != std::string::npos) ++told;
  EXPECT_EQ(told, 3);
  EXPECT_THAT(second.output(), HasSubstr("call.reattached"));
  world.database().one("UPDATE otto.lease SET until = now()");
  const bool completed = wait_until(
      [&] {
        return world.database().one("SELECT status FROM \"OutboundCampaign\" WHERE id = '" + id + "'") == "COMPLETED";
      },
      seconds{10});
  EXPECT_TRUE(completed);
  EXPECT_THAT(world.differences(), IsEmpty());
}

TEST_F(Instances, ThePortIsHandedToTheNextProcessWhichTakesUpWhatIsLeft) {
  World& world = make_world(long_talk(14'000), {{"OTTO_DRAIN_SECONDS", "5"}});
  world.trigger(contacts(1, 2));
  ASSERT_TRUE(wait_until([&] { return world.database().count("otto.call_fact WHERE kind = 'stream_started'") == 2; },
                         seconds{10}));

  world.otto().signal(SIGTERM);
  ASSERT_TRUE(wait_until([&] { return world.call("GET", "/readyz").status == 503; }, seconds{3}));
  Process& next = world.start_another({{"PORT", std::to_string(world.port())}});
  const bool left =
      wait_until([&] { return world.otto_log().find("drain.port_left") != std::string::npos; }, seconds{3});
  const Answer ready = world.call("GET", "/readyz");
  const std::string other = world.trigger(contacts(11, 13));
  const bool dialed = wait_until([&] { return world.seen("calls").size() == 5; }, seconds{4});
  const bool meanwhile = !world.otto().status();
  EXPECT_TRUE(wait_until([&] { return world.otto().status().has_value(); }, seconds{15}));
  const auto status = world.otto().status();
  world.kill_otto();

  EXPECT_TRUE(left);
  EXPECT_EQ(ready.status, 200);
  EXPECT_TRUE(dialed);
  EXPECT_TRUE(meanwhile) << "the first one still had its calls then";
  EXPECT_EQ(status, 0);
  EXPECT_EQ(world.ended(other)["status"], "COMPLETED");
  EXPECT_TRUE(wait_until([&] { return live(world) == 0; }, seconds{20}));
  for (const Json& call : world.seen("calls")) {
    const bool is_old = text_at(call, "to") == phone(1) || text_at(call, "to") == phone(2);
    EXPECT_EQ(call["endedBy"], "callee");
    EXPECT_EQ(call["streams"].size(), is_old ? 2u : 1u) << "handed over when the first one's time was up";
  }
  EXPECT_THAT(world.differences(), IsEmpty());
  next.signal(SIGTERM);
  EXPECT_TRUE(wait_until([&] { return next.status() == 0; }, seconds{10}));
}

}  // namespace
}  // namespace otto::system_test
