#include "otto/sandbox/agent_store.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "otto/base/plural.hpp"
#include "otto/base/text.hpp"
#include "otto/sandbox/tool_store.hpp"

namespace otto::sandbox {
namespace {

// The provider sends these when an agent names no client_events of its own.
constexpr std::array<std::string_view, 7> kDefaultEvents{"audio",
                                                         "interruption",
                                                         "agent_response",
                                                         "user_transcript",
                                                         "tentative_user_transcript",
                                                         "conversation_initiation_metadata",
                                                         "ping"};

const Json& at(const Json& root, std::initializer_list<const char*> path) {
  static const Json kNothing;
  const Json* here = &root;
  for (const auto* step : path) {
    if (!here->is_object()) return kNothing;
    const auto found = here->find(step);
    if (found == here->end()) return kNothing;
    here = &*found;
  }
  return *here;
}

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

void collect_names(const std::string& text, std::set<std::string>& names) {
  for (auto open = text.find("{{"); open != std::string::npos; open = text.find("{{", open + 2)) {
    const auto close = text.find("}}", open);
    if (close == std::string::npos) return;
    names.emplace(trim(std::string_view{text}.substr(open + 2, close - open - 2)));
  }
}

std::int64_t unix_seconds(TimePoint time) {
  return std::chrono::duration_cast<seconds>(time.time_since_epoch()).count();
}

InitVerdict refuse(std::string type, std::string message) {
  return InitVerdict{true, std::move(type), std::move(message)};
}

/// The leaves of an override object, as dotted paths.
void collect_leaves(const Json& object, const std::string& prefix, std::vector<std::string>& leaves) {
  for (const auto& entry : object.items()) {
    const auto path = prefix.empty() ? entry.key() : prefix + "." + entry.key();
    if (entry.value().is_object()) {
      collect_leaves(entry.value(), path, leaves);
    } else {
      leaves.push_back(path);
    }
  }
}

InitVerdict judge_overrides(const Json& overrides, const Json& agent) {
  std::vector<std::string> leaves;
  collect_leaves(overrides, "", leaves);
  const Json& allowed = at(agent, {"platform_settings", "overrides", "conversation_config_override"});
  for (const auto& leaf : leaves) {
    const Json* here = &allowed;
    for (const auto& step : split(leaf, '.')) {
      static const Json kFalse = false;
      here = here->is_object() && here->contains(step) ? &(*here)[step] : &kFalse;
    }
    if (!here->is_boolean() || !here->get<bool>())
      return refuse("override_error", "Override for field '" + leaf + "' is not allowed by config.");
  }
  return {};
}

InitVerdict judge_variables(const Json& variables, const Json& agent) {
  for (const auto& entry : variables.items()) {
    const auto& value = entry.value();
    if (value.is_null() || value.is_structured())
      return refuse("invalid_message", "Invalid message received: dynamic variable '" + entry.key() +
                                           "' is neither string, number nor boolean");
    if (entry.key().starts_with("system__"))
      return refuse("value_error", "Dynamic variable '" + entry.key() + "' uses a reserved prefix");
  }
  std::string missing;
  for (const auto& name : required_variables(agent))
    if (!variables.contains(name)) missing += (missing.empty() ? "'" : ", '") + name + "'";
  if (missing.empty()) return {};
  return refuse("missing_dynamic_variable", "Missing required dynamic variables in first message: {" + missing + "}");
}

}  // namespace

Json complete_agent(Json body, const std::string& agent_id) {
  Json agent = {{"agent_id", agent_id}, {"name", ""}, {"tags", Json::array()}};
  Json& config = agent["conversation_config"];
  config["asr"] = {{"quality", "high"},
                   {"provider", "scribe_realtime"},
                   {"user_input_audio_format", "pcm_16000"},
                   {"keywords", Json::array()}};
  config["turn"] = {{"turn_timeout", 7.0}, {"silence_end_call_timeout", -1.0}, {"turn_eagerness", "normal"}};
  config["tts"] = {{"model_id", "eleven_flash_v2"},
                   {"voice_id", "cjVigY5qzO86Huf0OWal"},
                   {"agent_output_audio_format", "pcm_16000"}};
  config["conversation"] = {{"text_only", false}, {"max_duration_seconds", 600}};
  config["agent"] = {{"first_message", ""}, {"language", "en"}, {"disable_first_message_interruptions", false}};
  config["agent"]["dynamic_variables"] = {{"dynamic_variable_placeholders", Json::object()}};
  config["agent"]["prompt"] = {
      {"prompt", ""}, {"llm", "gemini-2.5-flash"}, {"tool_ids", Json::array()}, {"built_in_tools", Json::object()}};
  Json& platform = agent["platform_settings"];
  platform["auth"] = {{"enable_auth", false}, {"allowlist", Json::array()}, {"require_origin_header", false}};
  platform["overrides"] = {{"conversation_config_override", Json::object()}, {"custom_llm_extra_body", false}};
  platform["call_limits"] = {{"agent_concurrency_limit", -1}, {"daily_limit", 100'000}, {"bursting_enabled", true}};
  platform["queueing_config"] = {{"enabled", true}, {"wait_timeout_seconds", 180}};
  agent["metadata"] = {{"created_at_unix_secs", 1'760'000'000}, {"updated_at_unix_secs", 1'760'000'000}};
  merge_patch(agent, body);
  return agent;
}

Json default_agent(const std::string& format) {
  Json body = {{"name", "otto-outbound-sandbox"}};
  Json& config = body["conversation_config"];
  config["asr"]["user_input_audio_format"] = format;
  config["tts"]["agent_output_audio_format"] = format;
  config["turn"]["silence_end_call_timeout"] = 30.0;
  config["conversation"] = {
      {"max_duration_seconds", 1800},
      {"client_events",
       {"conversation_initiation_metadata", "ping", "audio", "interruption", "user_transcript", "agent_response",
        "agent_response_correction", "client_tool_call", "agent_tool_request", "agent_tool_response",
        "agent_response_complete", "guardrail_triggered", "client_error"}}};
  config["agent"]["first_message"] = "Hello {{customerName}}, this is Otto. Do you have a minute?";
  config["agent"]["dynamic_variables"]["dynamic_variable_placeholders"] = {{"customerName", "there"},
                                                                           {"transferDestinations", ""}};
  config["agent"]["prompt"]["prompt"] = "You call {{customerName}}. Be brief and polite.";
  config["agent"]["prompt"]["built_in_tools"]["end_call"] = {
      {"type", "system"}, {"name", "end_call"}, {"params", {{"system_tool_type", "end_call"}}}};
  for (const auto& tool : default_tools()) config["agent"]["prompt"]["tool_ids"].push_back(tool.first);
  body["platform_settings"]["auth"]["enable_auth"] = true;
  body["platform_settings"]["queueing_config"]["enabled"] = false;
  return body;
}

void merge_patch(Json& target, const Json& patch) { target.merge_patch(patch); }

std::vector<std::string> required_variables(const Json& agent) {
  std::set<std::string> names;
  collect_names(text_of(at(agent, {"conversation_config", "agent", "first_message"})), names);
  collect_names(text_of(at(agent, {"conversation_config", "agent", "prompt", "prompt"})), names);
  collect_names(text_of(at(agent, {"tool_texts"})), names);
  const Json& known = at(agent, {"conversation_config", "agent", "dynamic_variables", "dynamic_variable_placeholders"});
  std::vector<std::string> required;
  for (const auto& name : names)
    if (!name.starts_with("system__") && !(known.is_object() && known.contains(name))) required.push_back(name);
  return required;
}

std::string fill_in(std::string text, const Json& variables) {
  for (const auto& entry : variables.items()) {
    const auto value = entry.value().is_string() ? entry.value().get<std::string>() : entry.value().dump();
    for (const auto& mark : {"{{" + entry.key() + "}}", "{{ " + entry.key() + " }}"})
      for (auto found = text.find(mark); found != std::string::npos; found = text.find(mark, found + value.size()))
        text.replace(found, mark.size(), value);
  }
  return text;
}

AudioFormat format_of(const Json& agent, bool output) {
  const Json& name = output ? at(agent, {"conversation_config", "tts", "agent_output_audio_format"})
                            : at(agent, {"conversation_config", "asr", "user_input_audio_format"});
  return parse_audio_format(text_of(name)).value_or(AudioFormat{AudioEncoding::Pcm16, 16'000});
}

bool sends_event(const Json& agent, std::string_view event) {
  const Json& events = at(agent, {"conversation_config", "conversation", "client_events"});
  if (events.is_array()) return std::find(events.begin(), events.end(), event) != events.end();
  return std::find(kDefaultEvents.begin(), kDefaultEvents.end(), event) != kDefaultEvents.end();
}

InitVerdict judge_init(const Json& message, const Json& agent) {
  static const std::set<std::string> kKnown{"type",
                                            "conversation_config_override",
                                            "custom_llm_extra_body",
                                            "user_id",
                                            "dynamic_variables",
                                            "source_info",
                                            "tool_mock_config"};
  if (message.contains("conversation_initiation_client_data"))
    return refuse("invalid_message",
                  "Invalid message received: the properties of conversation_initiation_client_data stand beside type, "
                  "not under a key of that name");
  for (const auto& entry : message.items())
    if (!kKnown.contains(entry.key()))
      return refuse("invalid_message", "Invalid message received: unknown property '" + entry.key() + "'");
  const Json& user = at(message, {"user_id"});
  if (!user.is_null() && !user.is_string()) return refuse("invalid_message", "Invalid message received: user_id");
  const Json& body = at(message, {"custom_llm_extra_body"});
  const Json& body_allowed = at(agent, {"platform_settings", "overrides", "custom_llm_extra_body"});
  if (!body.is_null() && body_allowed != true)
    return refuse("override_error", "Override for field 'custom_llm_extra_body' is not allowed by config.");
  const Json& overrides = at(message, {"conversation_config_override"});
  if (overrides.is_object()) {
    auto verdict = judge_overrides(overrides, agent);
    if (verdict.refuse) return verdict;
  } else if (!overrides.is_null()) {
    return refuse("invalid_message", "Invalid message received: conversation_config_override");
  }
  const Json& variables = at(message, {"dynamic_variables"});
  if (!variables.is_null() && !variables.is_object())
    return refuse("invalid_message", "Invalid message received: dynamic_variables");
  return judge_variables(variables.is_null() ? Json::object() : variables, agent);
}

Json conversation_json(const ConversationRecord& record, TimePoint now) {
  const auto started = record.started.value_or(record.minted);
  const bool done = record.status == "done" || record.status == "failed";
  Json json = {{"agent_id", record.agent_id}, {"conversation_id", record.id}, {"status", record.status},
               {"has_audio", done},           {"has_user_audio", done},       {"has_response_audio", done},
               {"has_auxiliary_audio", false}};
  json["user_id"] = record.init.contains("user_id") ? record.init["user_id"] : Json(nullptr);
  Json& transcript = json["transcript"] = Json::array();
  for (const auto& turn : record.transcript) {
    Json entry = {{"role", turn.role},
                  {"message", turn.message},
                  {"time_in_call_secs", turn.at_ms / 1000},
                  {"interrupted", turn.interrupted}};
    if (!turn.original.empty()) entry["original_message"] = turn.original;
    transcript.push_back(std::move(entry));
  }
  const auto length = record.ended.value_or(now) - started;
  json["metadata"] = {{"start_time_unix_secs", unix_seconds(started)},
                      {"call_duration_secs", std::chrono::duration_cast<seconds>(length).count()},
                      {"cost", 100},
                      {"authorization_method", "signed_url"},
                      {"termination_reason", record.termination_reason},
                      {"main_language", "en"}};
  if (!record.error_type.empty())
    json["metadata"]["error"] = {{"code", record.close_code}, {"reason", record.error_type}};
  json["analysis"] = nullptr;
  if (done)
    json["analysis"] = {{"call_successful", record.user_turns > 0 ? "success" : "failure"},
                        {"transcript_summary", "The agent spoke " + times(record.agent_turns) + " and the user " +
                                                   times(record.user_turns) + "."},
                        {"evaluation_criteria_results", Json::object()},
                        {"data_collection_results", Json::object()}};
  Json data = Json::object();
  data["dynamic_variables"] =
      record.init.contains("dynamic_variables") ? record.init["dynamic_variables"] : Json::object();
  data["user_id"] = json["user_id"];
  json["conversation_initiation_client_data"] = std::move(data);
  return json;
}

Json truth_json(const ConversationRecord& record) {
  Json json = {{"id", record.id},
               {"agentId", record.agent_id},
               {"status", record.status},
               {"callSid", record.call_sid},
               {"outputFormat", to_string(record.output)},
               {"inputFormat", to_string(record.input)},
               {"init", record.init},
               {"bytesIn", record.bytes_in},
               {"chunksIn", record.chunks_in},
               {"bytesOut", record.bytes_out},
               {"audioEvents", record.audio_events},
               {"pings", record.pings},
               {"pongs", record.pongs},
               {"pongMaxMs", record.pong_max_ms},
               {"interruptions", record.interruptions},
               {"firstAudioInMs", record.first_audio_in_ms},
               {"maxGapInMs", record.max_gap_in_ms},
               {"ms", record.ms},
               {"userTurns", record.user_turns},
               {"agentTurns", record.agent_turns},
               {"closeCode", record.close_code},
               {"closeReason", record.close_reason},
               {"closedByUs", record.closed_by_us},
               {"terminationReason", record.termination_reason},
               {"contexts", record.contexts},
               {"tools", record.tools}};
  Json& transcript = json["transcript"] = Json::array();
  for (const auto& turn : record.transcript)
    transcript.push_back({{"role", turn.role}, {"text", turn.message}, {"atMs", turn.at_ms}});
  return json;
}

}  // namespace otto::sandbox
