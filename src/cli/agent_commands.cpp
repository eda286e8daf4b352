// The agent at its provider: made, examined and mended without a running daemon.
#include <algorithm>
#include <cstdio>

#include "otto/app/providers.hpp"
#include "otto/elevenlabs/rest.hpp"
#include "otto/rt/group.hpp"

#include "commands.hpp"

namespace otto::cli {

namespace {

std::vector<std::string_view> own_tools() {
  std::vector<std::string_view> names;
  for (const auto& tool : call_tools()) names.push_back(tool.name);
  return names;
}

Task<void> create(elevenlabs::Rest& rest, const AgentSpec& spec, const Output& out, int& status) {
  elevenlabs::AgentSpec wanted;
  wanted.name = spec.name;
  wanted.prompt = spec.prompt;
  wanted.first_message = spec.first_message;
  wanted.voice_id = spec.voice_id;
  auto tools = co_await rest.provide_tools(own_tools());
  if (!tools) {
    status = out.fail(tools.error());
    co_return;
  }
  wanted.tools = std::move(*tools);
  auto id = co_await rest.create_outbound_agent(std::move(wanted));
  if (!id) {
    status = out.fail(id.error());
    co_return;
  }
  if (out.json())
    out.document(Json{{"success", true}, {"agentId", *id}});
  else
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

Json report_of(const std::string& agent_id, const Repair& repair, bool is_applied) {
  Json problems = Json::array(), tools = Json::array();
  for (const auto& finding : repair.found.findings) problems.push_back(finding.sentence);
  for (const auto& tool : repair.tools) tools.push_back({{"id", tool.id}, {"config", tool.config}});
  return Json{
      {"success", true},
      {"agentId", agent_id},
      {"name", repair.found.name},
      {"problems", std::move(problems)},
      {"changes", {{"agent", repair.patch}, {"tools", std::move(tools)}, {"newTools", repair.found.missing_tools}}},
      {"applied", is_applied}};
}

void print_plan(const std::string& agent_id, const Repair& repair) {
  if (!repair.patch.is_null())
    std::printf("would change the agent %s: %s\n", agent_id.c_str(), repair.patch.dump(2).c_str());
  for (const auto& tool : repair.tools)
    std::printf("would change the tool %s: %s\n", tool.id.c_str(), tool.config.dump(2).c_str());
  for (const auto name : repair.found.missing_tools)
    std::printf("would make and attach the tool %s\n", std::string{name}.c_str());
}

Task<void> fix(elevenlabs::Rest& rest, const AgentRepair& what, const Output& out, int& status) {
  const auto agent = co_await rest.fetch_agent(what.agent_id);
  if (!agent) {
    status = out.fail(agent.error());
    co_return;
  }
  const auto tools = co_await rest.fetch_tools(*agent);
  if (!tools) {
    status = out.fail(tools.error());
    co_return;
  }
  auto options = rest.settings().check;
  if (what.max_call_duration > 0) options.max_call_duration = seconds{what.max_call_duration};
  auto repair = plan_repair(*agent, *tools, options);
  const bool applies = !repair.found.findings.empty() && !what.dry_run;
  const Json report = report_of(what.agent_id, repair, applies);
  if (!out.json()) {
    if (repair.found.findings.empty())
      std::printf("The agent \"%s\" is as Otto needs it.\n", repair.found.name.c_str());
    for (const auto& finding : repair.found.findings) std::printf("%s\n", finding.sentence.c_str());
    if (what.dry_run) print_plan(what.agent_id, repair);
  }
  if (applies) {
    auto done = co_await carry_out(rest, what.agent_id, *agent, std::move(repair));
    if (!done) {
      status = out.fail(done.error());
      co_return;
    }
    if (!out.json()) std::printf("The agent is mended.\n");
  }
  if (out.json()) out.document(report);
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

int create_agent(const Config& config, const AgentSpec& spec, const Output& out) {
  return run_with_rest(config, [&](elevenlabs::Rest& rest, int& status) { return create(rest, spec, out, status); });
}

int fix_agent(const Config& config, const AgentRepair& what, const Output& out) {
  AgentRepair chosen = what;
  if (chosen.agent_id.empty()) chosen.agent_id = config.elevenlabs_agent_id;
  return run_with_rest(config, [&](elevenlabs::Rest& rest, int& status) { return fix(rest, chosen, out, status); });
}

}  // namespace otto::cli
