// What is known about people, and how it is forgotten: a person's by their number, everybody's after a time. Calls and
// campaigns stay with their figures; what goes is who it was, what was said, and how it sounded.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/ids.hpp"
#include "otto/base/json.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct Erased {
  int contacts = 0, calls = 0, recordings = 0;  ///< recordings: that are still to be removed at the line
  std::vector<CampaignId> campaigns;            ///< in which the person was still to be called
};

enum class Perishable : std::uint8_t {
  Recordings,   ///< how it sounded
  Transcripts,  ///< what was said: turns, notes, summaries, tools
  Contacts      ///< who it was: names, numbers, e-mail addresses, variables
};

constexpr std::string_view to_string(Perishable what) noexcept {
  switch (what) {
    case Perishable::Recordings:
      return "recordings";
    case Perishable::Transcripts:
      return "transcripts";
    case Perishable::Contacts:
      break;
  }
  return "contacts";
}

/// Where a purge goes on. Default: with the first campaign that is due.
struct PurgePlace {
  CampaignId campaign;
  int row = 0;
  std::int64_t contact = 0;
};
struct PurgeStep {
  int contacts = 0;  ///< whose data went
  PurgePlace next;
  bool is_done = false;  ///< nothing is due
};

/// A recording that is to be removed at the line.
struct RecordingRemoval {
  std::string recording;
  int tries = 0;  ///< this one included
};

class PeopleStore {
 public:
  virtual ~PeopleStore() = default;
  /// Everything that stands under the number: {"phone", "doNotCall", "contacts", "calls"}.
  virtual Task<Result<Json>> export_person(std::string phone) = 0;
  /// The number goes onto the do-not-call list, or keeps its entry: without one, a list that still has it would bring
  /// it back. Conflict: a call is going on, or has ended within the last quarter of an hour, so that its recording and
  /// summary may still come. Repeatable.
  virtual Task<Result<Erased>> erase_person(std::string phone, TimePoint now) = 0;

  /// Forgets `what` of up to `limit` contacts of campaigns that have ended before `ended_before`, none of whose calls
  /// is open.
  virtual Task<Result<PurgeStep>> purge(Perishable what, TimePoint ended_before, PurgePlace from, int limit,
                                        TimePoint now) = 0;
  /// Rows of the audit table; how many went, at most `limit`.
  virtual Task<Result<int>> purge_audit(TimePoint before, int limit) = 0;

  /// Takes up to `limit` that are due for `hold`: another instance does not see them meanwhile.
  virtual Task<Result<std::vector<RecordingRemoval>>> take_removals(int limit, seconds hold, TimePoint now) = 0;
  virtual Task<Result<void>> removed(std::string recording) = 0;
  virtual Task<Result<void>> postpone_removal(std::string recording, TimePoint next, std::string reason) = 0;
};

}  // namespace otto::ports
