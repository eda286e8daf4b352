#include "otto/call/tools.hpp"

#include <algorithm>

#include "otto/audio/dtmf.hpp"
#include "otto/base/text.hpp"
#include "otto/model/state.hpp"
#include "otto/phone/window.hpp"

namespace otto::call {

namespace {

constexpr minutes kSoonestCallback{1};
constexpr hours kLatestCallback{24 * 30};
constexpr std::size_t kMaxAnswer = 16'000;  // characters that an agent's model is given to read

/// In which the callee's words about time are meant: the first of several that the number may be in, and told with it.
std::string zone_of(const ports::AttemptContext& context) {
  const auto& fixed = context.settings.hours.timezone;
  if (fixed != "contact") return fixed;
  return context.contact.zones.empty() ? "UTC" : context.contact.zones.front();
}

std::string told(TimePoint time, const std::string& zone) {
  return phone::format_local_time(time, zone) + " (" + zone + ")";
}

ToolPlan plan_callback(const Json& parameters, const ToolSituation& situation) {
  const auto& context = situation.context;
  const std::string zone = zone_of(context);
  const std::string text{trim(text_at(parameters, "time"))};
  auto asked = parse_iso8601(text);
  if (!asked) asked = phone::parse_local_time(text, zone);
  if (!asked)
    return ToolRefused{"Give time as ISO 8601, such as 2026-12-01T15:30. It is now " + told(situation.now, zone) + "."};
  if (*asked < situation.now + kSoonestCallback)
    return ToolRefused{"That time has passed: it is now " + told(situation.now, zone) + "."};
  if (*asked > situation.now + kLatestCallback)
    return ToolRefused{"A callback can be arranged for the next 30 days only. It is now " + told(situation.now, zone) +
                       "."};
  if (!may_call_back(context.contact.attempts, context.settings))
    return ToolRefused{"There have been too many callbacks already; no further one can be arranged."};
  CallbackAsked plan{*asked, {}};
  const auto verdict = situation.gate(context.contact, context.settings, plan.at);
  if (!verdict.may_dial) plan.at = verdict.not_before;
  plan.answer = "The callback is arranged for " + told(plan.at, zone) + ".";
  if (!verdict.may_dial) plan.answer += " Calls are not allowed at the time asked for; tell the callee.";
  return plan;
}

ToolPlan plan_transfer(const Json& parameters, const ToolSituation& situation) {
  const auto& numbers = situation.context.settings.transfer_numbers;
  if (numbers.empty()) return ToolRefused{"Calls cannot be transferred in this campaign."};
  const std::string name{trim(text_at(parameters, "destination"))};
  auto chosen = std::ranges::find_if(numbers, [&](const auto& entry) { return iequals(entry.first, name); });
  if (name.empty() && numbers.size() == 1) chosen = numbers.begin();
  if (chosen == numbers.end())
    return ToolRefused{"The destination must be one of: " + transfer_destinations(situation.context.settings) + "."};
  // The settings were checked when they were given; what is allowed may have changed since.
  if (situation.refusal && !situation.refusal(chosen->second).empty())
    return ToolRefused{"Calls cannot be transferred to " + chosen->first + " at present."};
  return TransferAsked{chosen->second};
}

ToolPlan plan_keys(const Json& parameters) {
  const std::string keys{trim(text_at(parameters, "digits"))};
  if (audio::is_dtmf(keys)) return KeysAsked{keys};
  return ToolRefused{"Give digits as up to 64 of 0 to 9, *, #, A to D, w (half a second) and W (a second)."};
}

}  // namespace

ToolPlan plan_tool(const ports::AgentToolCall& call, const ToolSituation& situation) {
  if (call.tool == "hang_up") return HangUpAsked{};
  if (call.tool == "do_not_call") return OptOutAsked{};
  if (call.tool == "schedule_callback") return plan_callback(call.parameters, situation);
  if (call.tool == "transfer_call") return plan_transfer(call.parameters, situation);
  if (call.tool == "send_dtmf") return plan_keys(call.parameters);
  if (!situation.context.settings.tool_webhook_url.empty()) return ForwardAsked{};
  return ToolRefused{"There is no tool named " + std::string{truncate_utf8(call.tool, 60)} + " in this call."};
}

Json tool_request(const ports::AgentToolCall& call, const ports::AttemptContext& context) {
  const Contact& contact = context.contact;
  return Json{{"tool", call.tool},
              {"toolCallId", call.call_id},
              {"parameters", call.parameters},
              {"callId", context.attempt.value},
              {"callSid", context.call.call_sid},
              {"campaignId", context.campaign.value},
              {"campaignType", to_string(context.type)},
              {"contact",
               {{"row", contact.row},
                {"name", contact.name},
                {"phone", contact.phone},
                {"email", contact.email},
                {"variables", contact.variables}}}};
}

ToolAnswer read_tool_answer(const Result<ports::HookAnswer>& answer) {
  if (!answer) return {"The tool could not be reached: " + answer.error().detail, true};
  if (answer->status < 200 || answer->status > 299)
    return {"The tool failed with HTTP status " + std::to_string(answer->status) + ".", true};
  std::string text{trim(answer->body)};
  if (text.size() > kMaxAnswer) return {"The tool's answer is too long.", true};
  if (!parse_json(text)) return {"The tool's answer is not JSON.", true};
  return {std::move(text), false};
}

std::string transfer_destinations(const CampaignSettings& settings) {
  std::string names;
  for (const auto& [name, number] : settings.transfer_numbers) names += (names.empty() ? "" : ", ") + name;
  return names;
}

}  // namespace otto::call
