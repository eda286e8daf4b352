#include "otto/campaign/engine.hpp"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::campaign {

namespace {
constexpr milliseconds kAgentAway{5000};

/// Whether the agent's refusal holds for every call to come, until somebody does something about it: about the
/// account, or about the campaign, whose agent this is not.
bool blames_account(Errc code) { return code == Errc::Unauthorized || code == Errc::ProviderRefused; }
/// A test call is dialed whatever its number has been called for today.
bool is_test(const Campaign& campaign) { return campaign.test_of.has_value(); }
bool blames_campaign(Errc code) { return code == Errc::Forbidden || code == Errc::NotFound; }
}  // namespace

struct Engine::Runner {
  Runner(Loop& loop, Campaign c) : campaign{std::move(c)}, changed{loop}, dials{loop, "dial"} {}

  Campaign campaign;
  rt::Event changed;
  rt::Group dials;
  std::int64_t epoch = 0;
  SteadyPoint lease_until;  ///< local trust: counted from before the request, minus a margin
  std::optional<SteadyPoint> last_dial;
  SteadyPoint not_before;  ///< the agent was away
  /// By the settings as they are now: a shorter delay holds at once.
  SteadyPoint next_dial() const {
    return last_dial ? std::max(not_before, *last_dial + campaign.settings.delay_between_calls) : not_before;
  }
  std::optional<SteadyPoint> agent_ready_until;
  bool day_is_full = false;  ///< and it has been said
  bool halted = false;
  std::string halt_reason;  ///< set when every call would be refused: the campaign fails with it
  std::string hold_reason;  ///< the same for the account's sake: it is paused
};

Engine::Engine(Deps deps, Options options)
    : deps_{deps}, options_{std::move(options)}, group_{deps.loop, "engine"}, wake_{deps.loop} {}
Engine::~Engine() = default;

Task<void> Engine::run() {
  while (!stopping_) {
    co_await look();
    if (stopping_) break;
    wake_.clear();
    const auto pause = [](rt::Timers& timers, milliseconds time) -> Task<void> { co_await timers.sleep_for(time); };
    const auto signal = [](rt::Event& event) -> Task<void> { std::ignore = co_await event.wait(); };
    std::ignore = co_await rt::first_of(pause(deps_.timers, options_.poll), signal(wake_));
  }
  for (const auto& [id, runner] : runners_) runner->changed.set();
  co_await group_.join();
}

void Engine::stop() {
  stopping_ = true;
  wake_.set();
  for (const auto& [id, runner] : runners_) runner->changed.set();
}

void Engine::wake(const CampaignId& id) {
  const auto runner = runners_.find(id);
  if (runner != runners_.end())
    runner->second->changed.set();
  else
    wake_.set();
}

void Engine::halt(const CampaignId& id) {
  const auto runner = runners_.find(id);
  if (runner == runners_.end()) return;
  runner->second->halted = true;
  runner->second->changed.set();
}

Task<void> Engine::look() {
  auto campaigns = co_await deps_.store.campaigns.runnable(deps_.timers.now());
  if (!campaigns) {
    log::warn("engine.no_database", {{"error", campaigns.error().detail}});
    co_return;
  }
  for (Campaign& campaign : *campaigns) {
    if (stopping_ || runners_.contains(campaign.id)) continue;
    const CampaignId id = campaign.id;
    auto runner = std::make_shared<Runner>(deps_.loop, std::move(campaign));
    runners_.emplace(id, runner);
    group_.spawn("campaign " + id.value, lead(std::move(runner)));
  }
  metrics::set("otto_campaigns_running", static_cast<double>(runners_.size()));
}

Task<void> Engine::lead(std::shared_ptr<Runner> runner) {
  const CampaignId id = runner->campaign.id;
  struct Leaving {  // whatever the end: look() finds the campaign again
    std::map<CampaignId, std::shared_ptr<Runner>>& runners;
    const CampaignId& id;
    ~Leaving() { runners.erase(id); }
  };
  const Leaving leaving{runners_, id};
  while (!stopping_ && !runner->halted) {
    if (!co_await step(*runner)) break;
  }
  co_await runner->dials.join();
  if (!runner->hold_reason.empty()) co_await blame_account(*runner);
  if (!runner->halt_reason.empty()) {
    log::error("campaign.failed", {{"campaign", id.value}, {"reason", runner->halt_reason}});
    auto failed = co_await deps_.store.campaigns.fail(id, runner->halt_reason, deps_.timers.now());
    if (!failed) log::error("campaign.not_failed", {{"campaign", id.value}, {"error", failed.error().detail}});
  }
  if (runner->epoch > 0) std::ignore = co_await deps_.store.leases.release("campaign:" + id.value, deps_.instance);
}

/// One look at the campaign; false when this instance has no more to do with it.
Task<bool> Engine::step(Runner& runner) {
  const SteadyPoint now = deps_.timers.steady();
  const milliseconds lease_time = options_.lease;
  if (runner.epoch == 0 || runner.lease_until - now < lease_time / 2) {
    failpoint::pass("lease", "before_renewal");
    auto lease =
        co_await deps_.store.leases.acquire("campaign:" + runner.campaign.id.value, deps_.instance, options_.lease);
    if (!lease) {
      co_await wait(runner, options_.poll);
      co_return true;
    }
    if (!*lease) co_return false;  // another instance leads; the next look() finds it again should that one die
    failpoint::pass("lease", "after_renewal");
    runner.epoch = (**lease).epoch;
    runner.lease_until = now + lease_time * 3 / 4;
  }
  if (runner.campaign.status == CampaignStatus::Pending) {
    auto started = co_await deps_.store.campaigns.start(runner.campaign.id, deps_.timers.now());
    if (!started) {
      co_await wait(runner, options_.poll);
      co_return true;
    }
    if (!*started) co_return false;
    runner.campaign.status = CampaignStatus::Running;
    log::info("campaign.started",
              {{"campaign", runner.campaign.id.value}, {"contacts", runner.campaign.total_contacts}});
  }
  if (const auto next = runner.next_dial(); next > deps_.timers.steady()) {
    co_await wait(runner, std::chrono::duration_cast<milliseconds>(next - deps_.timers.steady()) + milliseconds{1});
    if (next > deps_.timers.steady() && !options_.owns_clock) co_await refresh(runner);
    co_return true;
  }
  if (options_.may_take_calls && !options_.may_take_calls()) {
    co_await wait(runner, options_.poll);
    co_return true;
  }
  co_return co_await claim(runner);
}

/// Nobody is phoned to hear that there is nobody to talk to: the agent is asked for a ticket before the first call, and
/// again whenever its last word has grown old.
Task<bool> Engine::agent_is_ready(Runner& runner) {
  const SteadyPoint asked = deps_.timers.steady();
  if (runner.agent_ready_until && asked < *runner.agent_ready_until) co_return true;
  const std::string& chosen = runner.campaign.settings.agent_id;
  auto ticket = co_await deps_.agent.prepare(chosen.empty() ? options_.agent_id : chosen);
  // The agent's bound on conversations at once is reached by calls that will end; theirs are the tickets to wait for.
  if (ticket || ticket.error().code == Errc::RateLimited) {
    runner.agent_ready_until = asked + options_.agent_trust;
    co_return true;
  }
  if (blames_account(ticket.error().code) || blames_campaign(ticket.error().code)) {
    runner.halted = true;
    (blames_account(ticket.error().code) ? runner.hold_reason : runner.halt_reason) = ticket.error().detail;
  } else {
    log::warn("campaign.waits_for_agent", {{"campaign", runner.campaign.id.value}, {"error", ticket.error().detail}});
  }
  co_return false;
}

Task<bool> Engine::claim(Runner& runner) {
  ports::ClaimRequest request;
  request.campaign = runner.campaign.id;
  request.instance = deps_.instance;
  request.epoch = runner.epoch;
  request.from = next_caller(runner);
  request.now = deps_.timers.now();
  request.calls_per_second = options_.calls_per_second;
  request.calls_per_number = is_test(runner.campaign) ? 0 : options_.limits.calls_per_number;
  request.max_conversations = options_.max_conversations;
  request.max_calls_here = options_.max_calls;
  if (options_.owns_clock) request.clock = request.now;
  dial::GateLimits limits = options_.limits;
  limits.calls_per_number = request.calls_per_number;
  request.gate = [limits, now = request.now](const Contact& contact, const CampaignSettings& settings,
                                             const ports::DialHistory& history) {
    return dial::decide(contact, settings, history, limits, now);
  };
  runner.changed.clear();
  auto answer = co_await deps_.store.attempts.claim(std::move(request));
  if (!answer) {
    log::warn("engine.claim_failed", {{"campaign", runner.campaign.id.value}, {"error", answer.error().detail}});
    co_await wait(runner, options_.poll);
    co_return true;
  }
  if (auto* claimed = std::get_if<ports::Claimed>(&*answer)) {
    if (!co_await agent_is_ready(runner)) {
      std::ignore = co_await deps_.store.attempts.withdraw(claimed->attempt, deps_.timers.now(), "the agent is away");
      runner.not_before = deps_.timers.steady() + kAgentAway;
      co_return true;
    }
    ++rotation_;
    runner.day_is_full = false;
    runner.campaign.settings = claimed->settings;
    runner.last_dial = deps_.timers.steady();
    const auto self = runners_.find(runner.campaign.id);
    const bool is_last = claimed->is_last;
    runner.dials.spawn("attempt " + claimed->attempt.value, dial(self->second, std::move(*claimed)));
    if (is_last) co_await wait(runner, options_.longest_wait);
    co_return true;
  }
  co_return co_await wait_or_end(runner, std::get<ports::NotClaimed>(*answer));
}

Task<bool> Engine::wait_or_end(Runner& runner, const ports::NotClaimed& none) {
  const CampaignId& id = runner.campaign.id;
  using Why = ports::NotClaimed::Why;
  if (none.why == Why::Held) log::warn("campaign.held", {{"campaign", id.value}, {"reason", none.reason}});
  if (none.why == Why::NotRunning || none.why == Why::LeaseLost || none.why == Why::Held) co_return false;
  if (none.why == Why::DayFull && !std::exchange(runner.day_is_full, true))
    log::warn("campaign.day_full", {{"campaign", id.value}, {"reason", none.reason}});
  if (none.why == Why::BudgetSpent && !none.open_attempts) {
    co_await hold(id, CampaignHold::Budget, none.reason);
    co_return false;
  }
  if (none.why == Why::NothingDue && !none.open_attempts && !none.next_due) {
    auto completed = co_await deps_.store.campaigns.try_complete(id, deps_.timers.now());
    if (completed && *completed) {
      log::info("campaign.completed", {{"campaign", id.value}});
      co_return false;
    }
  }
  milliseconds pause = options_.longest_wait;
  if (none.why == Why::NothingDue && none.next_due) {
    const auto until = std::chrono::duration_cast<milliseconds>(*none.next_due - deps_.timers.now()) + milliseconds{1};
    pause = std::clamp(until, milliseconds{1}, options_.longest_wait);
  }
  co_await wait(runner, pause);
  co_return true;
}

/// A campaign that has called people waits until the account is put right; one that never has ends, so that whoever
/// triggered it hears of it at once.
Task<void> Engine::blame_account(Runner& runner) {
  const auto campaign = co_await deps_.store.campaigns.load(runner.campaign.id);
  if (campaign && *campaign && (*campaign)->contacts_called == 0) {
    runner.halt_reason = runner.hold_reason;
    co_return;
  }
  co_await hold(runner.campaign.id, CampaignHold::Account,
                runner.hold_reason + " Every call would be refused; put it right, then resume the campaign.");
}

Task<void> Engine::hold(const CampaignId& id, CampaignHold kind, const std::string& reason) {
  log::warn("campaign.held", {{"campaign", id.value}, {"why", to_string(kind)}, {"reason", reason}});
  auto held = co_await deps_.store.campaigns.hold(id, kind, reason, deps_.timers.now());
  if (!held) log::error("campaign.not_held", {{"campaign", id.value}, {"error", held.error().detail}});
}

/// Somebody may have changed the settings while a long delay is waited for; a rehearsal's nobody does.
Task<void> Engine::refresh(Runner& runner) {
  auto campaign = co_await deps_.store.campaigns.load(runner.campaign.id);
  if (campaign && *campaign) runner.campaign.settings = (*campaign)->settings;
}

Task<void> Engine::wait(Runner& runner, milliseconds time) {
  const auto pause = [](rt::Timers& timers, milliseconds span) -> Task<void> { co_await timers.sleep_for(span); };
  const auto signal = [](rt::Event& event) -> Task<void> { std::ignore = co_await event.wait(); };
  // The lease must be renewed in time, whatever is waited for.
  const milliseconds longest = milliseconds{options_.lease} / 3;
  if (stopping_ || runner.halted) co_return;
  std::ignore = co_await rt::first_of(pause(deps_.timers, std::min(time, longest)), signal(runner.changed));
  if (time > milliseconds{1}) runner.changed.clear();
}

Task<void> Engine::dial(std::shared_ptr<Runner> runner, ports::Claimed claimed) {
  // A place in the rate schedule may outlast the lease: a leader that has lost it must not send.
  const auto may_dial = [this, runner] {
    return !stopping_ && !runner->halted && deps_.timers.steady() < runner->lease_until;
  };
  auto end = co_await deps_.dialer.dial(std::move(claimed), runner->campaign, may_dial);
  if (end.kind == dial::DialEnd::Kind::Sent) co_return;  // whatever follows will be recorded, and wakes
  if (end.kind == dial::DialEnd::Kind::Halt) {
    runner->halted = true;
    runner->halt_reason = end.reason;
  }
  if (end.kind == dial::DialEnd::Kind::Hold) {
    runner->halted = true;
    runner->hold_reason = end.reason;
  }
  runner->changed.set();
}

std::string Engine::next_caller(const Runner& runner) {
  if (!runner.campaign.settings.caller_id.empty()) return runner.campaign.settings.caller_id;
  return options_.callers[rotation_ % options_.callers.size()];
}

}  // namespace otto::campaign
