#include <algorithm>
#include <initializer_list>
#include <utility>

#include "otto/base/text.hpp"
#include "otto/elevenlabs/agent_config.hpp"

#include "elevenlabs/agent_needs.hpp"

namespace otto::elevenlabs {

namespace {

/// The value at a path of names; a null value when any step is absent.
const Json& at(const Json& root, std::initializer_list<std::string_view> path) {
  static const Json nothing;
  const Json* here = &root;
  for (const auto step : path) {
    if (!here->is_object()) return nothing;
    const auto found = here->find(std::string{step});
    if (found == here->end()) return nothing;
    here = &*found;
  }
  return *here;
}

bool is_true(const Json& value) { return value.is_boolean() && value.get<bool>(); }
std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : std::string{}; }

/// {"a": {"b": value}} for a path of names.
Json nested(std::initializer_list<std::string_view> path, Json value) {
  for (auto step = std::rbegin(path); step != std::rend(path); ++step) {
    Json outer;
    outer[std::string{*step}] = std::move(value);
    value = std::move(outer);
  }
  return value;
}

class Examiner {
 public:
  Examiner(const Json& agent, const std::vector<AgentTool>& tools, const CheckOptions& options)
      : agent_{agent}, config_{at(agent, {"conversation_config"})}, tools_{tools}, options_{options} {}

  Examination run() && {
    out_.name = text_of(at(agent_, {"name"}));
    out_.output = check_format("tts", "agent_output_audio_format");
    out_.input = check_format("asr", "user_input_audio_format");
    check_conversation();
    check_end_call();
    check_own_tools();
    check_gone_tools();
    for (const auto& tool : tools_) check_tool(tool);
    check_variables();
    check_platform();
    return std::move(out_);
  }

 private:
  void find(std::string sentence, Json patch = {}, std::string tool_id = {}) {
    out_.findings.push_back({std::move(sentence), std::move(patch), std::move(tool_id)});
  }

  /// The provider's default applies when the agent does not say.
  AudioFormat check_format(std::string_view section, std::string_view key) {
    const auto& value = at(config_, {section, key});
    const auto name = value.is_string() ? value.get<std::string>() : std::string{"pcm_16000"};
    const auto format = parse_audio_format(name);
    const auto path = std::string{section} + "." + std::string{key};
    auto patch = nested({"conversation_config", section, key}, std::string{kLineFormat});
    if (!format) {
      find(path + " is " + name + ", which Otto cannot play or send; set it to " + std::string{kLineFormat} + ".",
           std::move(patch));
    } else if (name != kLineFormat) {
      find(path + " is " + name + "; calls work, but " + std::string{kLineFormat} +
               " spares every call two conversions.",
           std::move(patch));
    }
    return format.value_or(AudioFormat{});
  }

  void check_conversation() {
    const auto& conversation = at(config_, {"conversation"});
    check_events(at(conversation, {"client_events"}));
    if (is_true(at(conversation, {"text_only"})))
      find("conversation.text_only is on: the agent does not speak; switch it off.",
           nested({"conversation_config", "conversation", "text_only"}, false));
    const auto duration = integer_at(conversation, "max_duration_seconds").value_or(600);
    if (duration < options_.max_call_duration.count())
      find("conversation.max_duration_seconds is " + std::to_string(duration) + ": the agent ends calls before the " +
               std::to_string(options_.max_call_duration.count()) + " seconds of settings.maxCallDuration; raise it.",
           nested({"conversation_config", "conversation", "max_duration_seconds"}, options_.max_call_duration.count()));
  }

  /// Each missing event has a sentence of its own; one list mends them all.
  void check_events(const Json& list) {
    const bool is_default = !list.is_array() || list.empty();
    Json complete = Json::array();
    if (is_default) {
      for (const auto name : kDefaultEvents) complete.push_back(name);
    } else {
      complete = list;
    }
    const auto has = [](const Json& events, std::string_view name) {
      return std::ranges::any_of(events, [&](const Json& event) { return event == name; });
    };
    const Json given = complete;
    for (const auto& event : kWantedEvents)
      if (!has(complete, event.name)) complete.push_back(event.name);
    for (const auto& event : kWantedEvents) {
      if (event.loss.empty() || has(given, event.name)) continue;
      find("conversation.client_events lacks \"" + std::string{event.name} + "\": " + std::string{event.loss} + ".",
           nested({"conversation_config", "conversation", "client_events"}, complete));
    }
  }

  void check_end_call() {
    const auto& prompt = at(config_, {"agent", "prompt"});
    const auto& built_in = at(prompt, {"built_in_tools"});
    if (at(built_in, {"end_call"}).is_object()) return;
    Json all = built_in.is_object() ? built_in : Json::object();
    std::erase_if(all.get_ref<Json::object_t&>(), [](const auto& entry) { return entry.second.is_null(); });
    all["end_call"] = make_system_tool("end_call");
    find("The agent has no end_call tool, so it cannot hang up; add agent.prompt.built_in_tools.end_call.",
         nested({"conversation_config", "agent", "prompt", "built_in_tools"}, std::move(all)));
  }

  void check_own_tools() {
    std::string names;
    for (const auto& own : call_tools()) {
      const bool there = std::ranges::any_of(tools_, [&](const AgentTool& tool) {
        return at(tool.config, {"name"}) == own.name && at(tool.config, {"type"}) == "client";
      });
      if (there) continue;
      out_.missing_tools.push_back(own.name);
      names += (names.empty() ? "" : ", ") + std::string{own.name};
    }
    if (!names.empty())
      find("The agent lacks Otto's client tools " + names +
           ": it can talk about these things but not do them; `otto agent fix` makes and attaches them.");
  }

  void check_gone_tools() {
    std::string gone;
    Json there = Json::array();
    for (const auto& tool : tools_) {
      if (tool.config.is_null()) {
        gone += (gone.empty() ? "" : ", ") + tool.id;
      } else {
        there.push_back(tool.id);
      }
    }
    if (!gone.empty())
      find("The agent names tools that do not exist any more (" + gone +
               "): take them out of agent.prompt.tool_ids; `otto agent fix` does it.",
           nested({"conversation_config", "agent", "prompt", "tool_ids"}, std::move(there)));
  }

  /// Whatever client tool it is: Otto carries it out or asks the campaign's webhook.
  void check_tool(const AgentTool& tool) {
    if (at(tool.config, {"type"}) != "client") return;
    const auto name = text_of(at(tool.config, {"name"}));
    if (!is_true(at(tool.config, {"expects_response"})))
      find("The tool " + name + " has expects_response off: the agent goes on without its result; switch it on.",
           Json{{"expects_response", true}}, tool.id);
    const auto timeout = integer_at(tool.config, "response_timeout_secs").value_or(kToolTimeout);
    if (timeout < kLeastToolTimeout)
      find("The tool " + name + " has response_timeout_secs " + std::to_string(timeout) +
               ", but an answer may take 15 s; set it to " + std::to_string(kToolTimeout) + ".",
           Json{{"response_timeout_secs", kToolTimeout}}, tool.id);
  }

  void check_variables() {
    const auto& agent = at(config_, {"agent"});
    const auto& placeholders = at(agent, {"dynamic_variables", "dynamic_variable_placeholders"});
    std::string text = text_of(at(agent, {"first_message"})) + text_of(at(agent, {"prompt", "prompt"}));
    for (const auto& tool : tools_) text += dump_json(tool.config);
    Json complete = placeholders.is_object() ? placeholders : Json::object();
    std::vector<std::string> missing;
    for (const auto& name : variables_in(text)) {
      if (complete.contains(name)) continue;
      if (std::ranges::find(options_.sent_variables, name) != options_.sent_variables.end()) continue;
      missing.push_back(name);
      complete[name] = "";
    }
    for (const auto& name : missing)
      find("The agent's texts use {{" + name +
               "}} without a placeholder: the conversation with a contact that lacks it is refused; add it to "
               "agent.dynamic_variables.dynamic_variable_placeholders.",
           nested({"conversation_config", "agent", "dynamic_variables", "dynamic_variable_placeholders"}, complete));
  }

  void check_platform() {
    const auto& settings = at(agent_, {"platform_settings"});
    const auto patch = [](std::string_view section, std::string_view key, Json value) {
      return nested({"platform_settings", section, key}, std::move(value));
    };
    if (!is_true(at(settings, {"auth", "enable_auth"})))
      find(
          "platform_settings.auth.enable_auth is off: anyone who knows the agent's id can talk at your expense; switch "
          "authentication on.",
          patch("auth", "enable_auth", true));
    const auto& allowlist = at(settings, {"auth", "allowlist"});
    Json open;
    if (allowlist.is_array() && !allowlist.empty()) open["allowlist"] = Json::array();
    if (is_true(at(settings, {"auth", "require_origin_header"}))) open["require_origin_header"] = false;
    if (!open.is_null())
      find(
          "platform_settings.auth restricts origins (allowlist, require_origin_header), and a server has none: its "
          "connections are refused; empty the allowlist.",
          nested({"platform_settings", "auth"}, std::move(open)));
    if (is_true(at(settings, {"queueing_config", "enabled"})))
      find(
          "platform_settings.queueing_config.enabled is on: at the concurrency limit a person who answered hears hold "
          "music; switch it off.",
          patch("queueing_config", "enabled", false));
  }

  const Json& agent_;
  const Json& config_;
  const std::vector<AgentTool>& tools_;
  const CheckOptions& options_;
  Examination out_;
};

}  // namespace

std::vector<std::string> variables_in(std::string_view text) {
  std::vector<std::string> names;
  for (auto open = text.find("{{"); open != std::string_view::npos; open = text.find("{{", open)) {
    open += 2;
    const auto close = text.find("}}", open);
    if (close == std::string_view::npos) break;
    const auto name = std::string{trim(text.substr(open, close - open))};
    open = close + 2;
    if (name.empty() || name.starts_with("system__") || std::ranges::find(names, name) != names.end()) continue;
    names.push_back(name);
  }
  return names;
}

Examination examine_agent(const Json& agent, const std::vector<AgentTool>& tools, const CheckOptions& options) {
  return Examiner{agent, tools, options}.run();
}

ports::AgentCheck check_agent(const Json& agent, const std::vector<AgentTool>& tools, const CheckOptions& options) {
  auto examination = examine_agent(agent, tools, options);
  ports::AgentCheck check;
  check.name = std::move(examination.name);
  check.output = examination.output;
  check.input = examination.input;
  for (auto& finding : examination.findings) check.problems.push_back(std::move(finding.sentence));
  return check;
}

Json agent_patch(const Examination& examination) {
  Json patch;
  for (const auto& finding : examination.findings)
    if (finding.tool_id.empty() && !finding.patch.is_null()) patch.merge_patch(finding.patch);
  return patch;
}

}  // namespace otto::elevenlabs
