// How the daemon's parts are joined: options from settings, and what one part asks of another.
#include <filesystem>

#include "otto/api/answers.hpp"
#include "otto/api/contact_list.hpp"
#include "otto/app/tuning.hpp"
#include "otto/base/log.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/dial/gate.hpp"
#include "otto/elevenlabs/agent.hpp"
#include "otto/elevenlabs/speech.hpp"
#include "otto/hooks/signature.hpp"
#include "otto/twilio/line.hpp"
#include "otto/twilio/recordings.hpp"

#include "app/daemon.hpp"

namespace otto::app {

Result<std::string> webhook_key(const Config& config) {
  if (config.webhook_secret.empty()) return hooks::signing_key(hooks::derived_secret(config.api_keys.front()));
  return hooks::signing_key(config.webhook_secret);
}

namespace {

store::Options store_options(const Config& config) {
  store::Options options;
  options.url = config.database_url;
  options.calls_per_day = config.calls_per_day;
  options.seal = crypto::TextSeal{config.transcript_keys};
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
  reports.is_elsewhere = [&daemon](AttemptId attempt) { return daemon.is_elsewhere(std::move(attempt)); };
  return reports;
}

call::CallOptions call_options(Daemon& daemon) {
  call::CallOptions options;
  options.agent_id = daemon.config.elevenlabs_agent_id;
  options.max_calls = static_cast<std::size_t>(daemon.config.carried_calls());
  options.voicemail.speech = daemon.speech.get();
  options.voicemail.url = [&daemon](const AttemptId& attempt) {
    return daemon.config.base_url + std::string{api::kVoicemailPath} +
           api::voicemail_name(daemon.tokens, attempt, daemon.timers.now());
  };
  return options;
}

call::ToolDoors tool_doors(Daemon& daemon) {
  call::ToolDoors doors;
  doors.post = [&daemon, key = webhook_key(daemon.config).value()](std::string url, std::string id, std::string body) {
    return daemon.hook_sender->post(
        hooks::signed_request(key, std::move(url), std::move(id), daemon.timers.now(), std::move(body)));
  };
  doors.gate = dial::may_dial;
  doors.refusal = [destinations = api::destinations_of(daemon.config)](const std::string& number) {
    return destinations.refusal(number);
  };
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
  options.limits.destinations = api::destinations_of(config);
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

campaign::Caretaker::Options caretaker_options(const Config& config) {
  campaign::Caretaker::Options options;
  options.retention = {config.keep_recordings_days, config.keep_transcripts_days, config.keep_contacts_days,
                       config.keep_audit_days};
  return options;
}

hooks::TraceExporter::Options trace_options(const Daemon& daemon) {
  hooks::TraceExporter::Options options;
  options.url = daemon.config.traces_url + "/v1/traces";
  options.headers = daemon.config.traces_headers;
  options.service = daemon.config.traces_service;
  options.instance = daemon.instance.value;
  return options;
}

}  // namespace

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
      recorder{{loop, timers, store.attempts, *line, *journal, crypto::TextSeal{c.transcript_keys}}},
      calls{loop, timers, *line, *agent, reports_of(*this), call_options(*this), tool_doors(*this)},
      dialer{{timers, store.attempts, *line, recorder,
              [this](const ports::AttemptContext& context) { calls.expect(context); }, tuning.create_deadline}},
      engine{{loop, timers, store, dialer, *agent, instance}, engine_options(*this)},
      sheet_sync{sheet_deps(*this), campaign::SheetSync::Options{}},
      reconciler{
          {loop, timers, store, *line, *agent, recorder, instance,
           [this](const AttemptId& attempt) { return calls.is_talking(attempt); }, [this] { return calls.talking(); }},
          reconciler_options(c)},
      hooks{hook_deps(*this), hook_options(c)},
      events{
          {loop, timers, store.events, *hook_sender, [this] { return std::uniform_real_distribution<double>{}(dice); }},
          event_options(c)},
      trace_sender{make_hook_sender()},
      health{loop, timers},
      tokens{crypto::hmac_sha256(c.twilio_auth_tokens.front(), "otto-stream-token")},
      doors{c, timers, database->sessions(), database->audit(), workers},
      files{page_files(c)},
      recordings{twilio::make_recordings(line_settings(c))},
      caretaker{{timers, database->people(), *recordings}, caretaker_options(c)},
      feed{{loop, timers, database->views(), doors, [this](const AttemptId& id) { return calls.carries(id); }},
           api::LiveFeed::Options{}},
      deps{config,
           loop,
           timers,
           store,
           *sheets.sheet,
           *line,
           *agent,
           recorder,
           calls,
           engine,
           health,
           tokens,
           doors,
           database->audit(),
           database->people(),
           database->views(),
           feed,
           *recordings,
           workers,
           [this] { return draining; },
           timers.now(),
           sheets.writer != nullptr,
           instance,
           files ? &*files : nullptr},
      router{api::make_routes(deps)},
      front{router, doors, c.base_is_tls()},
      server{loop, front, net::ServerLimits{}, c.trusted_proxies} {
  recorder.on_change = [this](const AttemptId& attempt, const ports::Recorded& recorded) {
    on_change(attempt, recorded);
  };
  if (!c.traces_url.empty())
    traces.emplace(hooks::TraceExporter::Deps{loop, timers, database->views(), *trace_sender}, trace_options(*this));
  add_health_checks();
}

}  // namespace otto::app
