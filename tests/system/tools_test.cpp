// The agent's tools through the built programs: what the agent is told, what becomes of the call, and what is stored.
#include <algorithm>

#include "otto/audio/dtmf.hpp"
#include "otto/base/clock.hpp"
#include "otto/crypto/digest.hpp"

#include "tests/system/receiver.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;

/// An agent that calls `tools` before its answer to the callee's first words; it says goodbye with its last answer.
Json agent_with(const Json& tools, int answers = 1) {
  return {{"turns", answers}, {"first_message_ms", 1000}, {"tools", tools}};
}
const Json kTalker{{"persona", "answers"}, {"turns", 2}, {"ring_ms", 500}};

class AgentTools : public SystemTest {
 protected:
  /// The only conversation that was held; others were only prepared.
  static Json conversation_of(const World& world) {
    Json held = Json::array();
    for (const Json& conversation : world.seen("conversations"))
      if (!text_at(conversation, "callSid").empty()) held.push_back(conversation);
    return held.size() == 1 ? held[0] : Json{{"tools", Json::array()}, {"contexts", held.size()}};
  }
  /// The results that its tool calls got.
  static Json tools_of(const World& world) { return conversation_of(world)["tools"]; }
};

TEST_F(AgentTools, AnUnknownToolIsRefusedOnceAndAnOptOutHoldsInEveryCampaign) {
  World& world =
      make_world({{"default", kTalker},
                  {"agent", agent_with({{{"name", "nonsense"}, {"twice", true}},
                                        {{"name", "do_not_call"}, {"parameters", {{"reason", "no interest"}}}},
                                        {{"name", "send_dtmf"}, {"expects_response", false}}})}});
  const std::string first = world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until([&] { return world.calls_to(phone(1)).size() == 1; }, seconds{10}));
  Json other_kind = World::body_for(contacts(1, 1), {{"maxAttemptsPerContact", 3}});
  other_kind["campaignType"] = "SALES_OUTREACH";
  const Answer triggered = world.call("POST", "/api/n8n/trigger-outbound-campaign", other_kind.dump());
  ASSERT_EQ(triggered.status, 202) << triggered.text;
  const std::string second = text_at(triggered.body, "campaignId");
  const Json results = world.ended(first), others = world.ended(second);
  const Answer third = world.call("POST", "/api/n8n/trigger-outbound-campaign", World::body_for(contacts(1, 1)).dump());

  EXPECT_THAT(world.violations(), IsEmpty()) << "the twice asked tool was answered once, the third not at all";
  const Json tools = tools_of(world);
  ASSERT_EQ(tools.size(), 2U) << tools;
  EXPECT_EQ(tools[0]["isError"], true);
  EXPECT_EQ(tools[0]["result"], "There is no tool named nonsense in this call.");
  EXPECT_EQ(tools[1]["isError"], false);
  EXPECT_EQ(world.database().one("SELECT string_agg(payload->>'reason', ' ' ORDER BY id) FROM otto.call_fact "
                                 "WHERE kind = 'tool_used' AND payload->>'reason' <> 'end_call'"),
            "nonsense do_not_call send_dtmf");
  EXPECT_EQ(results["contactsCompleted"], 1);
  EXPECT_EQ(others["contactsFailed"], 1);
  EXPECT_EQ(world.calls_to(phone(1)).size(), 1U) << "the second campaign has not called";
  EXPECT_EQ(world.database().one("SELECT phone || ' ' || source FROM otto.suppression"), phone(1) + " agent");
  EXPECT_EQ(world.database().one("SELECT last_error FROM otto.contact WHERE state = 'failed'"),
            "on the do-not-call list");
  EXPECT_THAT(text_at(world.row_of(phone(1)), "notes"), HasSubstr("asked not to be called again"));
  EXPECT_EQ(third.status, 422);
  EXPECT_THAT(third.text, HasSubstr("on the do-not-call list"));
}

TEST_F(AgentTools, ACallbackMakesTheContactDueAtItsTime) {
  const Json time{{"time", "2099-01-01T10:00"}};
  World& world = make_world(
      {{"default", kTalker},
       {"agent", agent_with({{{"name", "schedule_callback"}, {"parameters", time}},
                             {{"name", "schedule_callback"},
                              {"parameters", {{"time", format_iso8601(SystemClock{}.now() + hours{50})}}}}})}});
  const std::string id = world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until(
      [&] { return world.database().count("otto.contact WHERE state = 'due' AND attempts = 1") == 1; }, seconds{30}));

  EXPECT_THAT(world.violations(), IsEmpty());
  const Json tools = tools_of(world);
  ASSERT_EQ(tools.size(), 2U) << tools;
  EXPECT_THAT(text_at(tools[0], "result"), HasSubstr("next 30 days"));
  EXPECT_THAT(text_at(tools[1], "result"), HasSubstr("The callback is arranged for"));
  EXPECT_EQ(world.database().count("otto.contact WHERE next_at BETWEEN now() + interval '49 hours' AND now() + "
                                   "interval '50 hours'"),
            1);
  EXPECT_EQ(world.results(id)["status"], "RUNNING");
  EXPECT_THAT(text_at(world.row_of(phone(1)), "notes"), HasSubstr("A callback was agreed for"));
  world.call("POST", "/api/n8n/stop-campaign/" + id);
}

TEST_F(AgentTools, ATransferGoesToTheCampaignsNumberOnly) {
  const Json sales{{"destination", "sales"}};
  World& world =
      make_world({{"default", kTalker},
                  {"numbers", {{phone(51), "busy"}}},
                  {"agent", agent_with({{{"name", "transfer_call"}, {"parameters", {{"destination", phone(60)}}}},
                                        {{"name", "transfer_call"}, {"parameters", sales}}},
                                       2)}});
  const std::string reached = world.trigger(contacts(1, 1), {{"transferNumbers", {{"sales", phone(50)}}}});
  const std::string busy = world.trigger(contacts(2, 2), {{"transferNumbers", {{"sales", phone(51)}}}});
  EXPECT_EQ(world.ended(reached)["contactsCompleted"], 1);
  EXPECT_EQ(world.ended(busy)["contactsCompleted"], 1);

  EXPECT_THAT(world.differences(), IsEmpty());
  EXPECT_THAT(world.violations(), IsEmpty());
  const Json call = world.calls_to(phone(1))[0], other = world.calls_to(phone(2))[0];
  ASSERT_EQ(call["dialed"].size(), 1U) << call;
  EXPECT_EQ(call["dialed"][0]["number"], phone(50));
  EXPECT_EQ(call["dialed"][0]["status"], "completed");
  EXPECT_EQ(other["dialed"][0]["status"], "busy");
  EXPECT_THAT(other["spoken"].dump(), HasSubstr("nobody could be reached"));
  EXPECT_THAT(text_at(world.row_of(phone(1)), "notes"), HasSubstr("transferred to " + phone(50)));
  EXPECT_EQ(world.row_of(phone(1))["outcome"], "HUMAN_ANSWERED");
  EXPECT_EQ(
      world.database().count("otto.call_fact WHERE kind = 'conversation_ended' AND payload->>'reason' = 'transferred'"),
      2);
}

TEST_F(AgentTools, TheCampaignsWebhookIsTheAgentsTool) {
  Receiver workflow{{}, R"({"free": ["10:00", "11:30"]})"};
  World& world = make_world(
      {{"default", kTalker}, {"agent", agent_with({{{"name", "free_slots"}, {"parameters", {{"day", "Monday"}}}}})}},
      {{"OTTO_CALLBACK_HOSTS", workflow.authority()},
       {"OTTO_WEBHOOK_SECRET", "whsec_c3lzdGVtLXRlc3Qta2V5LTAxMjM0NTY3ODk="}});
  const std::string id =
      world.trigger(contacts(1, 1), {{"toolWebhookUrl", "http://" + workflow.authority() + "/webhook/tool?x=1"}});
  world.ended(id);

  EXPECT_THAT(world.violations(), IsEmpty());
  ASSERT_EQ(tools_of(world).size(), 1U);
  EXPECT_EQ(tools_of(world)[0]["result"], R"({"free": ["10:00", "11:30"]})");
  ASSERT_EQ(workflow.requests.size(), 1U);
  const net::Request& request = workflow.requests[0];
  EXPECT_EQ(request.method + " " + request.target, "POST /webhook/tool?x=1");
  const std::string signed_text = std::string{request.headers.get("webhook-id")} + "." +
                                  std::string{request.headers.get("webhook-timestamp")} + "." + request.body;
  EXPECT_EQ(request.headers.get("webhook-signature"),
            "v1," + crypto::base64_encode(crypto::hmac_sha256("system-test-key-0123456789", signed_text)));
  const Json body = Json::parse(request.body);
  EXPECT_EQ(body["tool"], "free_slots");
  EXPECT_EQ(body["parameters"], (Json{{"day", "Monday"}}));
  EXPECT_EQ(body["campaignId"], id);
  EXPECT_EQ(body["contact"]["phone"], phone(1));
  EXPECT_EQ(body["callSid"], world.calls_to(phone(1))[0]["sid"]);
}

TEST_F(AgentTools, AWebhookThatFailsIsToldToTheAgent) {
  Receiver workflow{{500}};
  World& world = make_world({{"default", kTalker}, {"agent", agent_with({{{"name", "free_slots"}}})}},
                            {{"OTTO_CALLBACK_HOSTS", workflow.authority()}});
  world.ended(world.trigger(contacts(1, 1), {{"toolWebhookUrl", "http://" + workflow.authority() + "/tool"}}));

  ASSERT_EQ(tools_of(world).size(), 1U);
  EXPECT_EQ(tools_of(world)[0]["isError"], true);
  EXPECT_EQ(tools_of(world)[0]["result"], "The tool failed with HTTP status 500.");
  EXPECT_EQ(workflow.requests.size(), 1U) << "a tool is not asked twice";
}

TEST_F(AgentTools, TheOptOutKeyEndsTheCallWithAConfirmation) {
  Json presser = kTalker;
  presser["digits"] = "19";
  World& world = make_world({{"default", presser}, {"agent", agent_with(Json::array())}});
  const std::string id = world.trigger(contacts(1, 1), {{"optOutKey", "9"}});
  world.ended(id);

  EXPECT_THAT(world.violations(), IsEmpty());
  const Json call = world.calls_to(phone(1))[0];
  EXPECT_THAT(call["spoken"].dump(), HasSubstr("You will not be called again"));
  EXPECT_EQ(world.database().one("SELECT string_agg(payload->>'reason', ' ' ORDER BY id) FROM otto.call_fact "
                                 "WHERE kind = 'key_pressed'"),
            "1 9");
  EXPECT_EQ(world.database().one("SELECT phone || ' ' || source FROM otto.suppression"), phone(1) + " key");
}

TEST_F(AgentTools, HangUpEndsTheCallWhenTheAgentHasFinished) {
  World& world = make_world({{"default", kTalker}, {"agent", agent_with({{{"name", "hang_up"}}}, 2)}});
  const Json results = world.ended(world.trigger(contacts(1, 1)));

  EXPECT_THAT(world.violations(), IsEmpty());
  EXPECT_EQ(results["contactsCompleted"], 1);
  const Json call = world.calls_to(phone(1))[0];
  EXPECT_EQ(call["endedBy"], "api");
  EXPECT_GE(call["streams"][0]["marksReturned"].get<int>(), 1) << "the last words were not waited for";
}

TEST_F(AgentTools, KeysAreHeardByTheCallee) {
  const Json digits{{"digits", "159"}};
  World& with_keys =
      make_world({{"default", kTalker}, {"agent", agent_with({{{"name", "send_dtmf"}, {"parameters", digits}}})}});
  with_keys.ended(with_keys.trigger(contacts(1, 1)));

  EXPECT_THAT(with_keys.violations(), IsEmpty());
  ASSERT_EQ(tools_of(with_keys).size(), 1U);
  EXPECT_EQ(tools_of(with_keys)[0]["result"], "The keys are being pressed.");
  // Byte for byte: 120 ms of each key's two tones are somewhere in what the callee heard.
  const std::string heard = with_keys.heard_wav("calls", text_at(with_keys.calls_to(phone(1))[0], "sid"));
  for (const char* key : {"1", "5", "9"}) {
    const auto tone = audio::dtmf_ulaw(key);
    EXPECT_NE(std::search(heard.begin(), heard.end(), tone.begin(), tone.begin() + 960,
                          [](char a, std::uint8_t b) { return static_cast<std::uint8_t>(a) == b; }),
              heard.end())
        << key;
  }
}

TEST_F(AgentTools, TheListIsKeptFromTheCommandLine) {
  World& world = make_world();
  const Finished added = world.command({"do-not-call", "add", "+1 415-555-0177", "--reason", "asked by letter"});
  const Finished listed = world.command({"do-not-call", "list"});
  const Finished removed = world.command({"do-not-call", "remove", "+14155550177"});
  const Finished again = world.command({"do-not-call", "remove", "+14155550177"});

  EXPECT_EQ(added.status, 0) << added.output;
  EXPECT_THAT(listed.output, AllOf(HasSubstr("+14155550177"), HasSubstr("asked by letter")));
  EXPECT_EQ(removed.status, 0) << removed.output;
  EXPECT_EQ(again.status, 1);
  EXPECT_EQ(world.database().count("otto.suppression"), 0);
}

TEST_F(AgentTools, AnAgentIsMadeAndMendedFromTheCommandLine) {
  World& world = make_world();
  const Finished made = world.command({"agent", "create", "--prompt", "Be brief, {{customerName}}.", "--first-message",
                                       "Hello {{customerName}}, about your {{Vehicle}}?"});
  ASSERT_EQ(made.status, 0) << made.output;
  const std::string name = "ELEVENLABS_OUTBOUND_AGENT_ID=";
  const auto at = made.output.find(name) + name.size();
  const std::string id = made.output.substr(at, made.output.find('\n', at) - at);
  const Finished sound = world.command({"agent", "fix", id});
  const Finished planned = world.command({"agent", "fix", "agent_sandbox_pcm_16000", "--dry-run"});
  const Finished planned_again = world.command({"agent", "fix", "agent_sandbox_pcm_16000", "--dry-run"});
  const Finished mended = world.command({"agent", "fix", "agent_sandbox_pcm_16000", "--max-duration", "3600"});
  const Finished after = world.command({"agent", "fix", "agent_sandbox_pcm_16000", "--max-duration", "3600"});
  const Finished nobody = world.command({"agent", "fix", "agent_nobody"});

  EXPECT_THAT(sound.output, HasSubstr("is as Otto needs it")) << made.output;
  EXPECT_THAT(planned.output, AllOf(HasSubstr("tts.agent_output_audio_format"), HasSubstr("would change the agent")));
  EXPECT_EQ(planned_again.output, planned.output) << "a dry run changes nothing";
  EXPECT_EQ(mended.status, 0) << mended.output;
  EXPECT_THAT(after.output, HasSubstr("is as Otto needs it"));
  EXPECT_EQ(nobody.status, 1);
}

}  // namespace
}  // namespace otto::system_test
