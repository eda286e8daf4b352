// What has had its time goes by itself: recordings, transcripts, people's names and numbers of campaigns that ended
// long ago, old rows of the audit table. And recordings that are to go are removed at the line, however often it takes.
#pragma once

#include <string>

#include "otto/ports/people_store.hpp"
#include "otto/ports/recordings.hpp"
#include "otto/rt/time.hpp"

namespace otto::campaign {

/// Days after a campaign's end, for the audit table after the row; 0: for ever.
struct Retention {
  int recordings = 0, transcripts = 0, contacts = 0, audit = 0;
};

class Caretaker {
 public:
  struct Deps {  // everything outlives the caretaker
    rt::Timers& timers;
    ports::PeopleStore& people;
    ports::Recordings& recordings;
  };
  struct Options {
    Retention retention;
    milliseconds look{10'000};  ///< for recordings that are to be removed
    minutes purge_every{60};    ///< the first time as soon as it runs
    milliseconds breath{200};   ///< between two batches, for those who are calling
    int batch = 200;            ///< contacts, or rows of the audit table, in one transaction
    int removals = 10;          ///< taken at once, removed one after the other
    seconds hold{300};          ///< how long a removal is ours: ten of the line's longest answers
    Options() = default;
  };
  Caretaker(Deps deps, Options options) : deps_{deps}, options_{options} {}

  /// Ends by cancellation.
  Task<void> run();

 private:
  Task<void> purge();
  Task<void> purge(ports::Perishable what, int days);
  Task<void> purge_audit();
  Task<void> remove_recordings();
  Task<void> remove(ports::RecordingRemoval removal);
  TimePoint days_ago(int days) const;

  Deps deps_;
  Options options_;
};

/// After the `tries`-th failure to remove a recording: a minute, twice as long each time, up to six hours.
minutes removal_wait(int tries) noexcept;

}  // namespace otto::campaign
