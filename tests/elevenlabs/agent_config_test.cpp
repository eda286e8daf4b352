#include "otto/elevenlabs/agent_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otto::elevenlabs {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// What the provider would answer for an agent made from the body.
Json good_agent() {
  auto agent = make_agent_body(AgentSpec{});
  agent["agent_id"] = "agent_1";
  return agent;
}

std::vector<AgentTool> good_tools() {
  std::vector<AgentTool> tools;
  for (const auto& own : call_tools()) tools.push_back({"tool_" + std::string{own.name}, make_tool_config(own)});
  return tools;
}

ports::AgentCheck check(const Json& agent, const CheckOptions& options = {}) {
  return check_agent(agent, good_tools(), options);
}

/// What PATCH would make of the agent.
Json mended(Json agent, const CheckOptions& options = {}) {
  agent.merge_patch(agent_patch(examine_agent(agent, good_tools(), options)));
  return agent;
}

TEST(AgentConfig, TheAgentThatWeCreateHasNoProblems) {
  const auto result = check(good_agent());

  EXPECT_THAT(result.problems, IsEmpty());
  EXPECT_EQ(result.name, "otto-outbound");
  EXPECT_EQ(result.output, (AudioFormat{AudioEncoding::Ulaw, 8000}));
  EXPECT_EQ(result.input, (AudioFormat{AudioEncoding::Ulaw, 8000}));
  EXPECT_TRUE(agent_patch(examine_agent(good_agent(), good_tools(), CheckOptions{})).is_null());
}

TEST(AgentConfig, EachDefectIsToldInASentenceThatNamesItsSetting) {
  struct Defect {
    std::string where;
    Json value;
    std::string told;
  };
  const std::vector<Defect> defects{
      {"/conversation_config/tts/agent_output_audio_format", "pcm_16000", "tts.agent_output_audio_format is pcm_16000"},
      {"/conversation_config/asr/user_input_audio_format", "pcm_48000", "asr.user_input_audio_format is pcm_48000"},
      {"/conversation_config/tts/agent_output_audio_format", "mp3_44100", "cannot play"},
      {"/conversation_config/tts", Json::object(), "tts.agent_output_audio_format is pcm_16000"},
      {"/conversation_config/conversation/text_only", true, "text_only"},
      {"/conversation_config/conversation/max_duration_seconds", 300, "max_duration_seconds is 300"},
      {"/conversation_config/agent/prompt/built_in_tools/end_call", nullptr, "end_call"},
      {"/conversation_config/agent/prompt/prompt", "Ask about {{ lastVisit }}.", "{{lastVisit}}"},
      {"/platform_settings/auth/enable_auth", false, "enable_auth"},
      {"/platform_settings/auth/allowlist", Json::array({Json{{"hostname", "example.com"}}}), "allowlist"},
      {"/platform_settings/auth/require_origin_header", true, "require_origin_header"},
      {"/platform_settings/queueing_config/enabled", true, "queueing_config"},
  };
  for (const auto& defect : defects) {
    auto agent = good_agent();
    agent[Json::json_pointer{defect.where}] = defect.value;

    const auto problems = check(agent).problems;

    ASSERT_EQ(problems.size(), 1u) << defect.where;
    EXPECT_THAT(problems[0], HasSubstr(defect.told));
    EXPECT_THAT(check(mended(agent)).problems, IsEmpty()) << defect.where << ": a fix mends it";
  }
}

TEST(AgentConfig, EachMissingClientEventIsToldWithWhatIsLost) {
  const auto all = good_agent()["conversation_config"]["conversation"]["client_events"];
  for (const std::string event :
       {"conversation_initiation_metadata", "ping", "audio", "interruption", "user_transcript", "agent_response",
        "agent_response_correction", "client_tool_call", "agent_tool_response"}) {
    auto agent = good_agent();
    auto& events = agent["conversation_config"]["conversation"]["client_events"];
    events = Json::array();
    for (const auto& name : all)
      if (name != event) events.push_back(name);

    const auto problems = check(agent).problems;

    ASSERT_EQ(problems.size(), 1u) << event;
    EXPECT_THAT(problems[0], HasSubstr("\"" + event + "\": "));
  }
}

TEST(AgentConfig, WithoutAListTheProvidersDefaultEventsCount) {
  auto agent = good_agent();
  agent["conversation_config"]["conversation"].erase("client_events");

  const auto problems = check(agent).problems;

  EXPECT_THAT(problems, ElementsAre(HasSubstr("agent_response_correction"), HasSubstr("client_tool_call"),
                                    HasSubstr("agent_tool_response")));
}

TEST(AgentConfig, AnAgentWithNothingInItIsAllProblemsAndNoCrash) {
  for (const auto* text :
       {"{}", "[]", "null", R"({"conversation_config":[],"platform_settings":7,"name":5})",
        R"({"conversation_config":{"agent":null,"tts":"x","conversation":{"client_events":[1,null]}}})"}) {
    const auto result = check_agent(Json::parse(text), {}, CheckOptions{});
    EXPECT_THAT(result.problems, Contains(HasSubstr("end_call"))) << text;
    EXPECT_EQ(result.output, (AudioFormat{AudioEncoding::Pcm16, 16'000})) << "the provider's default";
  }
}

TEST(AgentConfig, AFixChangesOnlyWhatIsWrong) {
  auto agent = good_agent();
  agent["conversation_config"]["conversation"]["client_events"] = {"audio", "vad_score"};
  agent["conversation_config"]["agent"]["prompt"]["built_in_tools"] = {{"skip_turn", {{"type", "system"}}},
                                                                       {"end_call", nullptr}};
  agent["conversation_config"]["agent"]["first_message"] = "Hi {{vehicle}}, {{plan}}";
  agent["conversation_config"]["agent"]["dynamic_variables"]["dynamic_variable_placeholders"] = {{"plan", "basic"}};

  CheckOptions options;
  options.sent_variables = {"customerName", "campaignType"};

  const auto patch = agent_patch(examine_agent(agent, {}, options));

  EXPECT_EQ(patch.size(), 1u);
  const auto& config = patch["conversation_config"];
  EXPECT_EQ(config.size(), 2u) << config.dump();
  EXPECT_EQ(config["conversation"]["client_events"][1], "vad_score") << "what the agent had stays";
  EXPECT_EQ(config["conversation"]["client_events"].size(), 14u);
  const auto& built_in = config["agent"]["prompt"]["built_in_tools"];
  EXPECT_EQ(built_in.size(), 2u);
  EXPECT_EQ(built_in["end_call"]["params"]["system_tool_type"], "end_call");
  EXPECT_EQ(built_in["skip_turn"]["type"], "system");
  EXPECT_EQ(config["agent"]["dynamic_variables"]["dynamic_variable_placeholders"],
            (Json{{"plan", "basic"}, {"vehicle", ""}}))
      << "the list is sent whole";
}

TEST(AgentConfig, OttosToolsMustBeAttachedAndWaitedFor) {
  auto tools = good_tools();
  tools[1].config["expects_response"] = false;
  tools[4].config["response_timeout_secs"] = 5;
  tools.erase(tools.begin());
  AgentTool other{"tool_x", {{"type", "client"}, {"name", "book"}, {"expects_response", false}}};
  AgentTool server{"tool_y", {{"type", "webhook"}, {"name", "lookup"}}};
  tools.push_back(other);
  tools.push_back(server);

  const auto examination = examine_agent(good_agent(), tools, CheckOptions{});

  EXPECT_THAT(examination.missing_tools, ElementsAre("hang_up"));
  ASSERT_EQ(examination.findings.size(), 4u);
  EXPECT_THAT(examination.findings[0].sentence, HasSubstr("lacks Otto's client tools hang_up:"));
  EXPECT_THAT(examination.findings[1].sentence, HasSubstr("do_not_call has expects_response off"));
  EXPECT_EQ(examination.findings[1].tool_id, "tool_do_not_call");
  EXPECT_EQ(examination.findings[1].patch, (Json{{"expects_response", true}}));
  EXPECT_THAT(examination.findings[2].sentence, HasSubstr("send_dtmf has response_timeout_secs 5"));
  EXPECT_THAT(examination.findings[3].sentence, HasSubstr("book has expects_response off")) << "the webhook's";
  EXPECT_TRUE(agent_patch(examination).is_null()) << "tools have configurations of their own";
}

TEST(AgentConfig, AToolThatSomebodyHasDeletedIsNamedAndTakenOff) {
  auto tools = good_tools();
  const AgentTool gone{"tool_gone", nullptr};
  tools.insert(tools.begin(), gone);
  auto agent = good_agent();

  const auto examination = examine_agent(agent, tools, CheckOptions{});
  agent.merge_patch(agent_patch(examination));

  ASSERT_EQ(examination.findings.size(), 1u);
  EXPECT_THAT(examination.findings[0].sentence, HasSubstr("do not exist any more (tool_gone)"));
  EXPECT_EQ(agent["conversation_config"]["agent"]["prompt"]["tool_ids"],
            Json::array({"tool_hang_up", "tool_do_not_call", "tool_schedule_callback", "tool_transfer_call",
                         "tool_send_dtmf"}));
}

TEST(AgentConfig, AToolsVariablesCountToo) {
  auto tools = good_tools();
  tools[0].config["description"] = "For {{vehicle}}";
  CheckOptions options;
  options.sent_variables = {"customerName", "campaignType", "transferDestinations"};
  auto agent = good_agent();
  agent["conversation_config"]["agent"].erase("dynamic_variables");

  const auto problems = check_agent(agent, tools, options).problems;

  EXPECT_THAT(problems, ElementsAre(HasSubstr("{{vehicle}}")));
}

TEST(AgentConfig, AToolIsAClientToolThatTheAgentWaitsFor) {
  for (const auto& own : call_tools()) {
    const auto config = make_tool_config(own);
    EXPECT_EQ(config["type"], "client");
    EXPECT_EQ(config["expects_response"], true);
    EXPECT_EQ(config["response_timeout_secs"], 20);
    EXPECT_EQ(config["parameters"]["type"], "object");
    for (const auto& [name, property] : config["parameters"]["properties"].items()) {
      EXPECT_TRUE(property.contains("description")) << own.name << " " << name << ": the provider demands one";
    }
  }
}

TEST(AgentConfig, TheCapAndTheVariablesAreTheCallers) {
  auto agent = good_agent();
  agent["conversation_config"]["agent"]["first_message"] = "Hello {{customerName}}, {{system__time_utc}}";
  agent["conversation_config"]["agent"]["dynamic_variables"] = nullptr;
  CheckOptions options;
  options.max_call_duration = seconds{900};
  options.sent_variables = {"customerName", "campaignType", "transferDestinations"};

  const auto problems = check(agent, options).problems;

  EXPECT_THAT(problems, ElementsAre(HasSubstr("900")));
}

TEST(AgentConfig, VariablesAreFoundOnceEachInOrder) {
  EXPECT_THAT(variables_in("{{a}} {{ b }} {{a}} {{system__x}} {{}} {{c"), ElementsAre("a", "b"));
  EXPECT_THAT(variables_in("no braces { {a} }"), IsEmpty());
  EXPECT_THAT(variables_in("{{{{x}}}}"), ElementsAre("{{x"));
}

TEST(AgentConfig, TheBodyHasWhatThePhoneNeeds) {
  AgentSpec spec;
  spec.language = "de";
  spec.prompt = "Nenne {{customerName}} und {{termin}}.";
  spec.placeholders["customerName"] = "Sie";
  spec.voice_id = "voice_1";
  spec.timezone = "Europe/Berlin";
  spec.tools = {"tool_1"};
  spec.max_call_duration = seconds{300};
  spec.concurrency = 5;
  spec.post_call_webhook_id = "wh_1";

  const auto body = make_agent_body(spec);

  const auto& config = body["conversation_config"];
  EXPECT_EQ(config["asr"]["user_input_audio_format"], "ulaw_8000");
  EXPECT_EQ(config["tts"]["agent_output_audio_format"], "ulaw_8000");
  EXPECT_EQ(config["tts"]["model_id"], "eleven_flash_v2_5") << "the other flash model speaks English only";
  EXPECT_EQ(config["tts"]["voice_id"], "voice_1");
  EXPECT_EQ(config["conversation"]["max_duration_seconds"], 300);
  EXPECT_EQ(config["conversation"]["client_events"].size(), 13u);
  const auto& prompt = config["agent"]["prompt"];
  EXPECT_EQ(prompt["built_in_tools"]["end_call"]["params"]["system_tool_type"], "end_call");
  EXPECT_EQ(prompt["built_in_tools"]["end_call"]["type"], "system");
  EXPECT_EQ(prompt["tool_ids"], Json::array({"tool_1"}));
  EXPECT_EQ(prompt["timezone"], "Europe/Berlin");
  EXPECT_FALSE(prompt.contains("llm"));
  const auto& placeholders = config["agent"]["dynamic_variables"]["dynamic_variable_placeholders"];
  EXPECT_EQ(placeholders["customerName"], "Sie");
  EXPECT_EQ(placeholders["termin"], "");
  const auto& platform = body["platform_settings"];
  EXPECT_EQ(platform["auth"], (Json{{"enable_auth", true}}));
  EXPECT_EQ(platform["queueing_config"]["enabled"], false);
  EXPECT_EQ(platform["call_limits"]["agent_concurrency_limit"], 5);
  EXPECT_EQ(platform["workspace_overrides"]["webhooks"]["post_call_webhook_id"], "wh_1");
  for (const auto& criterion : platform["evaluation"]["criteria"])
    EXPECT_LE(criterion["conversation_goal_prompt"].get<std::string>().size(), 2000u);
}

}  // namespace
}  // namespace otto::elevenlabs
