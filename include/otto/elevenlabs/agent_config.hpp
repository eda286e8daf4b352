// An agent's configuration for outbound calls over our own line: the body that creates one, and what is wrong with one
// that exists. Pure. Formats and events cannot be set per conversation, so they must be right in the agent itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"
#include "otto/model/tool.hpp"
#include "otto/ports/agent.hpp"

namespace otto::elevenlabs {

struct AgentSpec {
  std::string name = "otto-outbound";
  std::string first_message, prompt;  ///< may hold {{customerName}} and the contact's other variables
  std::string language = "en";
  std::string llm, voice_id;       ///< empty: the provider's default
  std::string timezone;            ///< IANA; without it the agent does not know the date
  Variables placeholders;          ///< values for a contact that lacks a variable; used but unnamed ones get ""
  std::vector<std::string> tools;  ///< ids of the workspace's tools, ours among them
  seconds max_call_duration{600};
  int concurrency = -1;              ///< conversations at once; -1: the plan's limit
  std::string post_call_webhook_id;  ///< empty: none

  AgentSpec();  ///< a short polite default for first_message and prompt
};

/// The body of POST /v1/convai/agents/create.
Json make_agent_body(const AgentSpec& spec);

/// The names of the {{…}} in a text, without the provider's own (system__…), each once, in order.
std::vector<std::string> variables_in(std::string_view text);

struct CheckOptions {
  seconds max_call_duration{600};           ///< what campaigns expect to be possible
  std::vector<std::string> sent_variables;  ///< what every conversation starts with, whatever the contact has

  CheckOptions() = default;
};

/// A tool of the workspace that an agent's tool_ids name.
struct AgentTool {
  std::string id;
  Json config;  ///< tool_config; null: somebody has deleted it, and the agent names it still
};

/// One thing that is not as our calls need it.
struct Finding {
  std::string sentence;
  Json patch;           ///< what would mend it, as a merge patch; null: it needs more than that (missing_tools)
  std::string tool_id;  ///< the patch is for this tool's config; empty: for the agent
};
struct Examination {
  std::string name;
  AudioFormat output, input;
  std::vector<Finding> findings;
  std::vector<std::string_view> missing_tools;  ///< of ours, by name
};
/// `agent`: the answer of GET /v1/convai/agents/{id}; `tools`: those of its tool_ids. We send no overrides, so none
/// needs a permission.
Examination examine_agent(const Json& agent, const std::vector<AgentTool>& tools, const CheckOptions& options);
/// The same in sentences.
ports::AgentCheck check_agent(const Json& agent, const std::vector<AgentTool>& tools, const CheckOptions& options);

/// The agent's findings in one body for PATCH /v1/convai/agents/{id}; null when there is nothing to change in it.
Json agent_patch(const Examination& examination);

/// A tool_config for POST /v1/convai/tools: a client tool that Otto answers.
Json make_tool_config(const ToolDefinition& tool);

}  // namespace otto::elevenlabs
