#include "otto/call/variables.hpp"

#include <string>

#include "otto/call/tools.hpp"

namespace otto::call {

Variables conversation_variables(const ports::AttemptContext& context) {
  Variables variables{
      {"customerName", context.contact.name},
      {"customerPhone", context.contact.phone},
      {"customerEmail", context.contact.email},
      {"campaignType", std::string{to_string(context.type)}},
      {"dealershipId", context.dealership_id.value_or("")},
      {"attemptNumber", std::to_string(context.contact.attempts)},
      {"callSid", context.call.call_sid},
      {"transferDestinations", transfer_destinations(context.settings)},
      {"reconnected", context.call.stream_started ? "true" : "false"},
  };
  variables.insert(context.contact.variables.begin(), context.contact.variables.end());
  return variables;
}

}  // namespace otto::call
