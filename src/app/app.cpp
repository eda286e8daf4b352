#include "otto/app/app.hpp"

#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <cstdio>
#include <cstdlib>

#include "otto/api/password.hpp"
#include "otto/base/log.hpp"
#include "otto/net/http_client.hpp"
#include "otto/net/listeners.hpp"
#include "otto/phone/number.hpp"
#include "otto/rt/persist.hpp"
#include "otto/sheets/service_account.hpp"
#include "otto/store/migrate.hpp"

#include "app/daemon.hpp"

namespace otto::app {

namespace {

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
  if (const auto problems = api::dashboard_problems(config); !problems.empty()) {
    for (const std::string& problem : problems) std::fprintf(stderr, "otto: %s\n", problem.c_str());
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
  // What the first number costs once, tens of milliseconds and two megabytes of rules, is no live call's to wait for.
  std::ignore = phone::zones_of(phone::parse_number("+14155550100").value());
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
  if (daemon.traces)
    daemon.syncing.spawn("traces", rt::persist(daemon.timers, "traces", [&daemon] { return daemon.traces->run(); }));
  daemon.tasks.spawn("reconciler",
                     rt::persist(daemon.timers, "reconciler", [&daemon] { return daemon.reconciler.run(); }));
  daemon.tasks.spawn("hooks", rt::persist(daemon.timers, "hooks", [&daemon] { return daemon.hooks.run(); }));
  daemon.tasks.spawn("plan", rt::persist(daemon.timers, "plan", [&daemon] { return daemon.follow_plan(); }));
  daemon.tasks.spawn("replay", rt::persist(daemon.timers, "replay", [&daemon] { return daemon.recorder.replay(); }));
  daemon.tasks.spawn("events", rt::persist(daemon.timers, "events", [&daemon] { return daemon.events.run(); }));
  daemon.tasks.spawn("caretaker",
                     rt::persist(daemon.timers, "caretaker", [&daemon] { return daemon.caretaker.run(); }));
  daemon.tasks.spawn("loop-probe", daemon.probe_loop());
  daemon.tasks.spawn("backlog", rt::persist(daemon.timers, "backlog", [&daemon] { return daemon.measure_backlog(); }));
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
