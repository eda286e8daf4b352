// What the daemon does beside its rooms' own work: looks after itself, follows other instances, learns the plan, ends.
#include "app/daemon.hpp"

#include "otto/app/tuning.hpp"
#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/net/listeners.hpp"
#include "otto/rt/offload.hpp"

namespace otto::app {

namespace {

constexpr milliseconds kLoopProbe{500};
constexpr milliseconds kLookElsewhere{1000};
constexpr milliseconds kLookForSuccessor{100};
constexpr milliseconds kPlanPatience{3000};  // of the first dial, for the account's plan
constexpr seconds kMeasureBacklog{15};       // as often as metrics are usually read
constexpr minutes kAskPlanSoon{1};
constexpr hours kAskPlan{1};

}  // namespace

void Daemon::on_change(const AttemptId& attempt, const ports::Recorded& recorded) {
  if (recorded.told) events.wake();
  if (!recorded.closed_now) return;
  if (traces && !recorded.after.call_sid.empty()) traces->call_ended(recorded.after.call_sid);
  calls.drop(attempt);
  engine.wake(recorded.campaign);
  hooks.wake();
}

void Daemon::add_health_checks() {
  health.add("database", true, seconds{10}, [this]() -> Task<Result<std::string>> {
    auto trip = co_await store.ping();
    if (!trip) co_return trip.error();
    co_return "answers in " + std::to_string(trip->count()) + " ms";
  });
  health.add("twilio", false, seconds{60}, [this] { return line->check(); });
  health.add("elevenlabs", false, seconds{60}, [this]() -> Task<Result<std::string>> {
    auto check = co_await agent->check(config.elevenlabs_agent_id, ports::AgentNeeds{});
    if (!check) co_return check.error();
    if (check->problems.empty()) co_return "agent \"" + check->name + "\"";
    // All of them: one that is put up with must not hide a new one.
    std::string told = "agent \"" + check->name + "\":";
    for (const std::string& problem : check->problems) told += " " + problem;
    co_return Error{Errc::Config, std::move(told)};
  });
  health.add("googleSheets", false, seconds{300}, [this] { return sheets.sheet->check(); });
}

/// One try: they are a report for people, and the histograms have them.
Task<void> Daemon::save_figures(AttemptId attempt, ports::CallFigures figures) {
  auto saved = co_await store.attempts.save_figures(attempt, std::move(figures));
  if (!saved) log::warn("figures.not_stored", {{"attempt", attempt.value}, {"error", saved.error().detail}});
}

/// How late the loop is: whatever blocks it makes every call stutter.
Task<void> Daemon::probe_loop() {
  while (!tasks.stopping()) {
    const SteadyPoint due = timers.steady() + kLoopProbe;
    co_await timers.sleep_until(due);
    if (tasks.stopping()) break;
    const auto late = timers.steady() - due;
    metrics::observe("otto_loop_lag_seconds", std::chrono::duration<double>(late).count());
    if (late > milliseconds{100})
      log::warn("loop.late", {{"ms", std::int64_t{std::chrono::duration_cast<milliseconds>(late).count()}}});
  }
}

/// What waits in the database, for the metrics; while it is away the figures stay as they were.
Task<void> Daemon::measure_backlog() {
  while (!tasks.stopping()) {
    const auto backlog = co_await database->views().backlog(timers.now());
    metrics::set("otto_database_up", backlog ? 1 : 0);
    if (backlog) {
      metrics::set("otto_events_waiting", static_cast<double>(backlog->events));
      metrics::set("otto_dead_letters", static_cast<double>(backlog->dead_letters));
      metrics::set("otto_sheet_rows_waiting", static_cast<double>(backlog->sheet_rows));
      metrics::set("otto_campaign_lag_seconds", std::chrono::duration<double>(backlog->campaign_lag).count());
    }
    if (tasks.stopping()) break;  // a stop ends a wait that is under way, not one that begins after it
    co_await timers.sleep_for(kMeasureBacklog);
  }
}

/// Callbacks go to any instance: what one has recorded about a call that is carried here is found in the store.
Task<void> Daemon::follow_other_instances() {
  while (!tasks.stopping()) {
    co_await timers.sleep_for(kLookElsewhere);
    std::vector<AttemptId> ids;
    for (const call::LiveCall& call : calls.live()) ids.push_back(call.attempt);
    if (ids.empty()) continue;
    const auto seen = co_await store.attempts.look_at(std::move(ids));
    if (!seen) continue;  // while the database is away
    for (const ports::Sighting& sighting : *seen) {
      if (sighting.is_closed) calls.drop(sighting.attempt);
      if (sighting.streamed_by != instance.value) calls.leave(sighting.attempt, sighting.streams);
      if (sighting.verdict) calls.on_machine(sighting.attempt, *sighting.verdict);
    }
  }
}

Task<bool> Daemon::is_elsewhere(AttemptId attempt) {
  std::vector<AttemptId> ids{std::move(attempt)};
  const auto seen = co_await store.attempts.look_at(std::move(ids));
  co_return seen && !seen->empty() && seen->front().streams > 0 && seen->front().streamed_by != instance.value;
}

/// Keeps the port until somebody else listens on it: the process that follows this one takes all new connections, and
/// without one the callbacks of the calls that run out are still heard.
Task<void> Daemon::leave_port() {
  while (!tasks.stopping()) {
    auto others = co_await rt::offload(workers, [this] { return net::listeners_on(server.port()); });
    if (others > 1) {
      log::info("drain.port_left", {{"connections", std::uint64_t{server.connections()}}});
      co_return server.stop_listening();
    }
    co_await timers.sleep_for(kLookForSuccessor);
  }
}

/// How many calls at once: what is set, else what the account's plan includes.
Task<void> Daemon::learn_limit() {
  if (config.max_conversations > 0) co_return;
  const auto most = co_await agent->max_conversations();
  if (most && *most != engine.max_conversations()) {
    engine.limit_conversations(*most);
    log::info("agent.limit",
              {{"conversations", *most}, {"source", "the plan; ELEVENLABS_MAX_CONVERSATIONS overrides"}});
  }
  if (!most && (!no_limit || no_limit->detail != most.error().detail))
    log::warn("agent.limit_unknown",
              {{"error", most.error().detail},
               {"conversations", engine.max_conversations()},
               {"detail", "0: no limit of ours; set ELEVENLABS_MAX_CONVERSATIONS to what the subscription allows"}});
  no_limit = most ? std::nullopt : std::optional{most.error()};
}

/// Waits a moment for the limit, so that a daemon that comes back among live calls does not go beyond it.
Task<void> Daemon::run_engine() {
  auto learned = learn_limit();
  auto patience = timers.sleep_for(kPlanPatience);
  co_await rt::first_of(std::move(learned), std::move(patience));
  co_await engine.run();
}

/// Plans change, and the provider may have been away at the start.
Task<void> Daemon::follow_plan() {
  if (config.max_conversations > 0) co_return;
  while (!tasks.stopping()) {
    const bool is_refused = no_limit && (no_limit->code == Errc::NotFound || no_limit->code == Errc::Unauthorized ||
                                         no_limit->code == Errc::Forbidden);
    const bool is_settled = engine.max_conversations() > 0 || is_refused;
    co_await timers.sleep_for(is_settled ? kAskPlan : kAskPlanSoon);
    co_await learn_limit();
  }
}

/// Work is refused first, then calls run out, then what carried them goes, the database last.
Task<void> Daemon::stop() {
  draining = true;
  log::info("drain.begin", {{"calls", std::uint64_t{calls.size()}}});
  failpoint::pass("drain", "begin");
  tasks.spawn("port", leave_port());
  engine.stop();
  co_await dialing.join();  // a create under way is never cut: at most its own 12 s
  failpoint::pass("drain", "dialing_ended");
  co_await calls.drain(config.drain);
  failpoint::pass("drain", "calls_ended");
  sheet_sync.stop();
  if (traces) traces->stop();
  co_await syncing.join();
  reconciler.stop();
  hooks.stop();
  events.stop();
  co_await health.stop();
  recorder.stop_replay();
  tasks.stop();
  co_await tasks.join();
  co_await server.stop();
  co_await recorder.stop();
  failpoint::pass("drain", "before_database_stop");
  co_await database->stop();
  log::info("drain.end");
}

}  // namespace otto::app
