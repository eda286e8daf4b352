// What a tool call of the agent asks for, decided without doing anything. Pure. The agent is steered by what the callee
// says, so nothing here takes a number, an address or a time from it unchecked.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "otto/base/clock.hpp"
#include "otto/ports/agent.hpp"
#include "otto/ports/hook.hpp"
#include "otto/ports/store.hpp"

namespace otto::call {

struct HangUpAsked {};
struct OptOutAsked {};
struct CallbackAsked {
  TimePoint at;        ///< within calling hours
  std::string answer;  ///< tells the agent what was arranged
};
struct TransferAsked {
  std::string number;  ///< E.164, one of the campaign's
};
struct KeysAsked {
  std::string keys;
};
/// Not one of ours: the campaign's webhook knows it.
struct ForwardAsked {};
struct ToolRefused {
  std::string sentence;  ///< tells the agent why, and what it may do instead
};
using ToolPlan =
    std::variant<HangUpAsked, OptOutAsked, CallbackAsked, TransferAsked, KeysAsked, ForwardAsked, ToolRefused>;

/// When the contact may be called: dial's gate.
using CallingHoursGate = std::function<ports::GateVerdict(const Contact&, const CampaignSettings&, TimePoint)>;

/// A sentence that says why a number is not called; empty: it may be.
using DestinationGate = std::function<std::string(const std::string& e164)>;

struct ToolSituation {
  const ports::AttemptContext& context;
  const CallingHoursGate& gate;
  const DestinationGate& refusal;  ///< may be empty: all places
  TimePoint now;
};
ToolPlan plan_tool(const ports::AgentToolCall& call, const ToolSituation& situation);

/// The body of the campaign's tool webhook.
Json tool_request(const ports::AgentToolCall& call, const ports::AttemptContext& context);
/// What the webhook's answer tells the agent: its JSON as text, or a sentence about what is wrong with it.
struct ToolAnswer {
  std::string text;
  bool is_error = false;
};
ToolAnswer read_tool_answer(const Result<ports::HookAnswer>& answer);

/// "sales, service": the names that transfer_call takes.
std::string transfer_destinations(const CampaignSettings& settings);

}  // namespace otto::call
