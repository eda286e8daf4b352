// <Dial>: the other number rings and talks as the scenario has it, and the action is told how it went.
#include <algorithm>

#include "otto/sandbox/phone_call.hpp"

namespace otto::sandbox {
namespace {

constexpr milliseconds kTalk{3000};  // of two people who have been put through
constexpr milliseconds kRefusal{800};

/// How the other end behaves: the status that the action is told, and when it is known.
struct Fate {
  std::string status = "completed";
  milliseconds ring{0};
};

Fate fate_of(const Plan& plan, int timeout_s) {
  const milliseconds timeout = seconds{timeout_s};
  switch (plan.persona) {
    case Persona::Busy:
      return {"busy", kRefusal};
    case Persona::Failed:
    case Persona::Rejects:
      return {"failed", kRefusal};
    case Persona::NoAnswer:
      return {"no-answer", timeout};
    default:
      return plan.ring > timeout ? Fate{"no-answer", timeout} : Fate{"completed", plan.ring};
  }
}

}  // namespace

/// `done`: what is returned decides; otherwise the document's next verb runs.
Task<std::optional<PhoneCall::Document>> PhoneCall::run_dial(const Verb& verb, bool& done) {
  const auto caller = verb.caller_id.empty() ? record_->request.from : verb.caller_id;
  if (!world_.identity.owns(caller)) {
    Json fields = {{"call", record_->sid}};
    world_.ledger.violate("twiml", 13214, "<Dial callerId=\"" + caller + "\"> is no number of this account",
                          std::move(fields));
  }
  DialedLeg leg;
  leg.sid = world_.ids.sid("CA");
  leg.number = verb.number;
  leg.caller_id = caller;
  const auto plan = plan_call(world_.scenario, verb.number, 0);
  auto fate = fate_of(plan, verb.seconds);
  co_await run_line(world_.scaled(fate.ring).count());
  if (interrupted()) fate.status = "canceled";
  if (fate.status == "completed") {
    const auto talk = std::min<milliseconds>(kTalk, seconds{verb.time_limit_s});
    const auto began = line_->ms();
    co_await run_line(world_.scaled(talk).count());
    leg.duration_s = static_cast<int>((line_->ms() - began + 999) / 1000);
  }
  leg.status = fate.status;
  record_->dialed.push_back(leg);
  Json line = {{"call", record_->sid}, {"number", leg.number}, {"status", leg.status}};
  world_.ledger.note("dial", std::move(line));
  if (!orders_.empty()) co_return std::nullopt;  // run_document takes the order
  done = !verb.action.empty() || interrupted();
  if (interrupted() || verb.action.empty()) co_return std::nullopt;
  std::vector<std::pair<int, std::string>> warnings;
  auto target = parse_target(verb.action, verb.action_method, warnings);
  if (!target) co_return std::nullopt;
  FormFields extra{{"DialCallStatus", leg.status}, {"DialCallSid", leg.sid}};
  if (leg.status == "completed") extra.emplace_back("DialCallDuration", std::to_string(leg.duration_s));
  co_return co_await fetch_document(std::move(*target), "dial-action", std::move(extra));
}

}  // namespace otto::sandbox
