// An agent's configuration for outbound calls over our own line: the body that creates one, and what is wrong with one
// that exists. Pure. Formats and events cannot be set per conversation, so they must be right in the agent itself.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"
#include "otto/ports/agent.hpp"

namespace otto::elevenlabs {

struct AgentSpec {
  std::string name = "otto-outbound";
  std::string first_message, prompt;  ///< may hold {{customerName}} and the contact's other variables
  std::string language = "en";
  std::string llm, voice_id;       ///< empty: the provider's default
  std::string timezone;            ///< IANA; without it the agent does not know the date
  Variables placeholders;          ///< values for a contact that lacks a variable; used but unnamed ones get ""
  std::vector<std::string> tools;  ///< ids of client tools
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
/// `agent`: the answer of GET /v1/convai/agents/{id}.
ports::AgentCheck check_agent(const Json& agent, const CheckOptions& options);

}  // namespace otto::elevenlabs
