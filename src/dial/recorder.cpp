#include "otto/dial/recorder.hpp"

#include <algorithm>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::dial {

namespace {

std::string sid_in(const std::vector<Fact>& facts) {
  for (const Fact& fact : facts) {
    if (!fact.call_sid.empty()) return fact.call_sid;
  }
  return {};
}

Task<void> wait_for(rt::Event& event) { std::ignore = co_await event.wait(); }

constexpr std::size_t kHungUpAtOnce = 16;
constexpr std::size_t kReplayedAtOnce = 50;
constexpr milliseconds kReplayPause{500};  // between two looks at the journal, and at a store that is away
constexpr int kLooksAround = 20;           // pauses between two looks for what others have left
/// What went wrong inside may go right the next time. A record that never does must not hold up all others.
constexpr int kRefusals = 5;

/// Whose a journal's record is, and what is in it.
std::pair<std::string, std::string> names_of(std::string_view text) {
  const auto record = read_journal_record(text);
  if (!record) return {"", "unreadable"};
  if (const auto* turns = std::get_if<JournalledTurns>(&*record)) return {turns->attempt.value, "turns"};
  const auto& facts = std::get<JournalledFacts>(*record);
  std::string kinds;
  for (const Fact& fact : facts.facts) kinds += (kinds.empty() ? "" : ", ") + std::string{to_string(fact.kind)};
  return {facts.attempt.value, kinds};
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

Recorder::Recorder(const Deps& deps) : deps_{deps}, group_{deps.loop, "recorder"} {}

Task<Result<ports::Recorded>> Recorder::record(AttemptId id, std::vector<Fact> facts) {
  const TimePoint now = deps_.timers.now();
  auto recorded = co_await record_at(id, facts, now);
  if (recorded || !is_away(recorded.error())) co_return recorded;
  auto kept = co_await deps_.journal.append(write_journal_record(JournalledFacts{id, std::move(facts), now}));
  if (!kept) {
    log::error("fact.not_journalled", {{"attempt", id.value}, {"error", kept.error().detail}});
    co_return recorded;
  }
  metrics::add("otto_journalled_total", {{"kind", "facts"}});
  ports::Recorded journalled;
  journalled.known = journalled.journalled = true;
  co_return journalled;
}

struct Recorder::Soon {
  explicit Soon(Loop& loop) : done{loop} {}
  std::optional<Result<ports::Recorded>> recorded;
  rt::Event done;
};

Task<Result<ports::Recorded>> Recorder::record_soon(AttemptId id, std::vector<Fact> facts, milliseconds patience) {
  // Shared: whoever asked may be gone when the store answers.
  auto soon = std::make_shared<Soon>(deps_.loop);
  if (!group_.spawn("record", record_into(soon, std::move(id), std::move(facts))))
    co_return Error{Errc::Closed, "The recorder has stopped."};
  auto done = wait_for(soon->done);
  auto limit = deps_.timers.sleep_for(patience);
  co_await rt::first_of(std::move(done), std::move(limit));
  if (soon->recorded) co_return *soon->recorded;
  ports::Recorded unknown;
  unknown.known = unknown.journalled = true;
  co_return unknown;
}

Task<void> Recorder::record_into(std::shared_ptr<Soon> soon, AttemptId id, std::vector<Fact> facts) {
  auto recorded = co_await record(id, facts);
  const bool is_kept = recorded || !is_away(recorded.error());
  soon->recorded.emplace(std::move(recorded));
  soon->done.set();
  if (!is_kept) co_await record_surely(std::move(id), std::move(facts));
}

Task<Result<ports::Recorded>> Recorder::record_at(AttemptId id, std::vector<Fact> facts, TimePoint received_at) {
  const std::string sid = sid_in(facts);
  auto recorded = co_await deps_.attempts.record(id, facts, received_at);
  if (!recorded) co_return recorded;
  if (!recorded->known) {
    log::warn("fact.unknown_attempt", {{"attempt", id.value}, {"call_sid", sid}});
    co_return recorded;
  }
  if (recorded->duplicate_call && !failpoint::is_broken("fence")) group_.spawn("end-duplicate", end_duplicate(id, sid));
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
  for (int refusals = 0;;) {
    auto recorded = co_await record(id, facts);
    if (recorded) co_return;
    if (!is_away(recorded.error()) && (recorded.error().code != Errc::Internal || ++refusals == kRefusals)) {
      // A SID that is bound to another attempt, say: trying again changes nothing.
      const TimePoint now = deps_.timers.now();
      const Error why = recorded.error();
      co_await give_up(write_journal_record(JournalledFacts{std::move(id), std::move(facts), now}), why);
      co_return;
    }
    log::warn("fact.not_stored", {{"attempt", id.value}, {"error", recorded.error().detail}});
    if (group_.stopping()) co_return;  // the reconciler finds out from the line's own records
    co_await deps_.timers.sleep_for(wait);
    wait = std::min(wait * 2, milliseconds{5000});
  }
}

/// A transcript is worth some tries; the recording and the agent's own copy remain.
Task<void> Recorder::save_turns(AttemptId id, std::vector<ports::Turn> turns, bool final) {
  for (ports::Turn& turn : turns) {
    turn.text = deps_.seal.close(turn.text);
    turn.original = deps_.seal.close(turn.original);
  }
  milliseconds wait{200};
  for (int tries = 0; tries < 5; ++tries) {
    auto saved = co_await deps_.attempts.save_turns(id, turns, final);
    if (saved) co_return;
    log::warn("transcript.not_stored", {{"attempt", id.value}, {"error", saved.error().detail}});
    if (!is_away(saved.error()) || !final) co_return;  // the later ones are written with the next turn
    auto kept = co_await deps_.journal.append(write_journal_record(JournalledTurns{id, turns}));
    if (kept) {
      metrics::add("otto_journalled_total", {{"kind", "turns"}});
      co_return;
    }
    co_await deps_.timers.sleep_for(wait);
    wait *= 3;
  }
  log::error("transcript.lost", {{"attempt", id.value}});
}

// ---- what the journal holds ---------------------------------------------------------------------------------------

Task<void> Recorder::replay() {
  for (int looks = 0; !replay_stops_; ++looks) {
    if (looks % kLooksAround == 0) co_await deps_.journal.look_around();
    auto records = co_await deps_.journal.oldest(kReplayedAtOnce);
    const std::size_t count = records ? records->size() : 0;
    if (count > 0) failpoint::pass("replay", "before_hand_over");
    const std::size_t done = count > 0 ? co_await hand_over_all(std::move(*records)) : 0;
    if (done > 0) {
      failpoint::pass("replay", "after_hand_over");
      std::ignore = co_await deps_.journal.drop(done);
      log::info("journal.replayed", {{"records", std::uint64_t{done}}, {"caught_up", is_caught_up()}});
    }
    if (done == 0 || done < count) co_await deps_.timers.sleep_for(kReplayPause);
  }
}

/// Up to the first that the store cannot take now. One that it refuses for good, or that cannot be read, is set aside:
/// it would hold up all others for ever.
Task<std::size_t> Recorder::hand_over_all(std::vector<std::string> records) {
  std::size_t done = 0;
  for (std::string& text : records) {
    auto record = read_journal_record(text);
    Result<void> handed = record ? Result<void>{} : Result<void>{record.error()};
    if (record) handed = co_await hand_over(std::move(*record));
    if (!handed) {
      const Error error = handed.error();
      if (is_away(error) || error.code == Errc::Closed) break;
      if (error.code == Errc::Internal && ++refusals_ < kRefusals) break;
      co_await give_up(std::move(text), error);
    }
    refusals_ = 0;
    ++done;
  }
  co_return done;
}

/// The log says whose record it is and of what kind; what it says of people stays on the disk.
Task<void> Recorder::give_up(std::string text, Error why) {
  const auto [attempt, kinds] = names_of(text);
  auto kept = co_await deps_.journal.set_aside(std::move(text));
  log::error("record.refused", {{"attempt", attempt},
                                {"kinds", kinds},
                                {"error", why.detail},
                                {"kept", kept ? "aside in the journal's directory" : kept.error().detail}});
}

Task<Result<void>> Recorder::hand_over(JournalRecord record) {
  if (auto* turns = std::get_if<JournalledTurns>(&record)) {
    auto saved = co_await deps_.attempts.save_turns(turns->attempt, std::move(turns->turns), true);
    co_return saved;
  }
  auto& facts = std::get<JournalledFacts>(record);
  auto recorded = co_await record_at(facts.attempt, std::move(facts.facts), facts.received_at);
  if (!recorded) co_return recorded.error();
  co_return Result<void>{};
}

// ---- what follows ---------------------------------------------------------------------------------------------------

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

void Recorder::end_calls(std::vector<std::string> call_sids) {
  group_.spawn("end-calls", hang_up_all(std::move(call_sids)));
}

Task<void> Recorder::hang_up_all(std::vector<std::string> call_sids) {
  std::function<Task<void>(std::size_t)> hang_up_one = [&](std::size_t number) { return hang_up(call_sids[number]); };
  co_await rt::for_each(deps_.loop, "hang-ups", call_sids.size(), kHungUpAtOnce, std::move(hang_up_one));
}

Task<void> Recorder::hang_up(const std::string& call_sid) {
  auto ended = co_await deps_.line.hang_up(call_sid);
  if (!ended) log::warn("call.not_hung_up", {{"call_sid", call_sid}, {"error", ended.error().detail}});
}

Task<void> Recorder::stop() {
  group_.stop();
  co_await group_.join();
}

}  // namespace otto::dial
