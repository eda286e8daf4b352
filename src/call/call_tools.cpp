// A call's tools: each tool call is answered exactly once and in time, and none is carried out twice. The conversation
// that has asked gets the answer; when it is gone, the answer is for nobody.
#include <algorithm>
#include <limits>
#include <utility>

#include "otto/audio/dtmf.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/call/tools.hpp"
#include "otto/model/tool.hpp"

#include "call.hpp"

namespace otto::call {

namespace {

/// Per conversation; an agent that goes beyond them is in a loop.
constexpr std::size_t kMaxToolCalls = 200, kMaxForwards = 4;
/// Bytes of a tool's name, parameters and answer that the call's facts keep for people.
constexpr std::size_t kMaxToldName = 100, kMaxTold = 500;
/// Keys are never taken back by an interruption: the system at the other end talks over everything.
constexpr std::int64_t kKeysEvent = std::numeric_limits<std::int64_t>::max();

std::string label_of(const std::string& tool) {
  const auto is_ours =
      std::ranges::any_of(call_tools(), [&](const ToolDefinition& known) { return known.name == tool; });
  return is_ours ? tool : "other";
}

}  // namespace

void Call::handle(const ports::AgentToolCall& call) {
  // Answered, or about to be: a second answer would be one too many.
  if (tool_calls_.contains(call.call_id)) return;
  if (tool_calls_.size() >= kMaxToolCalls) return answer_tool(call, "There have been too many tool calls.", true);
  tool_calls_.insert(call.call_id);
  const auto plan = plan_tool(call, ToolSituation{context_, deps_.tools.gate, deps_.tools.refusal, deps_.timers.now()});
  std::visit([&](const auto& asked) { do_tool(call, asked); }, plan);
}

void Call::answer_tool(const ports::AgentToolCall& call, std::string text, bool is_error) {
  const std::string result = is_error ? "error" : "ok";
  metrics::add("otto_tool_calls_total", {{"tool", label_of(call.tool)}, {"result", result}});
  log::info("call.tool", {{"attempt", context_.attempt.value}, {"tool", call.tool}, {"result", result}});
  report_tool(call.tool, dump_json(call.parameters), text, is_error);
  if (conversation_ && call.expects_response && !is_over())
    conversation_->send_tool_result(call.call_id, std::move(text), is_error);
}

void Call::report_tool(const std::string& tool, std::string asked, std::string_view answer, bool is_error) {
  auto used = make_trace(FactKind::ToolUsed);
  if (!used) return;
  used->reason = truncate_utf8(tool, kMaxToldName);
  if (asked != "{}") used->asked = truncate_utf8(asked, kMaxTold);
  used->evidence = truncate_utf8(answer, kMaxTold);
  used->is_error = is_error;
  reporter_.fact(std::move(*used));
}

void Call::do_tool(const ports::AgentToolCall& call, const ToolRefused& refused) {
  answer_tool(call, refused.sentence, true);
}

void Call::do_tool(const ports::AgentToolCall& call, const HangUpAsked&) {
  answer_tool(call, "The call ends now. Say nothing more.");
  farewell_until_ = now() + deps_.options.hang_up_grace;
  begin_drain();
}

void Call::do_tool(const ports::AgentToolCall& call, const OptOutAsked&) {
  opt_out("agent");
  answer_tool(call, "The number will not be called again. Confirm it, say goodbye and end the call.");
}

void Call::opt_out(std::string_view source) {
  if (std::exchange(opted_out_, true)) return;
  Fact fact = make_fact(FactKind::OptedOut);
  fact.reason = source;
  reporter_.fact(std::move(fact));
}

void Call::do_tool(const ports::AgentToolCall& call, const CallbackAsked& asked) {
  Fact fact = make_fact(FactKind::CallbackAgreed);
  fact.dedupe_key += ":" + call.call_id;  // the callee may change their mind
  fact.callback_at = asked.at;
  reporter_.fact(std::move(fact));
  answer_tool(call, asked.answer);
}

void Call::do_tool(const ports::AgentToolCall& call, const KeysAsked& asked) {
  const auto tones = audio::dtmf_ulaw(asked.keys);
  if (playout_.push(kKeysEvent, tones) == Pushed::Full) return answer_tool(call, "The line is busy; try again.", true);
  answer_tool(call, "The keys are being pressed.");
  play(now());
}

// ---- the campaign's webhook ---------------------------------------------------------------------------------------

void Call::do_tool(const ports::AgentToolCall& call, const ForwardAsked&) {
  const auto busy = [&] { answer_tool(call, "Too many tools are at work; try again when one has answered.", true); };
  if (forwards_.size() >= kMaxForwards || !deps_.tools.post) return busy();
  forwards_.emplace(call.call_id, Forward{call, now() + deps_.options.tool_limit});
  if (group_.spawn("tool", forward_tool(call))) return;
  forwards_.erase(call.call_id);
  busy();
}

Task<void> Call::forward_tool(ports::AgentToolCall call) {
  auto body = dump_json(tool_request(call, context_));
  auto answered = co_await deps_.tools.post(context_.settings.tool_webhook_url,
                                            context_.attempt.value + "_" + call.call_id, std::move(body));
  // Too late: it was answered at its deadline, or the conversation that asked is gone.
  if (forwards_.erase(call.call_id) == 0) co_return;
  auto [text, is_error] = read_tool_answer(answered);
  answer_tool(call, std::move(text), is_error);
}

void Call::progress_tools(SteadyPoint at) {
  for (auto waiting = forwards_.begin(); waiting != forwards_.end();) {
    if (at < waiting->second.until) {
      ++waiting;
      continue;
    }
    answer_tool(waiting->second.call, "The tool has not answered in time.", true);
    waiting = forwards_.erase(waiting);
  }
  progress_transfer(at);
}

// ---- transfer -----------------------------------------------------------------------------------------------------

void Call::do_tool(const ports::AgentToolCall& call, const TransferAsked& asked) {
  if (transfer_) return answer_tool(call, "The call is being transferred already.");
  if (context_.call.call_sid.empty()) return answer_tool(call, "The call cannot be transferred yet.", true);
  // Before the media ends, and the conversation with it.
  answer_tool(call, "The call is being transferred now. Say nothing more.");
  const auto at = now();
  transfer_.emplace(
      Transfer{asked.number, at + deps_.options.farewell_grace, at + deps_.options.transfer_limit, {}, {}});
}

/// The agent's announcement is heard to its end, or cut when it does not end.
void Call::progress_transfer(SteadyPoint at) {
  if (!transfer_ || transfer_->is_asked || is_over() || at < transfer_->not_before) return;
  const bool is_speaking = !playout_.empty() || playout_.is_playing(at);
  if (is_speaking && at < transfer_->not_after) return;
  transfer_->is_asked = true;
  group_.spawn("transfer", transfer());
}

/// The callee was promised somebody else. That the agent is done, or lost, changes nothing about it; without the media
/// it takes a line that has been asked already.
bool Call::leaves_end_to_transfer(EndReason reason, bool has_media) {
  if (!transfer_ || is_over() || (!has_media && !transfer_->is_asked)) return false;
  if (!transfer_->end_instead) transfer_->end_instead = reason;
  return true;
}

Task<void> Call::transfer() {
  ports::TransferRequest request;
  request.call_sid = context_.call.call_sid;
  request.attempt = context_.attempt;
  request.to = transfer_->number;
  request.from = context_.from;
  auto done = co_await deps_.line.transfer(std::move(request));
  const auto asked = std::exchange(transfer_, std::nullopt);
  if (is_over()) co_return;
  if (done) {
    Fact fact = make_fact(FactKind::Transferred);
    fact.reason = asked->number;
    reporter_.fact(std::move(fact));
    co_return end(EndReason::Transferred);
  }
  log::warn("call.transfer_failed", {{"attempt", context_.attempt.value}, {"error", done.error().detail}});
  if (asked->end_instead) co_return end(*asked->end_instead);
  if (conversation_)
    conversation_->send_context("The transfer has failed. Tell the customer, and go on with the call.");
}

}  // namespace otto::call
