// The one door through which facts reach the store, and what follows at once from a new state: a duplicate call is
// ended, a closed attempt frees its live call and wakes its campaign.
#pragma once

#include <functional>
#include <vector>

#include "otto/model/fact.hpp"
#include "otto/ports/line.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/time.hpp"

namespace otto::dial {

class Recorder {
 public:
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::AttemptStore& attempts;
    ports::Line& line;
  };
  explicit Recorder(Deps deps);

  /// Called on the loop after each record that changed something; set once, at start.
  std::function<void(const AttemptId&, const ports::Recorded&)> on_change;

  /// One transaction. DatabaseUnavailable is the caller's to handle (a webhook answers 503 and is sent again).
  Task<Result<ports::Recorded>> record(AttemptId id, std::vector<Fact> facts);
  /// Tries until the database takes it, refuses it for good, or the recorder stops: for facts that nobody will repeat.
  Task<void> record_surely(AttemptId id, std::vector<Fact> facts);

  /// Waits for hang-ups under way; ends record_surely()'s retries.
  Task<void> stop();

 private:
  Task<void> end_duplicate(AttemptId id, std::string call_sid);
  Task<void> end_suppressed(AttemptId id, std::string call_sid);
  Deps deps_;
  rt::Group group_;
};

}  // namespace otto::dial
