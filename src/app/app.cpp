#include "otto/app/app.hpp"

#include <algorithm>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <random>

#include "otto/api/answers.hpp"
#include "otto/api/front.hpp"
#include "otto/api/routes.hpp"
#include "otto/app/hook_sender.hpp"
#include "otto/app/providers.hpp"
#include "otto/app/tuning.hpp"
#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/call/calls.hpp"
#include "otto/campaign/engine.hpp"
#include "otto/campaign/sheet_sync.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/dial/dialer.hpp"
#include "otto/dial/gate.hpp"
#include "otto/dial/reconcile.hpp"
#include "otto/dial/recorder.hpp"
#include "otto/elevenlabs/agent.hpp"
#include "otto/elevenlabs/speech.hpp"
#include "otto/hooks/dispatcher.hpp"
#include "otto/hooks/event_dispatcher.hpp"
#include "otto/hooks/signature.hpp"
#include "otto/net/http_client.hpp"
#include "otto/net/http_server.hpp"
#include "otto/net/listeners.hpp"
#include "otto/net/router.hpp"
#include "otto/ops/health.hpp"
#include "otto/rt/offload.hpp"
#include "otto/rt/persist.hpp"
#include "otto/sheets/service_account.hpp"
#include "otto/store/database.hpp"
#include "otto/store/migrate.hpp"
#include "otto/twilio/line.hpp"
#include "otto/twilio/recordings.hpp"

namespace otto::app {

namespace {

constexpr milliseconds kLoopProbe{500};
constexpr milliseconds kLookElsewhere{1000};
constexpr milliseconds kLookForSuccessor{100};
constexpr milliseconds kPlanPatience{3000};  // of the first dial, for the account's plan
constexpr minutes kAskPlanSoon{1};
constexpr hours kAskPlan{1};

store::Options store_options(const Config& config) {
  store::Options options;
  options.url = config.database_url;
  return options;
}

/// The dashboard's page; none while the dashboard is off.
std::optional<api::StaticFiles> page_files(const Config& config) {
  if (config.dashboard_password.empty() && config.dashboard_view_password.empty()) return std::nullopt;
  std::vector<std::string> places{config.web_dir};
  if (config.web_dir.empty()) {
    std::error_code ec;
    places = {std::filesystem::read_symlink("/proc/self/exe", ec).parent_path() / "web", "/usr/share/otto/web"};
  }
  std::string why;
  for (const std::string& place : places) {
    auto files = api::StaticFiles::read(place);
    if (files) return std::move(*files);
    why += (why.empty() ? "" : "; ") + files.error().detail;
  }
  log::warn("dashboard.no_page", {{"why", why}});
  return std::nullopt;
}

/// Members in the order in which they are built; destroyed, and so allowed to refer to each other, in reverse.
struct Daemon {
  Daemon(const Config& c, Loop& l, std::unique_ptr<ports::Journal> j);

  Task<void> stop();
  Task<void> probe_loop();
  Task<void> follow_other_instances();
  Task<void> leave_port();
  Task<void> learn_limit();
  Task<void> run_engine();
  Task<void> follow_plan();
  Task<void> save_figures(AttemptId attempt, ports::CallFigures figures);
  void add_health_checks();
  bool is_talking(const AttemptId& attempt) const;
  void on_change(const AttemptId& attempt, const ports::Recorded& recorded);

  const Config& config;
  Loop& loop;
  rt::RealTimers timers;
  InstanceId instance{make_uuid_v7()};
  bool draining = false;
  std::optional<Error> no_limit;  ///< why the account's plan does not say how many conversations it includes
  boost::asio::thread_pool workers{1};
  std::mt19937_64 dice{std::random_device{}()};  ///< jitter only

  std::unique_ptr<ports::Journal> journal;
  std::unique_ptr<store::Database> database;
  ports::Store store;
  std::unique_ptr<ports::Line> line;
  std::unique_ptr<ports::Agent> agent;
  std::unique_ptr<ports::Speech> speech;
  Sheets sheets;
  std::unique_ptr<ports::HookSender> hook_sender;
  dial::Recorder recorder;
  call::Calls calls;
  dial::Dialer dialer;
  campaign::Engine engine;
  campaign::SheetSync sheet_sync;
  dial::Reconciler reconciler;
  hooks::Dispatcher hooks;
  hooks::EventDispatcher events;
  ops::Health health;
  rt::Group dialing{loop, "dialing"};  ///< ends by itself once the engine is told to stop
  rt::Group syncing{loop, "sheets"};   ///< goes on while calls run out, so that their ends are written
  rt::Group tasks{loop, "app"};        ///< ends by cancellation
  api::StreamTokens tokens;
  api::Doors doors;
  std::optional<api::StaticFiles> files;
  std::unique_ptr<ports::Recordings> recordings;
  api::LiveFeed feed;
  api::Deps deps;
  net::Router router;
  api::Front front;
  net::HttpServer server;
};

call::Recorder reports_of(Daemon& daemon) {
  call::Recorder reports;
  reports.facts = [&daemon](AttemptId attempt, std::vector<Fact> facts) {
    return daemon.recorder.record_surely(std::move(attempt), std::move(facts));
  };
  reports.turns = [&daemon](AttemptId attempt, std::vector<ports::Turn> turns, bool final) {
    return daemon.recorder.save_turns(std::move(attempt), std::move(turns), final);
  };
  reports.figures = [&daemon](AttemptId attempt, ports::CallFigures figures) {
    return daemon.save_figures(std::move(attempt), std::move(figures));
  };
  return reports;
}

call::CallOptions call_options(Daemon& daemon) {
  call::CallOptions options;
  options.agent_id = daemon.config.elevenlabs_agent_id;
  options.voicemail.speech = daemon.speech.get();
  options.voicemail.url = [&daemon](const AttemptId& attempt) {
    return daemon.config.base_url + std::string{api::kVoicemailPath} +
           api::voicemail_name(daemon.tokens, attempt, daemon.timers.now());
  };
  return options;
}

/// The key that signs outgoing webhooks; without a secret of its own it follows from the first API key.
Result<std::string> webhook_key(const Config& config) {
  if (config.webhook_secret.empty()) return hooks::signing_key(hooks::derived_secret(config.api_keys.front()));
  return hooks::signing_key(config.webhook_secret);
}

call::ToolDoors tool_doors(Daemon& daemon) {
  call::ToolDoors doors;
  doors.post = [&daemon, key = webhook_key(daemon.config).value()](std::string url, std::string id, std::string body) {
    return daemon.hook_sender->post(
        hooks::signed_request(key, std::move(url), std::move(id), daemon.timers.now(), std::move(body)));
  };
  doors.gate = dial::may_dial;
  return doors;
}

campaign::Engine::Options engine_options(Daemon& daemon) {
  const Config& config = daemon.config;
  campaign::Engine::Options options;
  options.may_take_calls = [&daemon] { return daemon.recorder.is_caught_up(); };
  options.callers = config.twilio_outbound_numbers;
  options.calls_per_second = config.twilio_calls_per_second;
  options.agent_id = config.elevenlabs_agent_id;
  options.limits.calls_per_number = config.calls_per_number_per_day;
  options.max_conversations = config.max_conversations;
  options.max_calls = config.max_calls;
  options.lease = tuning.lease;
  options.poll = tuning.poll;
  return options;
}

dial::Reconciler::Options reconciler_options(const Config& config) {
  dial::Reconciler::Options options;
  options.settle = config.unknown_settle;
  options.lease = tuning.reconciler_lease;
  options.interval = tuning.reconcile_every;
  options.abandoned = tuning.abandoned;
  options.quiet = tuning.quiet;
  options.first_look = tuning.first_look;
  options.rarest = tuning.rarest;
  return options;
}

hooks::Dispatcher::Options hook_options(const Config& config) {
  hooks::Dispatcher::Options options;
  options.key = webhook_key(config).value();  // serve() has looked at it
  return options;
}

campaign::SheetSync::Deps sheet_deps(Daemon& daemon) {
  return {daemon.loop,
          daemon.timers,
          daemon.store,
          *daemon.sheets.sheet,
          daemon.sheets.writer,
          daemon.workers,
          daemon.instance,
          [&daemon](const CampaignId& id) { daemon.engine.wake(id); },
          [&daemon](std::vector<std::string> sids) { daemon.recorder.end_calls(std::move(sids)); },
          [&daemon] { return std::uniform_real_distribution<double>{}(daemon.dice); }};
}

hooks::Dispatcher::Deps hook_deps(Daemon& daemon) {
  return {daemon.loop,
          daemon.timers,
          daemon.store.hooks,
          daemon.store.campaigns,
          *daemon.hook_sender,
          [&daemon](const ports::CampaignResults& results) {
            return api::campaign_results(results, 0, daemon.config.base_url);
          },
          [&daemon] { return std::uniform_real_distribution<double>{}(daemon.dice); }};
}

hooks::EventDispatcher::Options event_options(const Config& config) {
  hooks::EventDispatcher::Options options;
  options.key = webhook_key(config).value();
  options.hold = tuning.event_hold;
  return options;
}

Daemon::Daemon(const Config& c, Loop& l, std::unique_ptr<ports::Journal> j)
    : config{c},
      loop{l},
      journal{std::move(j)},
      database{store::make_database(loop, store_options(c))},
      store{database->store()},
      line{twilio::make_line(line_settings(c), timers)},
      agent{elevenlabs::make_agent(agent_settings(c), loop, timers)},
      speech{elevenlabs::make_speech(agent_settings(c), timers)},
      sheets{make_sheets(c, loop, timers, &workers).value()},  // serve() has looked at the credentials
      hook_sender{make_hook_sender(c.callback_hosts)},
      recorder{{loop, timers, store.attempts, *line, *journal}},
      calls{loop, timers, *line, *agent, reports_of(*this), call_options(*this), tool_doors(*this)},
      dialer{{timers, store.attempts, *line, recorder,
              [this](const ports::AttemptContext& context) { calls.expect(context); }, tuning.create_deadline}},
      engine{{loop, timers, store, dialer, *agent, instance}, engine_options(*this)},
      sheet_sync{sheet_deps(*this), campaign::SheetSync::Options{}},
      reconciler{{loop, timers, store, *line, *agent, recorder, instance,
                  [this](const AttemptId& attempt) { return is_talking(attempt); }},
                 reconciler_options(c)},
      hooks{hook_deps(*this), hook_options(c)},
      events{
          {loop, timers, store.events, *hook_sender, [this] { return std::uniform_real_distribution<double>{}(dice); }},
          event_options(c)},
      health{loop, timers},
      tokens{crypto::hmac_sha256(c.twilio_auth_tokens.front(), "otto-stream-token")},
      doors{c, timers, database->sessions()},
      files{page_files(c)},
      recordings{twilio::make_recordings(line_settings(c))},
      feed{{loop, timers, database->views(), doors, [this](const AttemptId& id) { return calls.carries(id); }},
           api::LiveFeed::Options{}},
      deps{config,        loop,
           timers,        store,
           *sheets.sheet, *line,
           *agent,        recorder,
           calls,         engine,
           health,        tokens,
           doors,         database->views(),
           feed,          *recordings,
           workers,       [this] { return draining; },
           timers.now(),  sheets.writer != nullptr,
           instance,      files ? &*files : nullptr},
      router{api::make_routes(deps)},
      front{router, doors, c.base_is_tls()},
      server{loop, front} {
  recorder.on_change = [this](const AttemptId& attempt, const ports::Recorded& recorded) {
    on_change(attempt, recorded);
  };
  add_health_checks();
}

void Daemon::on_change(const AttemptId& attempt, const ports::Recorded& recorded) {
  if (recorded.told) events.wake();
  if (!recorded.closed_now) return;
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
    co_return Error{Errc::Config, "agent \"" + check->name + "\": " + check->problems.front()};
  });
  health.add("googleSheets", false, seconds{300}, [this] { return sheets.sheet->check(); });
}

/// A call that is only expected must be looked up like any other: its webhooks may be lost.
bool Daemon::is_talking(const AttemptId& attempt) const {
  const auto live = calls.live();
  return std::ranges::any_of(live,
                             [&](const call::LiveCall& c) { return c.attempt == attempt && c.state != "expected"; });
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

Task<void> wait_for_signal(Daemon& daemon, boost::asio::signal_set& signals) {
  std::ignore = co_await signals.async_wait(rt::kNothrow);
  signals.async_wait([](boost::system::error_code ec, int) {
    if (!ec) std::_Exit(1);  // the second signal: at once; the rows say what was going on
  });
  co_await daemon.stop();
  signals.cancel();
}

/// Whether the port's owner has been told to end: then it is ours to share. Before the daemon's own loop runs.
bool is_draining(const Config& config) {
  if (net::listeners_on(config.port) == 0) return false;
  const bool any = config.host == "0.0.0.0" || config.host == "::";
  net::ClientRequest request;
  request.url =
      "http://" + (any ? std::string{"127.0.0.1"} : config.host) + ":" + std::to_string(config.port) + "/readyz";
  request.timeout = milliseconds{3000};
  Loop loop{1};
  rt::Group asking{loop, "successor"};
  int status = 0;
  asking.spawn("readyz", [](net::ClientRequest ready, int& answered) -> Task<void> {
    const auto result = co_await net::send_request(std::move(ready));
    if (result.response) answered = result.response->status;
  }(std::move(request), status));
  loop.run();
  return status == 503;
}

}  // namespace

int serve(const Config& config) {
  log::start(config.log_level, config.log_format);
  if (const auto key = webhook_key(config); !key) {
    std::fprintf(stderr, "otto: OTTO_WEBHOOK_SECRET: %s\n", key.error().detail.c_str());
    return 1;
  }
  if (!config.sheets_credentials.empty()) {
    const auto account = sheets::load_service_account(config.sheets_credentials, config.sheets_api_base_url);
    if (!account) {
      std::fprintf(stderr, "otto: GOOGLE_SHEETS_CREDENTIALS %s.\n", account.error().detail.c_str());
      return 1;
    }
  }
  if (config.migrate_on_start) {
    const auto migrated = store::migrate(config.database_url, false);
    if (!migrated) {
      std::fprintf(stderr, "otto: DATABASE_URL: %s\n", migrated.error().detail.c_str());
      return 1;
    }
  }
  Loop loop{1};
  auto journal = open_journal(config, loop);
  if (!journal) {
    std::fprintf(stderr, "otto: OTTO_JOURNAL_DIR: %s.\n", journal.error().detail.c_str());
    return 1;
  }
  Daemon daemon{config, loop, std::move(*journal)};
  const auto port = daemon.server.listen(config.host, config.port, is_draining(config));
  if (!port) {
    std::fprintf(stderr, "otto: HOST, PORT: %s\n", port.error().detail.c_str());
    return 1;
  }
  boost::asio::signal_set signals{loop, SIGTERM, SIGINT};
  rt::Group root{loop, "root"};
  root.spawn("server", daemon.server.run());
  daemon.health.start();
  daemon.dialing.spawn("engine", rt::persist(daemon.timers, "engine", [&daemon] { return daemon.run_engine(); }));
  daemon.syncing.spawn("sync", rt::persist(daemon.timers, "sync", [&daemon] { return daemon.sheet_sync.run(); }));
  daemon.tasks.spawn("reconciler",
                     rt::persist(daemon.timers, "reconciler", [&daemon] { return daemon.reconciler.run(); }));
  daemon.tasks.spawn("hooks", rt::persist(daemon.timers, "hooks", [&daemon] { return daemon.hooks.run(); }));
  daemon.tasks.spawn("plan", rt::persist(daemon.timers, "plan", [&daemon] { return daemon.follow_plan(); }));
  daemon.tasks.spawn("replay", rt::persist(daemon.timers, "replay", [&daemon] { return daemon.recorder.replay(); }));
  daemon.tasks.spawn("events", rt::persist(daemon.timers, "events", [&daemon] { return daemon.events.run(); }));
  daemon.tasks.spawn("loop-probe", daemon.probe_loop());
  daemon.tasks.spawn("other-instances", rt::persist(daemon.timers, "other-instances",
                                                    [&daemon] { return daemon.follow_other_instances(); }));
  if (daemon.doors.has_dashboard())
    daemon.tasks.spawn("sessions",
                       rt::persist(daemon.timers, "sessions", [&daemon] { return daemon.doors.follow_revocations(); }));
  daemon.tasks.spawn("feed", rt::persist(daemon.timers, "feed", [&daemon] { return daemon.feed.run(); }));
  root.spawn("signals", wait_for_signal(daemon, signals));
  log::info("instance.started", {{"instance", daemon.instance.value}, {"port", unsigned{*port}}});
  std::printf("otto listens on http://%s:%u\n", config.host.c_str(), unsigned{*port});
  std::fflush(stdout);
  loop.run();
  return 0;
}

}  // namespace otto::app
