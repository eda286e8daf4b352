#include "otto/sandbox/tool_store.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string_view>

#include "otto/base/audio_format.hpp"
#include "otto/sandbox/agent_host.hpp"

namespace otto::sandbox {
namespace {

using Names = std::set<std::string, std::less<>>;

const Names kToolKeys{"type",
                      "name",
                      "description",
                      "parameters",
                      "expects_response",
                      "response_timeout_secs",
                      "disable_interruptions",
                      "interruption_mode",
                      "force_pre_tool_speech",
                      "pre_tool_speech",
                      "assignments",
                      "tool_call_sound",
                      "tool_call_sound_behavior",
                      "tool_error_handling_mode",
                      "dynamic_variables",
                      "execution_mode"};
const Names kAgentKeys{"name", "tags", "conversation_config", "platform_settings", "workflow", "version_description"};
const Names kConfigKeys{"agent", "asr", "tts", "turn", "conversation", "language_presets", "vad"};
const Names kEvents{"conversation_initiation_metadata",
                    "asr_initiation_metadata",
                    "ping",
                    "audio",
                    "interruption",
                    "user_transcript",
                    "tentative_user_transcript",
                    "agent_response",
                    "agent_response_correction",
                    "agent_response_metadata",
                    "agent_response_complete",
                    "client_tool_call",
                    "agent_tool_request",
                    "agent_tool_response",
                    "agent_tool_response_full_payload",
                    "mcp_tool_call",
                    "mcp_connection_status",
                    "vad_score",
                    "context_usage",
                    "guardrail_triggered",
                    "dtmf_request",
                    "client_error",
                    "internal_turn_probability",
                    "internal_tentative_agent_response"};
const Names kSystemTools{"end_call",           "language_detection",     "skip_turn",          "transfer_to_agent",
                         "transfer_to_number", "play_keypad_touch_tone", "voicemail_detection"};

std::string stranger(const Json& object, const Names& known, const std::string& where) {
  for (const auto& entry : object.items())
    if (!known.contains(entry.key())) return where + "." + entry.key() + ": Extra inputs are not permitted";
  return {};
}

bool is_tool_name(const Json& name) {
  if (!name.is_string()) return false;
  const auto& text = name.get_ref<const std::string&>();
  return !text.empty() && text.size() <= 64 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
}

std::string fault_of_parameters(const Json& schema) {
  if (schema.is_null()) return {};
  if (!schema.is_object() || text_at(schema, "type") != "object") return "parameters must be an object schema";
  const auto properties = schema.value("properties", Json::object());
  for (const auto& entry : properties.items()) {
    const bool told = !text_at(entry.value(), "description").empty() || entry.value().contains("dynamic_variable") ||
                      entry.value().contains("constant_value");
    if (!told) return "parameters.properties." + entry.key() + " must have a description";
  }
  for (const auto& name : schema.value("required", Json::array()))
    if (!name.is_string() || !properties.contains(name.get<std::string>()))
      return "parameters.required names " + name.dump() + ", which is no property";
  return {};
}

net::Response refused(const std::string& message) {
  Json json = Json::object();
  json["detail"] = Json::array({{{"loc", {"body"}}, {"msg", message}, {"type", "value_error"}}});
  return net::json_response(422, json);
}

net::Response shown(const std::string& id, const Json& config) {
  return net::json_response(200, {{"id", id},
                                  {"tool_config", config},
                                  {"access_info", {{"is_creator", true}, {"role", "admin"}}},
                                  {"usage_stats", {{"total_calls", 0}, {"avg_latency_secs", 0.0}}}});
}

Json with_defaults(const Json& config) {
  Json full = {{"type", "client"},
               {"parameters", nullptr},
               {"expects_response", false},
               {"response_timeout_secs", 20},
               {"interruption_mode", "allow"},
               {"execution_mode", "immediate"},
               {"assignments", Json::array()},
               {"dynamic_variables", {{"dynamic_variable_placeholders", Json::object()}}}};
  full.update(config);
  return full;
}

std::string fault_of_formats(const Json& config) {
  for (const auto& [section, key] :
       {std::pair{"asr", "user_input_audio_format"}, {"tts", "agent_output_audio_format"}}) {
    const auto part = config.value(section, Json::object());
    if (part.contains(key) && !parse_audio_format(text_at(part, key)))
      return std::string{section} + "." + key + " is no format: " + part[key].dump();
  }
  return {};
}

std::string fault_of_conversation(const Json& conversation) {
  for (const auto& event : conversation.value("client_events", Json::array()))
    if (!event.is_string() || !kEvents.contains(event.get<std::string>()))
      return "conversation.client_events: " + event.dump() + " is no event";
  const auto duration = conversation.value("max_duration_seconds", Json(600));
  if (!duration.is_number_integer() || duration < 1) return "conversation.max_duration_seconds must be an integer";
  return {};
}

std::string fault_of_prompt(const Json& prompt, const ToolStore& tools) {
  if (prompt.contains("tools")) return "agent.prompt.tools is no longer accepted; use tool_ids";
  for (const auto& id : prompt.value("tool_ids", Json::array()))
    if (!id.is_string() || !tools.has(id.get<std::string>())) return "agent.prompt.tool_ids: no tool " + id.dump();
  const auto built_in = prompt.value("built_in_tools", Json::object());  // items() borrows
  for (const auto& entry : built_in.items()) {
    if (!kSystemTools.contains(entry.key())) return "built_in_tools." + entry.key() + " is no system tool";
    if (entry.value().is_null()) continue;
    const auto type = entry.value().value(Json::json_pointer{"/params/system_tool_type"}, std::string{});
    if (text_at(entry.value(), "name") != entry.key() || type != entry.key())
      return "built_in_tools." + entry.key() + " must have its own name and params.system_tool_type";
  }
  return {};
}

std::string fault_of_placeholders(const Json& agent) {
  const Json::json_pointer path{"/dynamic_variables/dynamic_variable_placeholders"};
  const auto placeholders = agent.value(path, Json::object());
  for (const auto& entry : placeholders.items())
    if (entry.value().is_null() || entry.value().is_structured())
      return "the placeholder " + entry.key() + " must be a string, a number or a boolean";
  return {};
}

}  // namespace

std::map<std::string, Json> default_tools() {
  const auto property = [](const char* name, const char* description) {
    Json schema = {{"type", "object"}, {"properties", Json::object()}, {"required", Json::array()}};
    schema["properties"][name] = {{"type", "string"}, {"description", description}};
    return schema;
  };
  std::map<std::string, Json> tools;
  const auto add = [&](const std::string& name, Json parameters) {
    tools["tool_sandbox_" + name] = with_defaults({{"name", name},
                                                   {"description", "One of Otto's tools."},
                                                   {"parameters", std::move(parameters)},
                                                   {"expects_response", true}});
  };
  add("hang_up", property("reason", "why"));
  add("do_not_call", property("reason", "what was said"));
  add("schedule_callback", property("time", "ISO 8601"));
  add("transfer_call", property("destination", "one of {{transferDestinations}}"));
  add("send_dtmf", property("digits", "the keys"));
  return tools;
}

ToolStore::ToolStore() : tools_{default_tools()} {}

std::string ToolStore::texts_of(const Json& tool_ids) const {
  std::string texts;
  for (const auto& id : tool_ids) {
    const auto found = id.is_string() ? tools_.find(id.get<std::string>()) : tools_.end();
    if (found != tools_.end()) texts += found->second.dump();
  }
  return texts;
}

net::Response ToolStore::handle(const net::Request& request, const std::string& id, const std::string& new_id) {
  if (!id.empty()) return resource(request, id);
  if (request.method == "POST") return create(request, new_id);
  if (request.method != "GET") return agent_error(405, "method_not_allowed", "Method Not Allowed");
  Json list = Json::array();
  for (const auto& entry : tools_) list.push_back({{"id", entry.first}, {"tool_config", entry.second}});
  return net::json_response(200, {{"tools", std::move(list)}, {"has_more", false}, {"next_cursor", nullptr}});
}

net::Response ToolStore::create(const net::Request& request, const std::string& id) {
  const auto body = parse_json(request.body);
  if (!body || !body->is_object() || !body->contains("tool_config")) return refused("tool_config: Field required");
  const auto& config = (*body)["tool_config"];
  if (const auto fault = fault_of_tool(config); !fault.empty()) return refused("tool_config." + fault);
  tools_[id] = with_defaults(config);
  return shown(id, tools_[id]);
}

net::Response ToolStore::resource(const net::Request& request, const std::string& id) {
  const auto found = tools_.find(id);
  if (found == tools_.end()) return agent_error(404, "tool_not_found", "Tool " + id + " was not found");
  if (request.method == "GET") return shown(id, found->second);
  if (request.method == "PATCH") return create(request, id);  // the whole tool_config, as for a new one
  if (request.method != "DELETE") return agent_error(405, "method_not_allowed", "Method Not Allowed");
  tools_.erase(found);
  return net::json_response(200, Json::object());
}

std::string fault_of_tool(const Json& config) {
  if (!config.is_object()) return "must be an object";
  if (auto fault = stranger(config, kToolKeys, "client"); !fault.empty()) return fault;
  if (config.value("type", "client") != "client") return "type: the sandbox knows client tools only";
  if (!is_tool_name(config.value("name", Json{}))) return "name must match ^[a-zA-Z0-9_-]{1,64}$";
  if (!config.contains("description") || !config["description"].is_string()) return "description: Field required";
  if (!config.value("expects_response", Json(false)).is_boolean()) return "expects_response must be a boolean";
  const auto timeout = config.value("response_timeout_secs", Json(20));
  if (!timeout.is_number_integer() || timeout < 1 || timeout > 120) return "response_timeout_secs must be 1 to 120";
  return fault_of_parameters(config.value("parameters", Json{}));
}

std::string fault_of_agent(const Json& body, const ToolStore& tools) {
  if (!body.is_object()) return "the body must be an object";
  if (auto fault = stranger(body, kAgentKeys, "body"); !fault.empty()) return fault;
  const auto config = body.value("conversation_config", Json::object());
  if (auto fault = stranger(config, kConfigKeys, "conversation_config"); !fault.empty()) return fault;
  const auto agent = config.value("agent", Json::object());
  for (auto fault : {fault_of_formats(config), fault_of_conversation(config.value("conversation", Json::object())),
                     fault_of_prompt(agent.value("prompt", Json::object()), tools), fault_of_placeholders(agent)}) {
    if (!fault.empty()) return fault;
  }
  return {};
}

}  // namespace otto::sandbox
