// The tools that a call offers to its agent, whoever provides the agent. What they do is in call/.
#pragma once

#include <span>
#include <string_view>

namespace otto {

struct ToolDefinition {
  std::string_view name;
  std::string_view description;  ///< for the agent's model: when to use it, and what to say before
  std::string_view parameters;   ///< a JSON Schema object
};

/// hang_up, do_not_call, schedule_callback, transfer_call and send_dtmf.
std::span<const ToolDefinition> call_tools() noexcept;

}  // namespace otto
