// ElevenLabs' REST interface, as far as outbound calls need it. GETs are tried twice within their deadline (408, 5xx, a
// busy service, no connection), POSTs once. Errors: errors.hpp's, TimedOut, ConnectFailed, ConnectionLost, and
// ProviderUnavailable for an answer that is not what was asked for.
#pragma once

#include <string>
#include <string_view>

#include "otto/elevenlabs/record.hpp"
#include "otto/elevenlabs/settings.hpp"
#include "otto/elevenlabs/subscription.hpp"
#include "otto/net/message.hpp"
#include "otto/rt/task.hpp"
#include "otto/rt/time.hpp"

namespace otto::elevenlabs {

class Rest {
 public:
  /// Borrows `timers`.
  Rest(Settings settings, rt::Timers& timers);

  /// A single-use URL for one conversation, with the conversation's id in its query.
  Task<Result<std::string>> fetch_signed_url(std::string agent_id);
  Task<Result<Json>> fetch_agent(std::string agent_id);
  Task<Result<ConversationRecord>> fetch_conversation(std::string conversation_id);
  /// The tools of the agent's tool_ids, in order.
  Task<Result<std::vector<AgentTool>>> fetch_tools(Json agent);
  /// The new agent's id. Not repeatable: a lost answer may leave an agent behind, which costs nothing.
  Task<Result<std::string>> create_outbound_agent(AgentSpec spec);
  Task<Result<void>> update_agent(std::string agent_id, Json patch);
  /// The ids of Otto's tools of these names: those that the workspace has already and that are as we would make them,
  /// new ones for the others.
  Task<Result<std::vector<std::string>>> provide_tools(std::vector<std::string_view> names);
  /// Replaces the tool's configuration.
  Task<Result<void>> update_tool(std::string tool_id, Json config);

  Task<Result<Subscription>> fetch_subscription();

  /// The text spoken by a voice, as 8 kHz µ-law; an empty model leaves the choice to ElevenLabs. Not repeated: it
  /// costs.
  Task<Result<std::string>> fetch_speech(std::string voice_id, std::string model_id, std::string text);

  const Settings& settings() const noexcept { return settings_; }

 private:
  struct Attempt;
  Task<Result<Json>> get_object(std::string path, std::string subject);
  Task<Result<std::string>> create_tool(Json config);
  Task<Result<std::string>> get(std::string path, milliseconds budget, std::string subject);
  Task<Attempt> send(std::string method, std::string path, std::string body, milliseconds timeout, std::string subject);

  Settings settings_;
  rt::Timers& timers_;
};

}  // namespace otto::elevenlabs
