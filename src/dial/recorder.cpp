#include "otto/dial/recorder.hpp"

#include <algorithm>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::dial {

namespace {

std::string sid_in(const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (!fact.call_sid.empty()) return fact.call_sid;
  }
  return {};
}

void tell(const AttemptId& id, const std::vector<Fact>& facts, const ports::Recorded& recorded) {
  for (const Fact& fact : facts)
    log::debug("fact", {{"attempt", id.value}, {"kind", to_string(fact.kind)}, {"fresh", recorded.fresh}});
  if (recorded.before.state == recorded.after.state) return;
  metrics::add("otto_calls_total", {{"status", std::string{to_string(recorded.after.state)}}});
  log::info("call.state", {{"attempt", id.value},
                           {"campaign", recorded.campaign.value},
                           {"call_sid", recorded.after.call_sid},
                           {"from_state", to_string(recorded.before.state)},
                           {"state", to_string(recorded.after.state)}});
  if (recorded.closed_now && recorded.after.outcome)
    metrics::add("otto_call_outcomes_total", {{"outcome", std::string{to_string(*recorded.after.outcome)}}});
}

}  // namespace

Recorder::Recorder(Deps deps) : deps_{deps}, group_{deps.loop, "recorder"} {}

Task<Result<ports::Recorded>> Recorder::record(AttemptId id, std::vector<Fact> facts) {
  const std::string sid = sid_in(facts);
  auto recorded = co_await deps_.attempts.record(id, facts, deps_.timers.now());
  if (!recorded) co_return recorded;
  if (!recorded->known) {
    log::warn("fact.unknown_attempt", {{"attempt", id.value}, {"call_sid", sid}});
    co_return recorded;
  }
  if (recorded->duplicate_call) group_.spawn("end-duplicate", end_duplicate(id, sid));
  // The opt-out came after the request had been sent, or from elsewhere while the phone rings.
  if (recorded->suppressed && recorded->fresh && is_open(recorded->after.state) && !recorded->after.answered_at &&
      !recorded->after.call_sid.empty())
    group_.spawn("end-suppressed", end_suppressed(id, recorded->after.call_sid));
  if (recorded->fresh) {
    tell(id, facts, *recorded);
    if (on_change) on_change(id, *recorded);
  }
  co_return recorded;
}

Task<void> Recorder::record_surely(AttemptId id, std::vector<Fact> facts) {
  milliseconds wait{100};
  for (;;) {
    auto recorded = co_await record(id, facts);
    if (recorded) co_return;
    const Errc why = recorded.error().code;
    if (why != Errc::DatabaseUnavailable && why != Errc::Overloaded) {
      // A SID that is bound to another attempt, say: trying again changes nothing.
      log::error("fact.refused", {{"attempt", id.value}, {"error", recorded.error().detail}});
      co_return;
    }
    log::warn("fact.not_stored", {{"attempt", id.value}, {"error", recorded.error().detail}});
    if (group_.stopping()) co_return;  // the reconciler finds out from the line's own records
    co_await deps_.timers.sleep_for(wait);
    wait = std::min(wait * 2, milliseconds{5000});
  }
}

Task<void> Recorder::end_duplicate(AttemptId id, std::string call_sid) {
  log::error("call.duplicate", {{"attempt", id.value},
                                {"call_sid", call_sid},
                                {"detail", "a second call for one attempt was found and is ended"}});
  auto ended = co_await deps_.line.hang_up(call_sid);
  if (!ended) log::error("call.duplicate_not_ended", {{"call_sid", call_sid}, {"error", ended.error().detail}});
}

Task<void> Recorder::end_suppressed(AttemptId id, std::string call_sid) {
  log::warn("call.suppressed", {{"attempt", id.value},
                                {"call_sid", call_sid},
                                {"detail", "the number is on the do-not-call list; the call is ended unanswered"}});
  auto ended = co_await deps_.line.hang_up(call_sid);
  if (!ended) log::error("call.suppressed_not_ended", {{"call_sid", call_sid}, {"error", ended.error().detail}});
}

Task<void> Recorder::stop() {
  group_.stop();
  co_await group_.join();
}

}  // namespace otto::dial
