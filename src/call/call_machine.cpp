// A call's answer to a machine: what the judge rules about it is carried out here.
#include <utility>

#include "otto/base/log.hpp"
#include "otto/call/template.hpp"
#include "otto/call/variables.hpp"

#include "call.hpp"

namespace otto::call {

namespace {
/// The agent reads it beside the screener's own words.
constexpr std::string_view kScreenerContext =
    "An automatic call screener has answered, not the customer. In one short sentence say who you are and why you are "
    "calling, as it asks. Then wait in silence until a person speaks, and only then begin the conversation.";
}  // namespace

void Call::machine(AnsweredBy verdict) {
  if (is_over()) return;
  if (phase_ == Phase::Expected) {
    early_verdict_ = verdict;
    return;
  }
  log::info("call.machine", {{"attempt", context_.attempt.value}, {"verdict", to_string(verdict)}});
  follow(judge_.verdict(verdict, dialog(), now()));
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
    auto text = render_template(context_.settings.voicemail_message, conversation_variables(context_));
    left = co_await say_on_line(std::move(text));
  } else {
    co_await hang_up_line();
  }
  report_machine(left ? MachineAction::LeaveMessage : MachineAction::HangUp);
}

}  // namespace otto::call
