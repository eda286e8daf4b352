// What our calls need of an agent, as the creating body and the check both use it.
#pragma once

#include <string_view>

#include "otto/base/json.hpp"

namespace otto::elevenlabs {

inline constexpr std::string_view kLineFormat = "ulaw_8000";  ///< passes through to the line without conversion

/// A client event, and what does not work without it; empty: only told for the record. An explicit list replaces the
/// provider's default one, and a missing event means that its feature silently does nothing.
struct WantedEvent {
  std::string_view name, loss;
};
inline constexpr WantedEvent kWantedEvents[] = {
    {"conversation_initiation_metadata", "no conversation can start"},
    {"ping", "a quiet connection looks dead"},
    {"audio", "the agent is silent"},
    {"interruption", "the callee cannot interrupt the agent"},
    {"user_transcript", "the callee's words are missing in the transcript"},
    {"agent_response", "the agent's words are missing in the transcript"},
    {"agent_response_correction", "the transcript keeps words that an interruption cut off"},
    {"client_tool_call", "tools are never called and the agent waits for them in vain"},
    {"agent_tool_request", ""},
    {"agent_tool_response", "the end of a call by the agent cannot be told from a lost connection"},
    {"agent_response_complete", ""},
    {"guardrail_triggered", ""},
    {"client_error", ""},
};
/// What is sent when the agent has no list of its own.
inline constexpr std::string_view kDefaultEvents[] = {"audio",
                                                      "interruption",
                                                      "agent_response",
                                                      "user_transcript",
                                                      "tentative_user_transcript",
                                                      "conversation_initiation_metadata",
                                                      "ping"};

/// Otto's tools answer within 15 s; the provider's default leaves them some air.
inline constexpr int kToolTimeout = 20, kLeastToolTimeout = 16;

/// One of the provider's own tools, as an agent's built_in_tools hold it.
Json make_system_tool(std::string_view name);

}  // namespace otto::elevenlabs
