// The workspace's tools, which agents name by id, and what the provider refuses in tools and agents: strictly, because
// a field that it ignored would look as if it had been set.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "otto/net/message.hpp"

namespace otto::sandbox {

class ToolStore {
 public:
  /// Holds the tools that default_agent() names.
  ToolStore();

  /// Any request to /v1/convai/tools or below; `id` is empty for the list itself. A new tool gets `new_id`.
  net::Response handle(const net::Request& request, const std::string& id, const std::string& new_id);
  bool has(const std::string& id) const { return tools_.contains(id); }
  /// Of the ids that an agent names, as one text: what its {{variables}} are looked for in.
  std::string texts_of(const Json& tool_ids) const;

 private:
  net::Response create(const net::Request& request, const std::string& id);
  net::Response resource(const net::Request& request, const std::string& id);
  std::map<std::string, Json> tools_;  ///< tool_config by id
};

/// The tools of Otto's that the demo's agent has: tool_config by id.
std::map<std::string, Json> default_tools();

/// What is wrong with a tool_config; empty: nothing.
std::string fault_of_tool(const Json& config);
/// What is wrong with the body of an agent's POST or PATCH; empty: nothing.
std::string fault_of_agent(const Json& body, const ToolStore& tools);

}  // namespace otto::sandbox
