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

/// The provider's default applies when the agent does not say.
AudioFormat check_format(const std::string& path, const Json& value, std::vector<std::string>& problems) {
  const auto name = value.is_string() ? value.get<std::string>() : std::string{"pcm_16000"};
  const auto format = parse_audio_format(name);
  if (!format) {
    problems.push_back(path + " is " + name + ", which Otto cannot play or send; set it to " +
                       std::string{kLineFormat} + ".");
  } else if (name != kLineFormat) {
    problems.push_back(path + " is " + name + "; calls work, but " + std::string{kLineFormat} +
                       " spares every call two conversions.");
  }
  return format.value_or(AudioFormat{});
}

void check_events(const Json& list, std::vector<std::string>& problems) {
  const bool is_default = !list.is_array() || list.empty();
  for (const auto& event : kWantedEvents) {
    if (event.loss.empty()) continue;
    const bool present = is_default ? std::ranges::find(kDefaultEvents, event.name) != std::end(kDefaultEvents)
                                    : std::ranges::any_of(list, [&](const Json& e) { return e == event.name; });
    if (!present)
      problems.push_back("conversation.client_events lacks \"" + std::string{event.name} +
                         "\": " + std::string{event.loss} + ".");
  }
}

bool has_end_call(const Json& prompt) {
  if (at(prompt, {"built_in_tools", "end_call"}).is_object()) return true;
  const auto& tools = at(prompt, {"tools"});
  return tools.is_array() &&
         std::ranges::any_of(tools, [](const Json& tool) { return at(tool, {"name"}) == "end_call"; });
}

void check_variables(const Json& agent, const CheckOptions& options, std::vector<std::string>& problems) {
  const auto& placeholders = at(agent, {"dynamic_variables", "dynamic_variable_placeholders"});
  const auto text = text_of(at(agent, {"first_message"})) + text_of(at(agent, {"prompt", "prompt"}));
  for (const auto& name : variables_in(text)) {
    if (placeholders.is_object() && placeholders.contains(name)) continue;
    if (std::ranges::find(options.sent_variables, name) != options.sent_variables.end()) continue;
    problems.push_back("The agent's texts use {{" + name +
                       "}} without a placeholder: the conversation with a contact that lacks it is refused; add it to "
                       "agent.dynamic_variables.dynamic_variable_placeholders.");
  }
}

void check_platform(const Json& settings, std::vector<std::string>& problems) {
  if (!is_true(at(settings, {"auth", "enable_auth"})))
    problems.emplace_back(
        "platform_settings.auth.enable_auth is off: anyone who knows the agent's id can talk at your "
        "expense; switch authentication on.");
  const auto& allowlist = at(settings, {"auth", "allowlist"});
  if ((allowlist.is_array() && !allowlist.empty()) || is_true(at(settings, {"auth", "require_origin_header"})))
    problems.emplace_back(
        "platform_settings.auth restricts origins (allowlist, require_origin_header), and a server "
        "has none: its connections are refused; empty the allowlist.");
  if (is_true(at(settings, {"queueing_config", "enabled"})))
    problems.emplace_back(
        "platform_settings.queueing_config.enabled is on: at the concurrency limit a person who "
        "answered hears hold music; switch it off.");
}

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

ports::AgentCheck check_agent(const Json& agent, const CheckOptions& options) {
  ports::AgentCheck check;
  check.name = text_of(at(agent, {"name"}));
  auto& problems = check.problems;
  const auto& config = at(agent, {"conversation_config"});
  check.output =
      check_format("tts.agent_output_audio_format", at(config, {"tts", "agent_output_audio_format"}), problems);
  check.input = check_format("asr.user_input_audio_format", at(config, {"asr", "user_input_audio_format"}), problems);
  check_events(at(config, {"conversation", "client_events"}), problems);
  if (is_true(at(config, {"conversation", "text_only"})))
    problems.emplace_back("conversation.text_only is on: the agent does not speak; switch it off.");

  const auto duration = integer_at(at(config, {"conversation"}), "max_duration_seconds").value_or(600);
  if (duration < options.max_call_duration.count())
    problems.push_back("conversation.max_duration_seconds is " + std::to_string(duration) +
                       ": the agent ends calls before the " + std::to_string(options.max_call_duration.count()) +
                       " seconds of settings.maxCallDuration; raise it.");
  if (!has_end_call(at(config, {"agent", "prompt"})))
    problems.emplace_back(
        "The agent has no end_call tool, so it cannot hang up; add agent.prompt.built_in_tools.end_call.");
  check_variables(at(config, {"agent"}), options, problems);
  check_platform(at(agent, {"platform_settings"}), problems);
  return check;
}

}  // namespace otto::elevenlabs
