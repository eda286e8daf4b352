// Finds out what really happened: attempts whose create had no usable answer, calls whose callbacks never came, and
// conversations whose analysis is due. A campaign can finish without a single webhook.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "otto/dial/recorder.hpp"
#include "otto/ports/agent.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/store.hpp"

namespace otto::dial {

/// The line's calls that may be an unknown attempt's: outbound, to and from its numbers, created between 5 s before it
/// was sent and 60 s after its deadline. Oldest first. Pure.
std::vector<ports::LineCall> candidates(const ports::AttemptContext& attempt, std::span<const ports::LineCall> calls);

class Reconciler {
 public:
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::Store& store;
    ports::Line& line;
    ports::Agent& agent;
    Recorder& recorder;
    InstanceId instance;
    /// These need no looking up. A call that is only expected does, like any other: its webhooks may be lost.
    std::function<bool(const AttemptId&)> is_talking_here;
    std::function<std::vector<AttemptId>()> talking_here;
  };
  struct Options {
    seconds settle{900};  ///< OTTO_UNKNOWN_SETTLE_SECONDS
    seconds quiet{90};    ///< a call without any fact for so long is looked up
    milliseconds interval{3000};
    seconds lease{10};
    seconds abandoned{60};  ///< an INTENT of that age has no owner any more
    milliseconds first_look{3000},
        rarest{180'000};  ///< between looks at one attempt: doubled from the one to the other
    Options() = default;
  };
  Reconciler(Deps deps, Options options);

  /// One instance at a time works (lease "reconciler", which is renewed while it does); ends after stop().
  Task<void> run();
  void stop();
  /// One pass; for tests and for the start of the daemon.
  Task<void> pass();

 private:
  /// Until another instance has it, or the pass is over, which cancels this.
  Task<void> keep_lease();
  bool is_over() const noexcept { return stopping_ || has_lost_lease_; }
  // Each goes through one list of attempts, some of them at once.
  Task<void> resolve_unknown();
  Task<void> look_up_silent();
  Task<void> find_recordings();
  Task<void> read_analyses();
  using Look = Task<void> (Reconciler::*)(const ports::AttemptContext& attempt);
  Task<void> each(const std::vector<ports::AttemptContext>& attempts, Look look);
  Task<void> resolve(const ports::AttemptContext& attempt);
  Task<void> look_up(const ports::AttemptContext& attempt);
  Task<void> find_recording(const ports::AttemptContext& attempt);
  Task<void> read_analysis(const ports::AttemptContext& attempt);
  Task<void> not_fetched(const ports::AttemptContext& attempt, Error why);
  Task<void> record(const AttemptId& attempt, Fact fact);
  Task<std::optional<Fact>> recording_of(const ports::AttemptContext& attempt);

  struct Seen {
    int lists_after_minute = 0;
    SteadyPoint next;
    milliseconds wait{0};
    bool is_listed = true;
  };
  bool due(const AttemptId& id);

  Deps deps_;
  Options options_;
  bool stopping_ = false, has_lost_lease_ = false;
  std::map<AttemptId, Seen> seen_;  ///< pacing only, of those that are unknown; rebuilt after a restart
};

}  // namespace otto::dial
