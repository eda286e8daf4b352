#include "otto/dial/reconcile.hpp"

#include <algorithm>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/dial/dialer.hpp"

namespace otto::dial {

namespace {

constexpr seconds kSkew{5};            // the line's creation times are whole seconds of its own clock
constexpr seconds kAfterDeadline{60};  // a create may be accepted after we gave up

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

Reconciler::Reconciler(Deps deps, Options options) : deps_{std::move(deps)}, options_{options}, wake_{deps_.loop} {}

Task<void> Reconciler::run() {
  while (!stopping_) {
    auto lease = co_await deps_.store.leases.acquire("reconciler", deps_.instance, options_.lease);
    if (lease && *lease) co_await pass();
    if (!stopping_) co_await deps_.timers.sleep_for(options_.interval);
  }
  std::ignore = co_await deps_.store.leases.release("reconciler", deps_.instance);
}

void Reconciler::stop() { stopping_ = true; }

Task<void> Reconciler::pass() {
  failpoint::pass("reconcile", "before_pass");
  const TimePoint now = deps_.timers.now();
  auto released = co_await deps_.store.attempts.release_abandoned_intents(now - options_.abandoned, now);
  if (released && *released > 0) log::info("reconcile.released", {{"attempts", *released}});
  auto unknown = co_await deps_.store.attempts.mark_overdue_unknown(now);
  if (unknown && *unknown > 0) log::warn("reconcile.unknown", {{"attempts", *unknown}});
  for (auto& [id, seen] : seen_) seen.is_listed = false;
  const bool has_unknown = co_await resolve_unknown();
  const bool has_silent = co_await look_up_silent();
  co_await find_recordings();
  const bool has_unanalysed = co_await read_analyses();
  // Who is in none of the lists any more needs no pacing; a list that did not come says nothing.
  if (has_unknown && has_silent && has_unanalysed)
    std::erase_if(seen_, [](const auto& entry) { return !entry.second.is_listed; });
}

bool Reconciler::due(const AttemptId& id) {
  Seen& seen = seen_[id];
  seen.is_listed = true;
  const SteadyPoint now = deps_.timers.steady();
  if (seen.next > now) return false;
  seen.wait = std::clamp(seen.wait * 2, options_.first_look, options_.rarest);
  seen.next = now + seen.wait;
  return true;
}

Task<bool> Reconciler::resolve_unknown() {
  auto attempts = co_await deps_.store.attempts.unknown();
  if (!attempts) co_return false;
  for (const ports::AttemptContext& attempt : *attempts) {
    if (stopping_) co_return false;
    if (due(attempt.attempt)) co_await resolve(attempt);
  }
  co_return true;
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
  std::vector<Fact> facts;
  facts.push_back(std::move(fact));
  std::ignore = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
}

Task<bool> Reconciler::look_up_silent() {
  auto attempts = co_await deps_.store.attempts.silent(deps_.timers.now() - options_.quiet);
  if (!attempts) co_return false;
  for (const ports::AttemptContext& attempt : *attempts) {
    if (stopping_) co_return false;
    const bool talking = deps_.is_talking_here && deps_.is_talking_here(attempt.attempt);
    if (talking || !due(attempt.attempt)) continue;
    auto call = co_await deps_.line.fetch(attempt.call.call_sid);
    if (!call) {
      log::warn("reconcile.fetch_failed", {{"attempt", attempt.attempt.value}, {"error", call.error().detail}});
      continue;
    }
    std::vector<Fact> facts;
    facts.push_back(fetched(*call, deps_.timers.now()));
    if (is_final(call->status) && attempt.settings.record_calls && attempt.call.recording_sid.empty()) {
      if (auto recording = co_await recording_of(attempt)) facts.push_back(std::move(*recording));
    }
    std::ignore = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
  }
  co_return true;
}

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
  if (!attempts) co_return;
  for (const ports::AttemptContext& attempt : *attempts) {
    if (stopping_) co_return;
    auto recording = co_await recording_of(attempt);
    if (!recording) continue;
    std::vector<Fact> facts;
    facts.push_back(std::move(*recording));
    std::ignore = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
  }
}

Task<bool> Reconciler::read_analyses() {
  auto attempts = co_await deps_.store.attempts.take_unanalysed(deps_.timers.now());
  if (!attempts) co_return false;
  for (const ports::AttemptContext& attempt : *attempts) {
    if (stopping_) co_return false;
    auto details = co_await deps_.agent.fetch(attempt.call.conversation_id);
    if (!details) continue;
    if (details->status != "done" && details->status != "failed") continue;
    Fact fact = fact_at(FactKind::ConversationAnalysed, "analysed:" + attempt.call.conversation_id, deps_.timers.now());
    fact.conversation_id = attempt.call.conversation_id;
    fact.summary = details->summary;
    fact.reason = details->termination_reason;
    std::vector<Fact> facts;
    facts.push_back(std::move(fact));
    std::ignore = co_await deps_.recorder.record(attempt.attempt, std::move(facts));
  }
  co_return true;
}

}  // namespace otto::dial
