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

TEST(AgentConfig, TheAgentThatWeCreateHasNoProblems) {
  const auto check = check_agent(good_agent(), CheckOptions{});

  EXPECT_THAT(check.problems, IsEmpty());
  EXPECT_EQ(check.name, "otto-outbound");
  EXPECT_EQ(check.output, (AudioFormat{AudioEncoding::Ulaw, 8000}));
  EXPECT_EQ(check.input, (AudioFormat{AudioEncoding::Ulaw, 8000}));
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

    const auto problems = check_agent(agent, CheckOptions{}).problems;

    ASSERT_EQ(problems.size(), 1u) << defect.where;
    EXPECT_THAT(problems[0], HasSubstr(defect.told));
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

    const auto problems = check_agent(agent, CheckOptions{}).problems;

    ASSERT_EQ(problems.size(), 1u) << event;
    EXPECT_THAT(problems[0], HasSubstr("\"" + event + "\": "));
  }
}

TEST(AgentConfig, WithoutAListTheProvidersDefaultEventsCount) {
  auto agent = good_agent();
  agent["conversation_config"]["conversation"].erase("client_events");

  const auto problems = check_agent(agent, CheckOptions{}).problems;

  EXPECT_THAT(problems, ElementsAre(HasSubstr("agent_response_correction"), HasSubstr("client_tool_call"),
                                    HasSubstr("agent_tool_response")));
}

TEST(AgentConfig, AnAgentWithNothingInItIsAllProblemsAndNoCrash) {
  for (const auto* text :
       {"{}", "[]", "null", R"({"conversation_config":[],"platform_settings":7,"name":5})",
        R"({"conversation_config":{"agent":null,"tts":"x","conversation":{"client_events":[1,null]}}})"}) {
    const auto check = check_agent(Json::parse(text), CheckOptions{});
    EXPECT_THAT(check.problems, Contains(HasSubstr("end_call"))) << text;
    EXPECT_EQ(check.output, (AudioFormat{AudioEncoding::Pcm16, 16'000})) << "the provider's default";
  }
}

TEST(AgentConfig, EndCallMayComeFromTheOldListOfTools) {
  auto agent = good_agent();
  auto& prompt = agent["conversation_config"]["agent"]["prompt"];
  prompt.erase("built_in_tools");
  prompt["tools"] = Json::array({Json{{"type", "system"}, {"name", "end_call"}}});

  EXPECT_THAT(check_agent(agent, CheckOptions{}).problems, IsEmpty());
}

TEST(AgentConfig, TheCapAndTheVariablesAreTheCallers) {
  auto agent = good_agent();
  agent["conversation_config"]["agent"]["first_message"] = "Hello {{customerName}}, {{system__time_utc}}";
  agent["conversation_config"]["agent"]["dynamic_variables"] = nullptr;
  CheckOptions options;
  options.max_call_duration = seconds{900};
  options.sent_variables = {"customerName", "campaignType"};

  const auto problems = check_agent(agent, options).problems;

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
