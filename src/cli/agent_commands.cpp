// The agent at its provider: made, examined and mended without a running daemon.
#include <algorithm>
#include <cstdio>

#include "otto/app/providers.hpp"
#include "otto/elevenlabs/rest.hpp"
#include "otto/rt/group.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

int failed(const Error& error) {
  std::fprintf(stderr, "otto: %s\n", error.detail.c_str());
  return 1;
}

std::vector<std::string_view> own_tools() {
  std::vector<std::string_view> names;
  for (const auto& tool : call_tools()) names.push_back(tool.name);
  return names;
}

Task<void> create(elevenlabs::Rest& rest, const AgentSpec& spec, int& status) {
  elevenlabs::AgentSpec wanted;
  wanted.name = spec.name;
  wanted.prompt = spec.prompt;
  wanted.first_message = spec.first_message;
  wanted.voice_id = spec.voice_id;
  auto tools = co_await rest.provide_tools(own_tools());
  if (!tools) {
    status = failed(tools.error());
    co_return;
  }
  wanted.tools = std::move(*tools);
  auto id = co_await rest.create_outbound_agent(std::move(wanted));
  if (!id) {
    status = failed(id.error());
    co_return;
  }
  std::printf("ELEVENLABS_OUTBOUND_AGENT_ID=%s\n", id->c_str());
}

/// What an agent lacks, as the requests that mend it.
struct Repair {
  elevenlabs::Examination found;
  Json patch;                                ///< of the agent; null: none
  std::vector<elevenlabs::AgentTool> tools;  ///< with their configurations as they shall be
};

Repair plan_repair(const Json& agent, const std::vector<elevenlabs::AgentTool>& tools,
                   const elevenlabs::CheckOptions& options) {
  Repair repair;
  repair.found = elevenlabs::examine_agent(agent, tools, options);
  repair.patch = elevenlabs::agent_patch(repair.found);
  for (auto tool : tools) {
    const Json before = tool.config;
    for (const auto& finding : repair.found.findings)
      if (finding.tool_id == tool.id) tool.config.merge_patch(finding.patch);
    if (tool.config != before) repair.tools.push_back(std::move(tool));
  }
  return repair;
}

Task<Result<void>> carry_out(elevenlabs::Rest& rest, const std::string& agent_id, const Json& agent, Repair repair) {
  for (auto& tool : repair.tools) {
    auto updated = co_await rest.update_tool(tool.id, std::move(tool.config));
    if (!updated) co_return updated.error();
  }
  if (!repair.found.missing_tools.empty()) {
    auto made = co_await rest.provide_tools(repair.found.missing_tools);
    if (!made) co_return made.error();
    const Json::json_pointer path{"/conversation_config/agent/prompt/tool_ids"};
    Json ids = repair.patch.contains(path) ? repair.patch[path] : agent.value(path, Json::array());
    for (auto& id : *made) ids.push_back(std::move(id));
    repair.patch[path] = std::move(ids);
  }
  if (repair.patch.is_null()) co_return Result<void>{};
  co_return co_await rest.update_agent(agent_id, std::move(repair.patch));
}

Task<void> fix(elevenlabs::Rest& rest, const AgentRepair& what, int& status) {
  const auto agent = co_await rest.fetch_agent(what.agent_id);
  if (!agent) {
    status = failed(agent.error());
    co_return;
  }
  const auto tools = co_await rest.fetch_tools(*agent);
  if (!tools) {
    status = failed(tools.error());
    co_return;
  }
  auto options = rest.settings().check;
  if (what.max_call_duration > 0) options.max_call_duration = seconds{what.max_call_duration};
  auto repair = plan_repair(*agent, *tools, options);
  if (repair.found.findings.empty()) {
    std::printf("The agent \"%s\" is as Otto needs it.\n", repair.found.name.c_str());
    co_return;
  }
  for (const auto& finding : repair.found.findings) std::printf("%s\n", finding.sentence.c_str());
  if (what.dry_run) {
    if (!repair.patch.is_null())
      std::printf("would change the agent %s: %s\n", what.agent_id.c_str(), repair.patch.dump(2).c_str());
    for (const auto& tool : repair.tools)
      std::printf("would change the tool %s: %s\n", tool.id.c_str(), tool.config.dump(2).c_str());
    for (const auto name : repair.found.missing_tools)
      std::printf("would make and attach the tool %s\n", std::string{name}.c_str());
    co_return;
  }
  auto done = co_await carry_out(rest, what.agent_id, *agent, std::move(repair));
  if (!done) {
    status = failed(done.error());
    co_return;
  }
  std::printf("The agent is mended.\n");
}

/// Runs one command's task to its end.
template <class Command>
int run_with_rest(const Config& config, Command command) {
  int status = 0;
  rt::RealTimers timers;
  elevenlabs::Rest rest{app::agent_settings(config), timers};
  Loop loop{1};
  rt::Group group{loop, "agent"};
  group.spawn("agent", command(rest, status));
  loop.run();
  return status;
}

}  // namespace

int create_agent(const Config& config, const AgentSpec& spec) {
  return run_with_rest(config, [&](elevenlabs::Rest& rest, int& status) { return create(rest, spec, status); });
}

int fix_agent(const Config& config, const AgentRepair& what) {
  AgentRepair chosen = what;
  if (chosen.agent_id.empty()) chosen.agent_id = config.elevenlabs_agent_id;
  return run_with_rest(config, [&](elevenlabs::Rest& rest, int& status) { return fix(rest, chosen, status); });
}

}  // namespace otto::cli
