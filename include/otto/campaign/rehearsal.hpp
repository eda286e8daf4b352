// A campaign's whole run on a virtual clock: the real engine, dialer and store (on a database of its own), a line and
// an agent that only pretend. Nobody is phoned, no provider is asked.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "otto/dial/gate.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/time.hpp"

namespace otto::campaign {

/// How the people called behave. The shares are of all calls; what they leave of 1 is not answered.
struct RehearsalOdds {
  double human = 0.35, voicemail = 0.35, busy = 0.05, failed = 0.03;
  seconds talk{90};  ///< mean of a conversation, exponential, at most the campaign's longest call
  seconds ring{18};  ///< until somebody answers; 30 s when nobody does
  std::uint64_t seed = 1;
};

struct RehearsalReport {
  CampaignStatus status = CampaignStatus::Running;
  TimePoint began, ended;
  int contacts = 0, calls = 0, completed = 0, failed = 0;
  std::map<std::string, int> outcomes;
  std::map<TimePoint, int> calls_by_hour;  ///< hours in which there was at least one
  int most_at_once = 0;
  std::int64_t cost_micros = 0;
  seconds talked{0};
  std::vector<ports::RuleCount> rules;    ///< what held contacts back
  std::vector<std::string> out_of_hours;  ///< dials that the gate would forbid: none, or the engine is broken
  std::string hold_reason;                ///< it was paused on the way
};

struct RehearsalOptions {
  std::vector<std::string> callers;
  double calls_per_second = 1;
  dial::GateLimits limits;
  int max_conversations = 0;
  RehearsalOdds odds;
  hours longest{24 * 365};  ///< of virtual time; then it is given up
  RehearsalOptions() = default;
};

/// Nothing else can happen while a verb of the store lasts that begins now.
bool may_block_loop(const rt::VirtualTimers& timers);

/// The campaign must be in `store` already, PENDING. `under_way` tells of the store's verbs: time hardly moves on while
/// one is. Runs `loop` until the campaign has ended or is held.
RehearsalReport rehearse(Loop& loop, rt::VirtualTimers& timers, ports::Store store, const CampaignId& campaign,
                         const RehearsalOptions& options, const std::function<ports::VerbsUnderWay()>& under_way);

}  // namespace otto::campaign
