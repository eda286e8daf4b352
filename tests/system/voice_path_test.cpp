// The live call under everything that the two providers may do to it, each as a call of its own, all at once in one
// world: audio before the stream, bursts, closes with speech unplayed, refusals after the metadata, broken frames,
// interruptions that name other events than the last, agents that fall silent for good or never speak, tools that
// answer too late, screeners, verdicts that are wrong, an agent that takes its time to come, and silence.
#include "tests/system/receiver.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class VoicePath : public SystemTest {
 protected:
  /// A further agent at the sandbox, with the demo agent's configuration; its id.
  static std::string make_agent(const World& world) {
    net::ClientRequest read;
    read.url = world.sandbox_url() + "/v1/convai/agents/agent_sandbox";
    read.headers.set("xi-api-key", "sk_sandbox_0770");
    const Json agent = ask(read).body;
    net::ClientRequest create;
    create.method = "POST";
    create.url = world.sandbox_url() + "/v1/convai/agents/create";
    create.headers.set("xi-api-key", "sk_sandbox_0770");
    create.headers.set("Content-Type", "application/json");
    create.body = Json{{"name", agent["name"]},
                       {"conversation_config", agent["conversation_config"]},
                       {"platform_settings", agent["platform_settings"]}}
                      .dump();
    return text_at(ask(create).body, "agent_id");
  }
  static void set_scenario(const World& world, const Json& scenario) {
    net::ClientRequest request;
    request.method = "POST";
    request.url = world.sandbox_url() + "/_sandbox/scenario";
    request.body = scenario.dump();
    const Answer answer = ask(request);
    ASSERT_EQ(answer.status, 200) << answer.text;
  }
  static int conversations_of(const World& world, const std::string& agent) {
    int count = 0;
    for (const Json& conversation : world.seen("conversations"))
      if (conversation["agentId"] == agent && !conversation["init"].empty()) ++count;
    return count;
  }
  static Json conversation_of(const World& world, const Json& call) {
    for (const Json& conversation : world.seen("conversations"))
      if (conversation["id"] == call["conversationId"]) return conversation;
    return nullptr;
  }
};

/// One call: what is at the other end, which agent talks to it, and the campaign's settings.
struct Case {
  int number;
  Json callee;
  Json agent;  ///< null: the demo's, unchanged
  Json settings = Json::object();
  std::string agent_id = {};
};

constexpr int kBurst = 1, kRefused = 2, kFormat = 3, kCutEarly = 4, kCutLate = 5, kEqual = 6, kOlder = 7, kNewer = 8,
              kKeys = 9, kTalkative = 10, kNoVerdict = 11, kAgentsVoice = 12, kScreened = 13, kDeclined = 14,
              kTakenForPerson = 15, kMuteEarly = 16, kMuteLate = 17, kNeverSpeaks = 18, kLateTool = 19, kHello = 20,
              kScreenerLeft = 21, kSilence = 22;

std::vector<Case> all_cases(const std::string& tool_url) {
  const Json silent{{"persona", "silent"}, {"talk_ms", 30'000}};
  const Json interrupts{{"persona", "interrupts"}, {"turns", 1}};
  const Json brief{{"turns", 1}};
  const Json message{
      {"action", "message"}, {"message", "Hello {{customerName}}, please call us back."}, {"voice", "agent"}};
  const auto faulty = [](int close_code, const char* error, Json more) {
    Json rule{{"close_after_ms", 50}, {"first_audio_ms", 400}, {"close_code", close_code}, {"close_error", error}};
    rule.update(more);
    return rule;
  };
  return {
      {kBurst, silent, {{"turns", 0}, {"chunk_ms", 3000}}},
      {kRefused, silent, faulty(1008, "override_error", Json::object())},
      {kFormat, silent, {{"metadata_format", "alaw_8000"}}},
      {kCutEarly,
       {{"persona", "hangs-up-early"}, {"talk_ms", 4000}},
       faulty(1006, "", {{"cut_in_frame", true}, {"times", 1}})},
      {kCutLate, silent, faulty(1006, "", {{"cut_in_frame", true}, {"close_after_ms", 1500}, {"first_audio_ms", 150}})},
      {kEqual, interrupts, brief},
      {kOlder, interrupts, {{"turns", 1}, {"interruption_offset", -1}}},
      {kNewer, interrupts, {{"turns", 1}, {"interruption_offset", 1}}},
      {kKeys, {{"persona", "answers"}, {"turns", 1}, {"digits", "17#"}}, {{"turns", 1}, {"first_message_ms", 1500}}},
      {kTalkative,
       {{"persona", "answers"}, {"turns", 2}, {"answered_by", "machine_start"}, {"verdict_after_ms", 14'500}},
       {{"turns", 2}, {"first_message_ms", 1500}}},
      {kNoVerdict, {{"persona", "hangs-up-early"}, {"talk_ms", 4000}, {"answered_by", "none"}}, nullptr},
      {kAgentsVoice, "voicemail", nullptr, {{"voicemail", message}}},
      {kScreened,
       {{"persona", "screening"}, {"screening", "through"}, {"turns", 1}},
       {{"turns", 3}, {"first_message_ms", 1500}}},
      {kDeclined, {{"persona", "screening"}, {"screening", "declined"}}, {{"turns", 3}, {"first_message_ms", 1500}}},
      {kTakenForPerson, {{"persona", "voicemail"}, {"answered_by", "human"}}, nullptr},
      {kMuteEarly, silent, {{"mute_after_ms", 50}, {"first_audio_ms", 400}, {"times", 1}, {"turns", 0}}},
      {kMuteLate, silent, {{"mute_after_ms", 1500}}},
      {kNeverSpeaks, {{"persona", "answers"}, {"turns", 1}}, {{"mode", "silent"}, {"times", 1}, {"turns", 0}}},
      {kLateTool,
       {{"persona", "answers"}, {"turns", 2}},
       {{"turns", 1}, {"first_message_ms", 1000}, {"tools", {{{"name", "free_slots"}, {"twice", true}}}}},
       {{"toolWebhookUrl", tool_url}}},
      {kHello, {{"persona", "answers"}, {"turns", 1}}, {{"turns", 1}, {"ready_after_ms", 2500}, {"mode", "silent"}}},
      {kScreenerLeft,
       {{"persona", "screening"}, {"screening", "through"}, {"answered_by", "human"}},
       {{"turns", 3}, {"first_message_ms", 1500}},
       {{"callScreening", "hangup"}}},
      {kSilence, {{"persona", "silent"}, {"talk_ms", 120'000}}, {{"mode", "silent"}, {"turns", 0}}},
  };
}

TEST_F(VoicePath, EveryCallEndsAsItShould) {
  Receiver workflow{{}, R"({"free": true})", seconds{16}};
  World& world = make_world(Json::object(), {{"OTTO_CALLBACK_HOSTS", workflow.authority()}});
  auto cases = all_cases("http://" + workflow.authority() + "/tool");
  Json scenario{{"carrier", {{"stream_delay_ms", 500}}}, {"numbers", Json::object()}, {"agents", Json::object()}};
  for (Case& one : cases) {
    scenario["numbers"][phone(one.number)] = one.callee;
    if (one.agent.is_null()) continue;
    one.agent_id = make_agent(world);
    scenario["agents"][one.agent_id] = one.agent;
    one.settings["agentId"] = one.agent_id;
  }
  set_scenario(world, scenario);
  std::vector<std::string> campaigns;
  for (const Case& one : cases) campaigns.push_back(world.trigger(contacts(one.number, one.number), one.settings));
  for (const std::string& id : campaigns) world.ended(id);
  const auto agent = [&](int number) { return cases.at(static_cast<std::size_t>(number - 1)).agent_id; };

  EXPECT_THAT(world.differences(), IsEmpty());
  std::map<int, Json> calls, rows;
  for (const Case& one : cases) {
    calls[one.number] = world.calls_to(phone(one.number)).at(0);
    rows[one.number] = world.row_of(phone(one.number));
  }
  const auto outcome = [&](int number) { return text_at(rows[number], "outcome"); };
  const auto notes = [&](int number) { return text_at(rows[number], "notes"); };
  const auto stream = [&](int number) { return calls[number]["streams"].at(0); };
  // Nothing that Otto sent was wrong; the one conversation that it cannot hold it leaves at once.
  for (const std::string& violation : world.violations()) EXPECT_THAT(violation, HasSubstr("closed with 1006"));

  // The first words had come before the stream and went out at once; then 3 s in one message, and a close in order
  // with all of it unplayed: every word was heard, never far ahead.
  const Json burst = conversation_of(world, calls[kBurst]);
  const int spoken_ms = burst["bytesOut"].get<int>() / 8;
  EXPECT_GE(spoken_ms, 6000);
  EXPECT_LE(stream(kBurst)["firstAudioMs"].get<int>(), 300);
  EXPECT_NEAR(stream(kBurst)["playedMs"].get<int>(), spoken_ms, 60);
  EXPECT_LE(stream(kBurst)["maxBufferedMs"].get<int>(), 400);
  EXPECT_LT(burst["ms"].get<int>(), 2000) << "the conversation was not over long before its sound";
  EXPECT_EQ(calls[kBurst]["endedBy"], "api");
  EXPECT_EQ(outcome(kBurst), "HUMAN_ANSWERED");

  // A plain no is not asked again, and says why; an apology is heard.
  EXPECT_EQ(conversations_of(world, agent(kRefused)), 1);
  EXPECT_THAT(notes(kRefused), HasSubstr("override_error"));
  EXPECT_EQ(conversations_of(world, agent(kFormat)), 1);
  EXPECT_THAT(notes(kFormat), HasSubstr("alaw_8000"));
  for (const int number : {kRefused, kFormat}) {
    EXPECT_EQ(outcome(number), "FAILED");
    EXPECT_EQ(calls[number]["spoken"].size(), 1U);
  }

  // Broken off in the middle of a frame: before the first word once more, later never.
  EXPECT_EQ(conversations_of(world, agent(kCutEarly)), 2);
  EXPECT_EQ(outcome(kCutEarly), "HUMAN_ANSWERED");
  EXPECT_GT(calls[kCutEarly]["callee"]["heardMs"].get<int>(), 500);
  EXPECT_EQ(conversations_of(world, agent(kCutLate)), 1);
  EXPECT_EQ(outcome(kCutLate), "FAILED");
  EXPECT_THAT(notes(kCutLate), HasSubstr("lost in the middle"));
  ASSERT_EQ(calls[kCutLate]["spoken"].size(), 1U);
  EXPECT_THAT(calls[kCutLate]["spoken"][0].get<std::string>(), HasSubstr("sorry"));

  // No ping, no word, no close: taken for dead after 15 s, and treated as one that broke off.
  EXPECT_EQ(conversations_of(world, agent(kMuteEarly)), 2);
  EXPECT_EQ(outcome(kMuteEarly), "HUMAN_ANSWERED");
  EXPECT_NEAR(calls[kMuteEarly]["callee"]["firstHeardMs"].get<int>(), 16'000, 3000);
  EXPECT_EQ(conversations_of(world, agent(kMuteLate)), 1);
  EXPECT_EQ(outcome(kMuteLate), "FAILED");
  EXPECT_THAT(notes(kMuteLate), HasSubstr("lost in the middle"));
  EXPECT_EQ(calls[kMuteLate]["spoken"].size(), 1U);

  // Connected, pinging, and dumb: to the callee, who has said hello, it is gone.
  EXPECT_EQ(conversations_of(world, agent(kNeverSpeaks)), 2);
  EXPECT_EQ(outcome(kNeverSpeaks), "HUMAN_ANSWERED");
  EXPECT_GE(calls[kNeverSpeaks]["callee"]["firstHeardMs"].get<int>(), 15'000);

  // A tool that takes too long, asked for twice: the agent is told so once, in time, and hears no second answer.
  const Json tools = conversation_of(world, calls[kLateTool])["tools"];
  ASSERT_EQ(tools.size(), 1U) << tools;
  EXPECT_THAT(text_at(tools[0], "result"), HasSubstr("in time"));
  EXPECT_EQ(tools[0]["isError"], true);
  EXPECT_GE(tools[0]["ms"].get<int>(), 14'900);
  EXPECT_EQ(workflow.requests.size(), 1U);
  EXPECT_EQ(outcome(kLateTool), "HUMAN_ANSWERED");

  // Whatever an interruption names, what is buffered of it is cleared at once, and what is newer is still heard.
  for (const int number : {kEqual, kOlder, kNewer}) {
    SCOPED_TRACE(stream(number).dump());
    EXPECT_EQ(outcome(number), "HUMAN_ANSWERED");
    EXPECT_LE(stream(number)["maxBufferedMs"].get<int>(), 400);
  }
  for (const int number : {kEqual, kNewer}) {
    EXPECT_GE(stream(number)["clears"].get<int>(), 1);
    ASSERT_GE(stream(number)["clearsAfterUs"].size(), 1U);
    EXPECT_LT(stream(number)["clearsAfterUs"][0].get<int>(), 50'000);
  }
  EXPECT_GT(stream(kOlder)["playedMs"].get<int>(), stream(kEqual)["playedMs"].get<int>() + 300);

  // Keys reach the agent; pings are answered at once.
  const Json keys = conversation_of(world, calls[kKeys]);
  EXPECT_THAT(keys["contexts"].dump(), HasSubstr("I pressed 1 7 # on my telephone."));
  EXPECT_GE(keys["pongs"].get<int>(), 2);

  // A late verdict does not end a conversation, and a missing one holds nothing up.
  EXPECT_EQ(outcome(kTalkative), "HUMAN_ANSWERED");
  EXPECT_EQ(calls[kTalkative]["callee"]["answers"], 2);
  EXPECT_EQ(calls[kTalkative]["endedBy"], "api");
  EXPECT_EQ(outcome(kNoVerdict), "HUMAN_ANSWERED");
  EXPECT_LT(calls[kNoVerdict]["callee"]["firstHeardMs"].get<int>(), 1000);

  // The message in the agent's own voice, after the beep.
  EXPECT_EQ(outcome(kAgentsVoice), "VOICEMAIL");
  ASSERT_EQ(calls[kAgentsVoice]["spoken"].size(), 1U);
  EXPECT_THAT(calls[kAgentsVoice]["spoken"][0].get<std::string>(), HasSubstr("audio of"));
  EXPECT_GE(calls[kAgentsVoice]["spokenAtMs"][0].get<int>(),
            calls[kAgentsVoice]["callee"]["greetingOverMs"].get<int>());
  EXPECT_GE(calls[kAgentsVoice]["callee"]["messageMs"].get<int>(), 1000);
  EXPECT_THAT(notes(kAgentsVoice), HasSubstr("was left the message"));

  // The line calls a screener a machine. It is answered, and the person behind it is talked to.
  EXPECT_EQ(text_at(rows[kScreened], "answeredBy"), "machine_start");
  EXPECT_EQ(outcome(kScreened), "HUMAN_ANSWERED");
  EXPECT_EQ(calls[kScreened]["callee"]["answers"], 1);
  EXPECT_THAT(conversation_of(world, calls[kScreened])["contexts"].dump(), HasSubstr("call screener"));
  EXPECT_EQ(outcome(kDeclined), "VOICEMAIL");
  EXPECT_EQ(calls[kDeclined]["endedBy"], "callee");
  EXPECT_THAT(notes(kDeclined), HasSubstr("nobody came to the phone"));
  EXPECT_EQ(outcome(kTakenForPerson), "VOICEMAIL");
  EXPECT_THAT(notes(kTakenForPerson), HasSubstr("leave a message"));

  // By the setting a screener is hung up on, before it has asked anybody.
  EXPECT_EQ(outcome(kScreenerLeft), "VOICEMAIL");
  EXPECT_EQ(calls[kScreenerLeft]["endedBy"], "api");
  EXPECT_EQ(calls[kScreenerLeft]["callee"]["answers"], 0);
  EXPECT_THAT(notes(kScreenerLeft), HasSubstr("call screener"));

  // What the callee says before the agent is ready, which takes 2.5 s, the agent hears all the same.
  const Json hello = conversation_of(world, calls[kHello]);
  EXPECT_LT(calls[kHello]["callee"]["said"][0]["atMs"].get<int>(), 1000);
  EXPECT_GE(hello["bytesIn"].get<int>() / 8, hello["ms"].get<int>() - 700) << "the stream came 500 ms after the answer";

  // Nobody says a word for a minute.
  EXPECT_EQ(calls[kSilence]["endedBy"], "api");
  EXPECT_NEAR(calls[kSilence]["callee"]["onLineMs"].get<int>(), 60'500, 2000);
  EXPECT_THAT(world.call("GET", "/api/calls/" + text_at(calls[kSilence], "sid")).text,
              HasSubstr("The media stream has ended: silence"));

  // What a person had to wait for is told, in milliseconds.
  const Json report = world.call("GET", "/api/calls/" + text_at(calls[kKeys], "sid")).body;
  ASSERT_EQ(report["streams"].size(), 1U) << report;
  const Json& figures = report["streams"][0];
  EXPECT_LT(figures["answerToReadyMs"].get<int>(), 400);
  EXPECT_NEAR(figures["answerToAudioMs"].get<int>(), 750, 350) << "the stream came 500 ms after the answer";
  ASSERT_GE(figures["turnLatenciesMs"].size(), 1U);
  EXPECT_NEAR(figures["turnLatenciesMs"][0].get<int>(), 1050, 300);
  const Json screened = world.call("GET", "/api/calls/" + text_at(rows[kScreened], "id")).body;
  EXPECT_EQ(screened["evidence"].size(), 2U) << screened["evidence"];
}

}  // namespace
}  // namespace otto::system_test
