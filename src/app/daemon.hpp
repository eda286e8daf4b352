// One daemon: its parts, how they are joined (wiring.cpp), and what it does by itself (daemon.cpp).
#pragma once

#include <boost/asio/thread_pool.hpp>
#include <memory>
#include <optional>
#include <random>

#include "otto/api/front.hpp"
#include "otto/api/routes.hpp"
#include "otto/app/hook_sender.hpp"
#include "otto/app/providers.hpp"
#include "otto/call/calls.hpp"
#include "otto/campaign/caretaker.hpp"
#include "otto/campaign/engine.hpp"
#include "otto/campaign/sheet_sync.hpp"
#include "otto/dial/dialer.hpp"
#include "otto/dial/reconcile.hpp"
#include "otto/dial/recorder.hpp"
#include "otto/hooks/dispatcher.hpp"
#include "otto/hooks/event_dispatcher.hpp"
#include "otto/hooks/trace.hpp"
#include "otto/net/http_server.hpp"
#include "otto/net/router.hpp"
#include "otto/ops/health.hpp"
#include "otto/store/database.hpp"

namespace otto::app {

/// The key that signs outgoing webhooks; without a secret of its own it follows from the first API key.
Result<std::string> webhook_key(const Config& config);

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
  Task<void> measure_backlog();
  Task<void> save_figures(AttemptId attempt, ports::CallFigures figures);
  void add_health_checks();
  /// Whether another instance has taken the call's last stream; false while nobody can tell.
  Task<bool> is_elsewhere(AttemptId attempt);
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
  std::unique_ptr<ports::HookSender> trace_sender;
  std::optional<hooks::TraceExporter> traces;
  ops::Health health;
  rt::Group dialing{loop, "dialing"};  ///< ends by itself once the engine is told to stop
  rt::Group syncing{loop, "syncing"};  ///< goes on while calls run out, so that their ends are written and traced
  rt::Group tasks{loop, "app"};        ///< ends by cancellation
  api::StreamTokens tokens;
  api::Doors doors;
  std::optional<api::StaticFiles> files;
  std::unique_ptr<ports::Recordings> recordings;
  campaign::Caretaker caretaker;
  api::LiveFeed feed;
  api::Deps deps;
  net::Router router;
  api::Front front;
  net::HttpServer server;
};

}  // namespace otto::app
