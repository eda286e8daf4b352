// The outbox of events: rows that were written in the transaction of what they tell, one queue per campaign with an
// eventsUrl. A queue is worked off from its front; an event leaves it when the receiver has it, or as a dead letter.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/ids.hpp"
#include "otto/rt/task.hpp"

namespace otto::ports {

struct EventQueue {
  CampaignId campaign;
  std::string url;
  int failures = 0;  ///< of its POSTs since the last that went well
};

struct PendingEvent {
  std::string id;             ///< the webhook-id header; the same on every try and every replay
  std::int64_t sequence = 0;  ///< of its campaign
  std::string type, data;     ///< data: JSON
  TimePoint at, queued_at;    ///< when it happened; when it was queued, or replayed
  int tries = 0;
};
struct EventFront {
  std::vector<PendingEvent> events;  ///< oldest first
  std::int64_t last_sequence = 0;    ///< of the queue at that moment
};

/// A webhook that was given up: an event, or the POST to a callbackUrl ("campaign.ended").
struct DeadLetter {
  std::string id, type, url, reason;
  CampaignId campaign;
  TimePoint at;  ///< when it was given up
};
struct DeadLetterPage {
  std::vector<DeadLetter> letters;  ///< oldest first
  std::string next_cursor;          ///< empty: no further page
};

class EventStore {
 public:
  virtual ~EventStore() = default;
  /// Takes up to `limit` queues that are due for `hold`: another instance does not see them meanwhile.
  virtual Task<Result<std::vector<EventQueue>>> take_queues(int limit, seconds hold, TimePoint now) = 0;
  virtual Task<Result<EventFront>> front(CampaignId campaign, int limit) = 0;
  virtual Task<Result<void>> sent(CampaignId campaign, std::string id) = 0;
  /// The queue is not due before `next`; its first event has had one more try.
  virtual Task<Result<void>> postpone(CampaignId campaign, std::string id, TimePoint next, std::string reason) = 0;
  /// The event becomes a dead letter, and with `all` the whole queue does.
  virtual Task<Result<void>> bury(CampaignId campaign, std::string id, std::string reason, bool all, TimePoint now) = 0;
  /// Gives the queue back: it is due at once if anything was queued after `last_sequence`, and otherwise rests.
  virtual Task<Result<void>> release(CampaignId campaign, std::int64_t last_sequence, TimePoint now) = 0;

  /// `campaign`: empty for all. `cursor`: empty, or an earlier page's; InvalidInput for another one.
  virtual Task<Result<DeadLetterPage>> dead_letters(CampaignId campaign, int limit, std::string cursor) = 0;
  /// Dead letters are sent anew, an event as the last of its queue; how many. `id`: one of them; empty: all of
  /// `campaign`, or of all campaigns; at most 10,000 at once.
  virtual Task<Result<int>> replay(std::string id, CampaignId campaign, TimePoint now) = 0;
};

}  // namespace otto::ports
