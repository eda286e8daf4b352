// What all parts of the sandbox share: its clock with the speed factor, its log, its chance, its voices, and the group
// that owns every running call and conversation.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "otto/base/audio_format.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/task.hpp"
#include "otto/rt/time.hpp"
#include "otto/sandbox/clips.hpp"
#include "otto/sandbox/dice.hpp"
#include "otto/sandbox/identity.hpp"
#include "otto/sandbox/ledger.hpp"
#include "otto/sandbox/mind.hpp"
#include "otto/sandbox/scenario.hpp"

namespace otto::sandbox {

class World {
 public:
  World(Loop& loop, rt::Timers& timers, Identity identity, Scenario scenario, Clips clips, double speed,
        std::uint64_t id_salt);

  /// Waits `time` divided by the speed factor: rings, retries, delays. Audio never waits by this.
  Task<void> wait(milliseconds time) { return timers.sleep_for(scaled(time)); }
  milliseconds scaled(milliseconds time) const noexcept;
  Dice dice() const noexcept { return Dice{scenario.seed}; }
  /// The agent's sentences in `format`, made once.
  const AgentVoice& agent_voice(AudioFormat format);
  /// Room for kept audio; false when the sandbox holds too much already (long loads).
  bool keep_audio(std::size_t bytes);

  Loop& loop;
  rt::Timers& timers;
  Identity identity;
  Scenario scenario;
  const Clips clips;
  const double speed;
  Ledger ledger;
  IdMaker ids;
  rt::Group tasks;
  std::map<std::string, SteadyPoint>
      interruptions;  ///< told by the agent and not yet followed by a clear, by conversation

 private:
  std::map<std::string, std::unique_ptr<AgentVoice>> voices_;
  std::size_t kept_bytes_ = 0;
};

}  // namespace otto::sandbox
