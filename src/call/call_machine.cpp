// A call's answer to a machine: what the judge rules about it is carried out here.
#include <utility>

#include "otto/base/log.hpp"
#include "otto/call/voicemail.hpp"

#include "call.hpp"

namespace otto::call {

namespace {
/// The agent reads it beside the screener's own words.
constexpr std::string_view kScreenerContext =
    "An automatic call screener has answered, not the customer. In one short sentence say who you are and why you are "
    "calling, as it asks. Then wait in silence until a person speaks, and only then begin the conversation.";

Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }
}  // namespace

void Call::machine(AnsweredBy verdict) {
  if (is_over()) return;
  if (phase_ == Phase::Expected) {
    early_verdict_ = verdict;
    return;
  }
  if (std::exchange(verdict_, verdict) == verdict) return;  // told by the callback and by the store
  log::info("call.machine", {{"attempt", context_.attempt.value}, {"verdict", to_string(verdict)}});
  follow(judge_.verdict(verdict, dialog(), now()));
  if (judge_.is_waiting()) look_soon();
}

void Call::follow(const AnswerRuling& ruling) {
  if (ruling.no_person) transcript_.discount_user();
  if (ruling.greeting != Greeting::None) {
    Fact fact = make_fact(FactKind::GreetingHeard);
    fact.reason = to_string(ruling.greeting);
    fact.dedupe_key += ":" + fact.reason;
    fact.evidence = ruling.evidence;
    reporter_.fact(std::move(fact));
    if (ruling.greeting == Greeting::Screening && ruling.action == MachineAction::Ignore && conversation_)
      conversation_->send_context(std::string{kScreenerContext});
  }
  if (ruling.greeting == Greeting::None && ruling.action == MachineAction::Ignore) return;
  log::info("call.answerer", {{"attempt", context_.attempt.value},
                              {"greeting", to_string(ruling.greeting)},
                              {"action", to_string(ruling.action)}});
  if (ruling.action == MachineAction::Ignore) return;
  ruling_ = ruling;
  if (ruling.action != MachineAction::LetTalk) return end(EndReason::Machine);
  report_machine(ruling.action);
}

void Call::report_machine(MachineAction done) {
  Fact fact = make_fact(FactKind::MachineHandled);
  fact.reason = to_string(done);
  fact.answered_by = ruling_.answered_by;
  fact.evidence = ruling_.evidence;
  reporter_.fact(std::move(fact));
}

Task<void> Call::act_on_machine() {
  bool left = false;
  if (ruling_.action == MachineAction::LeaveMessage) {
    left = co_await leave_message();
  } else {
    co_await hang_up_line();
  }
  report_machine(left ? MachineAction::LeaveMessage : MachineAction::HangUp);
}

Task<void> Call::render_message() {
  const auto clip = co_await deps_.speeches->get(deps_.agent_of(context_), voicemail_text(context_));
  if (!clip)
    log::warn("call.message_not_rendered", {{"attempt", context_.attempt.value}, {"error", clip.error().detail}});
  message_rendered_.set();
}

/// Whatever goes wrong with the agent's voice, the line's is there.
Task<bool> Call::leave_message() {
  if (deps_.speeches && wants_agent_voice(context_.settings)) {
    auto rendered = wait_for(message_rendered_);
    auto patience = deps_.timers.sleep_for(deps_.options.voicemail.patience);
    co_await rt::first_of(std::move(rendered), std::move(patience));
    if (deps_.speeches->find(deps_.agent_of(context_), voicemail_text(context_))) {
      const auto played =
          co_await deps_.line.play_and_hang_up(context_.call.call_sid, deps_.options.voicemail.url(context_.attempt));
      if (played) co_return true;
      if (played.error().code == Errc::NotFound) co_return false;  // it has ended meanwhile
      log::warn("call.play_failed", {{"attempt", context_.attempt.value}, {"error", played.error().detail}});
    }
  }
  const bool said = co_await say_on_line(voicemail_text(context_));
  co_return said;
}

}  // namespace otto::call
