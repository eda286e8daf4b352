#include "otto/dial/reconcile.hpp"

#include <algorithm>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/dial/dialer.hpp"

namespace otto::dial {

namespace {

constexpr seconds kSkew{5};            // the line's creation times are whole seconds of its own clock
constexpr seconds kAfterDeadline{60};  // a create may be accepted after we gave up
constexpr std::size_t kLooksAtOnce = 8;

Fact fact_at(FactKind kind, std::string key, TimePoint now) {
  Fact fact{kind};
  fact.dedupe_key = std::move(key);
  fact.at = now;
  return fact;
}

Fact fetched(const ports::LineCall& call, TimePoint now) {
  Fact fact = fact_at(FactKind::Fetched,
                      "fetched:" + call.call_sid + ":" + std::string{to_string(call.status)} + ":" +
                          std::to_string(call.duration_seconds.value_or(-1)),
                      now);
  fact.call_sid = call.call_sid;
  fact.status = call.status;
  fact.duration_seconds = call.duration_seconds;
  fact.answered_by = call.answered_by;
  if (is_final(call.status) && call.ended_at) fact.at = *call.ended_at;
  return fact;
}

/// The line has forgotten the call, or the account is another one, so nobody will report its end. The weakest report
/// there is: any other of the end counts instead. Whoever has answered is not called again for it.
Fact forgotten(const ports::AttemptContext& attempt, TimePoint now) {
  const CallState& call = attempt.call;
  Fact fact = fact_at(FactKind::Status, "forgotten:" + call.call_sid, now);
  fact.call_sid = call.call_sid;
  fact.status = call.answered_at ? LegStatus::Completed : LegStatus::Failed;
  if (call.answered_at) fact.at = std::min(now, *call.answered_at + attempt.settings.max_call_duration);
  fact.reason = "The line does not know this call any more, and nobody has reported how it ended.";
  return fact;
}

}  // namespace

std::vector<ports::LineCall> candidates(const ports::AttemptContext& attempt, std::span<const ports::LineCall> calls) {
  std::vector<ports::LineCall> found;
  const TimePoint first = attempt.sending_at - kSkew;
  const TimePoint last = attempt.sending_at + kSendDeadline + kAfterDeadline;
  for (const ports::LineCall& call : calls) {
    if (call.direction != "outbound-api" || call.to != attempt.contact.phone || call.from != attempt.from) continue;
    if (!call.created_at || *call.created_at < first || *call.created_at > last) continue;
    found.push_back(call);
  }
  std::ranges::sort(found, {}, [](const ports::LineCall& call) { return *call.created_at; });
  return found;
}

Reconciler::Reconciler(Deps deps, Options options) : deps_{std::move(deps)}, options_{options} {}

Task<void> Reconciler::run() {
  while (!stopping_) {
    auto lease = co_await deps_.store.leases.acquire("reconciler", deps_.instance, options_.lease);
    if (lease && *lease) {
      has_lost_lease_ = false;
      auto work = pass();
      auto keeping = keep_lease();
      co_await rt::first_of(std::move(work), std::move(keeping));
    }
    if (!stopping_) co_await deps_.timers.sleep_for(options_.interval);
  }
  std::ignore = co_await deps_.store.leases.release("reconciler", deps_.instance);
}

void Reconciler::stop() { stopping_ = true; }

/// A pass may wait for the line much longer than the lease lasts.
Task<void> Reconciler::keep_lease() {
  const milliseconds third = milliseconds{options_.lease} / 3;
  while (!has_lost_lease_ && co_await rt::rest(deps_.timers, third)) {
    auto lease = co_await deps_.store.leases.acquire("reconciler", deps_.instance, options_.lease);
    has_lost_lease_ = !lease || !*lease;
  }
}

Task<void> Reconciler::pass() {
  failpoint::pass("reconcile", "before_pass");
  const TimePoint now = deps_.timers.now();
  auto released = co_await deps_.store.attempts.release_abandoned_intents(now - options_.abandoned, now);
  if (released && *released > 0) log::info("reconcile.released", {{"attempts", *released}});
  auto unknown = co_await deps_.store.attempts.mark_overdue_unknown(now);
  if (unknown && *unknown > 0) log::warn("reconcile.unknown", {{"attempts", *unknown}});
  co_await resolve_unknown();
  co_await look_up_silent();
  co_await find_recordings();
  co_await read_analyses();
}

Task<void> Reconciler::each(const std::vector<ports::AttemptContext>& attempts, Look look) {
  std::function<Task<void>(std::size_t)> act = [&, look](std::size_t number) -> Task<void> {
    if (!is_over()) co_await (this->*look)(attempts[number]);
  };
  co_await rt::for_each(deps_.loop, "looks", attempts.size(), kLooksAtOnce, std::move(act));
}

Task<void> Reconciler::record(const AttemptId& attempt, Fact fact) {
  std::vector<Fact> facts;
  facts.push_back(std::move(fact));
  std::ignore = co_await deps_.recorder.record(attempt, std::move(facts));
}

// ---- attempts whose create had no usable answer ---------------------------------------------------------------------

bool Reconciler::due(const AttemptId& id) {
  Seen& seen = seen_[id];
  seen.is_listed = true;
  const SteadyPoint now = deps_.timers.steady();
  if (seen.next > now) return false;
  seen.wait = std::clamp(seen.wait * 2, options_.first_look, options_.rarest);
  seen.next = now + seen.wait;
  return true;
}

Task<void> Reconciler::resolve_unknown() {
  auto attempts = co_await deps_.store.attempts.unknown();
  if (!attempts) co_return;
  for (auto& [id, seen] : seen_) seen.is_listed = false;
  std::erase_if(*attempts, [this](const ports::AttemptContext& attempt) { return !due(attempt.attempt); });
  std::erase_if(seen_, [](const auto& entry) { return !entry.second.is_listed; });
  co_await each(*attempts, &Reconciler::resolve);
}

Task<void> Reconciler::resolve(const ports::AttemptContext& attempt) {
  auto calls = co_await deps_.line.list(attempt.contact.phone, attempt.from);
  const TimePoint now = deps_.timers.now();
  if (!calls) {
    log::warn("reconcile.list_failed", {{"attempt", attempt.attempt.value}, {"error", calls.error().detail}});
    co_return;
  }
  bool is_found = false;
  for (const ports::LineCall& call : candidates(attempt, *calls)) {
    // The first binds; a further one is a duplicate, which the recorder ends.
    auto owner = co_await deps_.store.attempts.find_by_call(call.call_sid);
    if (!owner) co_return;
    if (*owner && **owner != attempt.attempt) continue;  // of the contact's attempt before this one, say
    std::vector<Fact> facts;
    facts.push_back(fetched(call, now));
    const auto recorded = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
    const bool is_of_another = recorded && !recorded->journalled && recorded->after.call_sid.empty();
    is_found = is_found || !is_of_another;
  }
  if (is_found) co_return;

  Seen& seen = seen_[attempt.attempt];
  if (now >= attempt.sending_at + seconds{60}) ++seen.lists_after_minute;
  const int lists_needed = options_.settle >= seconds{300} ? 3 : 1;
  const bool settled = now >= attempt.sending_at + options_.settle &&
                       (seen.lists_after_minute >= lists_needed || options_.settle < seconds{60});
  if (!settled) co_return;
  Fact fact = fact_at(FactKind::NotPlaced, "not_placed", now);
  fact.reason = "no sign of a call was found within " + std::to_string(options_.settle.count()) + " s";
  co_await record(attempt.attempt, std::move(fact));
}

// ---- calls whose callbacks never came -------------------------------------------------------------------------------

Task<void> Reconciler::look_up_silent() {
  std::vector<AttemptId> talking;
  if (deps_.talking_here) talking = deps_.talking_here();
  auto attempts = co_await deps_.store.attempts.silent(deps_.timers.now() - options_.quiet, std::move(talking));
  if (attempts) co_await each(*attempts, &Reconciler::look_up);
}

Task<void> Reconciler::look_up(const ports::AttemptContext& attempt) {
  if (deps_.is_talking_here && deps_.is_talking_here(attempt.attempt)) co_return;  // since the list was read
  auto call = co_await deps_.line.fetch(attempt.call.call_sid);
  if (!call) {
    const Error why = call.error();
    co_return co_await not_fetched(attempt, why);
  }
  std::vector<Fact> facts;
  facts.push_back(fetched(*call, deps_.timers.now()));
  if (is_final(call->status) && attempt.settings.record_calls && attempt.call.recording_sid.empty()) {
    if (auto recording = co_await recording_of(attempt)) facts.push_back(std::move(*recording));
  }
  std::ignore = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
}

/// Without a sign of life it would stay at the list's front, and a hundred of its kind would hide all others.
Task<void> Reconciler::not_fetched(const ports::AttemptContext& attempt, Error why) {
  if (is_over()) co_return;
  log::warn("reconcile.fetch_failed", {{"attempt", attempt.attempt.value}, {"error", why.detail}});
  const TimePoint now = deps_.timers.now();
  const TimePoint last_end = attempt.sending_at + attempt.settings.max_call_duration + options_.settle;
  if (why.code == Errc::NotFound && now >= last_end)
    co_return co_await record(attempt.attempt, forgotten(attempt, now));
  std::vector<Fact> nothing;
  std::ignore = co_await deps_.store.attempts.record(attempt.attempt, std::move(nothing), now);
}

// ---- what comes after a call's end ----------------------------------------------------------------------------------

Task<std::optional<Fact>> Reconciler::recording_of(const ports::AttemptContext& attempt) {
  auto recordings = co_await deps_.line.recordings(attempt.call.call_sid);
  if (!recordings || recordings->empty()) co_return std::nullopt;
  const ports::LineRecording& recording = recordings->front();
  Fact fact = fact_at(FactKind::Recording, "recording:" + recording.sid + ":" + recording.status, deps_.timers.now());
  fact.call_sid = attempt.call.call_sid;
  fact.recording_sid = recording.sid;
  fact.recording_url = recording.url;
  fact.recording_status = recording.status;
  fact.recording_seconds = recording.duration_seconds;
  co_return fact;
}

Task<void> Reconciler::find_recordings() {
  auto attempts = co_await deps_.store.attempts.take_unrecorded(deps_.timers.now());
  if (attempts) co_await each(*attempts, &Reconciler::find_recording);
}

Task<void> Reconciler::find_recording(const ports::AttemptContext& attempt) {
  auto recording = co_await recording_of(attempt);
  if (recording) co_await record(attempt.attempt, std::move(*recording));
}

Task<void> Reconciler::read_analyses() {
  auto attempts = co_await deps_.store.attempts.take_unanalysed(deps_.timers.now());
  if (attempts) co_await each(*attempts, &Reconciler::read_analysis);
}

Task<void> Reconciler::read_analysis(const ports::AttemptContext& attempt) {
  auto details = co_await deps_.agent.fetch(attempt.call.conversation_id);
  if (!details || (details->status != "done" && details->status != "failed")) co_return;
  Fact fact = fact_at(FactKind::ConversationAnalysed, "analysed:" + attempt.call.conversation_id, deps_.timers.now());
  fact.conversation_id = attempt.call.conversation_id;
  fact.summary = details->summary;
  fact.reason = details->termination_reason;
  co_await record(attempt.attempt, std::move(fact));
}

}  // namespace otto::dial
