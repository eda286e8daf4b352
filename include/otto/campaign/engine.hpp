// Runs the campaigns that this instance leads: one runner per campaign, from its start to its end. Safety lives in the
// rows (claim, arm, unique indexes); the lease only paces, so that one instance dials a campaign at a time.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "otto/dial/dialer.hpp"
#include "otto/dial/gate.hpp"
#include "otto/ports/agent.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"

namespace otto::campaign {

class Engine {
 public:
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::Store& store;
    dial::Dialer& dialer;
    ports::Agent& agent;
    InstanceId instance;
  };
  struct Options {
    std::vector<std::string> callers;  ///< TWILIO_OUTBOUND_NUMBER, used in rotation
    double calls_per_second = 1;
    std::string agent_id;                  ///< of campaigns that name none
    std::function<bool()> may_take_calls;  ///< false while the daemon is overloaded or draining
    milliseconds poll{1000};               ///< how often campaigns of others are looked for
    milliseconds longest_wait{5000};       ///< however long nothing is due, rows are looked at again after this
    seconds lease{12};                     ///< with `poll` behind it, a dead leader is replaced within 15 s
    dial::GateLimits limits;               ///< OTTO_CALLS_PER_NUMBER_PER_DAY
    int max_conversations = 0;             ///< limit_conversations()
    int max_calls = 0;                     ///< of those, this instance's own; 0: no limit
    bool owns_clock = false;  ///< a rehearsal's: the account's schedule runs by our clock instead of the database's
    seconds agent_trust{60};  ///< how long the agent counts as ready after it has said so
    Options() = default;
  };
  Engine(Deps deps, Options options);
  ~Engine();

  /// Looks for campaigns and runs them until stop() has been called; then every runner has ended.
  Task<void> run();
  void stop();

  /// Something changed (a contact settled, a new campaign): look now rather than at the next poll.
  void wake(const CampaignId& id);
  /// No dial is begun for this campaign after this returns, whatever the database says.
  void halt(const CampaignId& id);
  /// Calls at once over all campaigns and instances, from the next claim on; 0: no limit.
  void limit_conversations(int most) noexcept { options_.max_conversations = most; }
  int max_conversations() const noexcept { return options_.max_conversations; }
  std::size_t running() const noexcept { return runners_.size(); }

 private:
  struct Runner;
  Task<void> look();
  Task<void> lead(std::shared_ptr<Runner> runner);
  Task<bool> step(Runner& runner);
  Task<void> refresh(Runner& runner);
  Task<void> wait(Runner& runner, milliseconds time);
  Task<bool> agent_is_ready(Runner& runner);
  Task<bool> claim(Runner& runner);
  Task<bool> wait_or_end(Runner& runner, const ports::NotClaimed& none);
  Task<void> blame_account(Runner& runner);
  Task<void> hold(const CampaignId& id, CampaignHold kind, const std::string& reason);
  Task<void> dial(std::shared_ptr<Runner> runner, ports::Claimed claimed);
  std::string next_caller(const Runner& runner);

  Deps deps_;
  Options options_;
  rt::Group group_;
  rt::Event wake_;
  bool stopping_ = false;
  std::size_t rotation_ = 0;
  std::map<CampaignId, std::shared_ptr<Runner>> runners_;
  std::set<CampaignId> woken_;
};

}  // namespace otto::campaign
