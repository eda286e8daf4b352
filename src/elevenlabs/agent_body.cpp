#include "otto/elevenlabs/agent_config.hpp"

#include "elevenlabs/agent_needs.hpp"

namespace otto::elevenlabs {

namespace {

Json criterion(std::string_view id, std::string_view name, std::string_view goal) {
  Json out;
  out["id"] = id;
  out["name"] = name;
  out["type"] = "prompt";
  out["conversation_goal_prompt"] = goal;
  return out;
}

Json collected(std::string_view type, std::string_view description) {
  Json out;
  out["type"] = type;
  out["description"] = description;
  return out;
}

Json make_agent(const AgentSpec& spec) {
  Json agent;
  agent["first_message"] = spec.first_message;
  agent["language"] = spec.language;
  Json placeholders = Json::object();
  std::string texts = spec.first_message + spec.prompt;
  for (const auto& tool : call_tools()) texts.append(tool.description).append(tool.parameters);
  for (const auto& name : variables_in(texts)) placeholders[name] = "";
  for (const auto& [name, value] : spec.placeholders) placeholders[name] = value;
  agent["dynamic_variables"]["dynamic_variable_placeholders"] = std::move(placeholders);

  Json& prompt = agent["prompt"];
  prompt["prompt"] = spec.prompt;
  if (!spec.llm.empty()) prompt["llm"] = spec.llm;
  if (!spec.timezone.empty()) prompt["timezone"] = spec.timezone;
  if (!spec.tools.empty()) prompt["tool_ids"] = spec.tools;
  // Agents made by the API have no end_call unless it is asked for. voicemail_detection has no message of its own:
  // it only recognises; what is left on a machine is the campaign's business.
  for (const auto* name : {"end_call", "voicemail_detection", "skip_turn"})
    prompt["built_in_tools"][name] = make_system_tool(name);
  return agent;
}

Json make_platform_settings(const AgentSpec& spec) {
  Json out;
  out["auth"]["enable_auth"] = true;
  out["call_limits"]["agent_concurrency_limit"] = spec.concurrency;
  out["call_limits"]["bursting_enabled"] = false;  // twice the price at a lower priority
  out["queueing_config"]["enabled"] = false;       // a person who answered must not hear hold music
  out["evaluation"]["criteria"] = Json::array(
      {criterion("goal_reached", "Goal reached",
                 "The purpose of the call was achieved or a clear next step was agreed."),
       criterion("polite", "Polite", "The agent was polite and let the callee finish speaking."),
       criterion("opt_out_respected", "Opt-out respected",
                 "If the callee asked not to be called again, the agent confirmed it and ended the call.")});
  Json& data = out["data_collection"];
  data["outcome"] = collected("string", "The result of the call in a few words.");
  data["callback_time"] = collected("string", "When the callee asked to be called back, if so.");
  data["do_not_call"] = collected("boolean", "True when the callee asked not to be called again.");
  if (!spec.post_call_webhook_id.empty()) {
    Json& webhooks = out["workspace_overrides"]["webhooks"];
    webhooks["post_call_webhook_id"] = spec.post_call_webhook_id;
    webhooks["events"] = Json::array({"transcript"});
  }
  return out;
}

}  // namespace

Json make_system_tool(std::string_view name) {
  Json tool;
  tool["type"] = "system";
  tool["name"] = name;
  tool["description"] = "";  // the provider's own tuned description
  tool["params"]["system_tool_type"] = name;
  return tool;
}

Json make_tool_config(const ToolDefinition& tool) {
  Json config;
  config["type"] = "client";
  config["name"] = tool.name;
  config["description"] = tool.description;
  config["parameters"] = Json::parse(tool.parameters);
  config["expects_response"] = true;  // the agent waits for what Otto answers
  config["response_timeout_secs"] = kToolTimeout;
  return config;
}

AgentSpec::AgentSpec()
    : first_message{"Hello, am I speaking with {{customerName}}?"},
      prompt{
          "You are calling {{customerName}} by telephone on behalf of a business. The kind of call is "
          "{{campaignType}}. Say at the start who you are and why you call. Keep sentences short, ask one thing at a "
          "time, and let the person finish. If the person asks not to be called again, use do_not_call, confirm that "
          "and end "
          "the call. If the person asks for another time, use schedule_callback. "
          "Never ask for card numbers or passwords. When the matter is settled, say goodbye and end the call."} {
  placeholders["customerName"] = "there";
  placeholders["campaignType"] = "GENERAL";
}

Json make_agent_body(const AgentSpec& spec) {
  Json body;
  body["name"] = spec.name;
  Json& config = body["conversation_config"];
  config["agent"] = make_agent(spec);
  config["asr"]["user_input_audio_format"] = kLineFormat;
  config["tts"]["agent_output_audio_format"] = kLineFormat;
  config["tts"]["model_id"] = spec.language == "en" ? "eleven_flash_v2" : "eleven_flash_v2_5";
  if (!spec.voice_id.empty()) config["tts"]["voice_id"] = spec.voice_id;
  config["turn"]["turn_timeout"] = 7;
  config["turn"]["silence_end_call_timeout"] = 30;
  config["conversation"]["max_duration_seconds"] = spec.max_call_duration.count();
  for (const auto& event : kWantedEvents) config["conversation"]["client_events"].push_back(event.name);
  body["platform_settings"] = make_platform_settings(spec);
  return body;
}

}  // namespace otto::elevenlabs
