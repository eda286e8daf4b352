#include "otto/sandbox/agent_store.hpp"

#include <gtest/gtest.h>

#include "otto/elevenlabs/agent_config.hpp"
#include "otto/sandbox/tool_store.hpp"

namespace otto::sandbox {
namespace {

Json agent_with(const std::string& first_message, const Json& overrides = Json::object()) {
  Json body = default_agent("ulaw_8000");
  body["conversation_config"]["agent"]["first_message"] = first_message;
  body["platform_settings"]["overrides"]["conversation_config_override"] = overrides;
  return complete_agent(body, "agent_x");
}

Json start(const Json& fields) {
  Json message = fields;
  message["type"] = "conversation_initiation_client_data";
  return message;
}

std::string refusal(const Json& message, const Json& agent) {
  const auto verdict = judge_init(message, agent);
  return verdict.refuse ? verdict.error_type : "";
}

TEST(AgentStore, TheDemosAgentHasNothingThatOttosCheckMinds) {
  std::vector<elevenlabs::AgentTool> tools;
  for (const auto& [id, config] : default_tools()) tools.push_back({id, config});
  const auto check = elevenlabs::check_agent(complete_agent(default_agent("ulaw_8000"), "agent_x"), tools, {});
  EXPECT_EQ(check.problems, std::vector<std::string>{});
  EXPECT_EQ(check.output, (AudioFormat{AudioEncoding::Ulaw, 8000}));
}

TEST(AgentStore, WhatOttoCreatesIsTakenAndMistakesAreNot) {
  const ToolStore tools;
  EXPECT_EQ(fault_of_agent(elevenlabs::make_agent_body({}), tools), "");
  for (const auto& own : call_tools()) EXPECT_EQ(fault_of_tool(elevenlabs::make_tool_config(own)), "") << own.name;

  const auto fault = [&](const char* where, Json value) {
    auto body = elevenlabs::make_agent_body({});
    body[Json::json_pointer{where}] = std::move(value);
    return fault_of_agent(body, tools);
  };
  EXPECT_NE(fault("/conversation_confg", Json::object()), "");
  EXPECT_NE(fault("/conversation_config/agent/prompt/tools", Json::array()), "");
  EXPECT_NE(fault("/conversation_config/agent/prompt/tool_ids", {"tool_nobody"}), "");
  EXPECT_NE(fault("/conversation_config/conversation/client_events", {"audio", "sound"}), "");
  EXPECT_NE(fault("/conversation_config/tts/agent_output_audio_format", "mp3"), "");
  EXPECT_NE(fault("/conversation_config/agent/prompt/built_in_tools/end_call/params/system_tool_type", "x"), "");
  EXPECT_NE(fault("/conversation_config/agent/dynamic_variables/dynamic_variable_placeholders/a", nullptr), "");
  const auto tool_fault = [](const char* key, Json value) {
    auto config = elevenlabs::make_tool_config(call_tools()[0]);
    config[key] = std::move(value);
    return fault_of_tool(config);
  };
  EXPECT_NE(tool_fault("expect_response", true), "");
  EXPECT_NE(tool_fault("name", "hang up"), "");
  EXPECT_NE(tool_fault("response_timeout_secs", 121), "");
  EXPECT_NE(tool_fault("parameters", {{"type", "object"}, {"properties", {{"x", {{"type", "string"}}}}}}), "");
}

TEST(AgentStore, WhatAnAgentDoesNotSayHasTheProvidersDefaults) {
  const auto agent = complete_agent({{"conversation_config", Json::object()}}, "agent_x");
  EXPECT_EQ(format_of(agent, true), (AudioFormat{AudioEncoding::Pcm16, 16'000}));
  EXPECT_TRUE(sends_event(agent, "audio"));
  EXPECT_FALSE(sends_event(agent, "client_tool_call"));
  EXPECT_FALSE(sends_event(agent, "agent_response_correction"));
}

TEST(AgentStore, PlainStartMessagesAreTaken) {
  const auto agent = agent_with("Hi {{customerName}}");
  EXPECT_EQ(refusal(start({}), agent), "") << "the placeholder stands in";
  EXPECT_EQ(
      refusal(start({{"user_id", "u"}, {"dynamic_variables", {{"customerName", "M"}, {"n", 1}, {"b", true}}}}), agent),
      "");
}

TEST(AgentStore, WrongStartMessagesAreRefusedWithTheProvidersType) {
  const auto agent = agent_with("Hi {{customerName}}, about your {{vehicle}}");
  EXPECT_EQ(refusal(start({}), agent), "missing_dynamic_variable");
  EXPECT_EQ(refusal(start({{"dynamic_variables", {{"vehicle", nullptr}}}}), agent), "invalid_message");
  EXPECT_EQ(refusal(start({{"dynamic_variables", {{"vehicle", {1, 2}}}}}), agent), "invalid_message");
  EXPECT_EQ(refusal(start({{"dynamic_variables", {{"vehicle", "x"}, {"system__time", "y"}}}}), agent), "value_error");
  EXPECT_EQ(
      refusal(start({{"conversation_initiation_client_data", {{"dynamic_variables", {{"vehicle", "x"}}}}}}), agent),
      "invalid_message");
  EXPECT_EQ(refusal(start({{"dynamic_variables", {{"vehicle", "x"}}}, {"surprise", 1}}), agent), "invalid_message");
  EXPECT_EQ(
      refusal(start({{"dynamic_variables", {{"vehicle", "x"}}}, {"custom_llm_extra_body", Json::object()}}), agent),
      "override_error");
}

TEST(AgentStore, OverridesNeedTheirPermission) {
  const auto message = start({{"conversation_config_override", {{"agent", {{"first_message", "Sorry!"}}}}}});
  EXPECT_EQ(refusal(message, agent_with("Hi")), "override_error");
  EXPECT_EQ(refusal(message, agent_with("Hi", {{"agent", {{"first_message", true}}}})), "");
  const auto prompt = start({{"conversation_config_override", {{"agent", {{"prompt", {{"prompt", "x"}}}}}}}});
  EXPECT_EQ(refusal(prompt, agent_with("Hi", {{"agent", {{"first_message", true}}}})), "override_error");
}

TEST(AgentStore, VariablesAreFilledIn) {
  EXPECT_EQ(fill_in("{{a}} and {{ b }} and {{c}}", {{"a", "x{{a}}"}, {"b", 7}}), "x{{a}} and 7 and {{c}}");
}

TEST(AgentStore, AFinishedConversationHasAnAnalysis) {
  ConversationRecord record;
  record.id = "conv_1";
  record.status = "in-progress";
  EXPECT_EQ(conversation_json(record, TimePoint{})["analysis"], nullptr);
  record.status = "done";
  record.transcript.push_back(Transcript{"user", "Yes", 1500, false, ""});
  const auto json = conversation_json(record, TimePoint{});
  EXPECT_TRUE(json["analysis"]["transcript_summary"].is_string());
  EXPECT_EQ(json["transcript"][0]["message"], "Yes");
  EXPECT_EQ(json["transcript"][0]["time_in_call_secs"], 1);
}

}  // namespace
}  // namespace otto::sandbox
