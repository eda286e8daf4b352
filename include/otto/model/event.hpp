// What others are told of a campaign as it happens: the events that go to its eventsUrl. Pure; src/api/openapi.json
// ("webhooks") is their description for whoever receives them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/base/json.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/state.hpp"

namespace otto {

struct Event {
  std::string type;  ///< "call.ended"
  Json data;
};

/// "campaign.started", "campaign.paused", "campaign.resumed", and by its status at the end "campaign.completed",
/// "campaign.stopped", "campaign.failed". The campaign as it stands after the change.
Event campaign_event(std::string_view what, const Campaign& campaign);

/// Whose call it is.
struct EventContact {
  AttemptId attempt;
  int attempt_number = 1, row = 0;
  std::string name, phone, email;
};

/// What a record of facts has changed, in the order in which it happened: "call.dialed" (the line has accepted it),
/// "call.answered", "call.ended" (with the outcome; also for an attempt that never became a call) and, when the
/// recording, the summary or a late report has changed an ended call, "call.updated".
std::vector<Event> call_events(const CallState& before, const CallState& after, bool closed_now,
                               const EventContact& contact);

/// "contact.do_not_call". `source` as in the do-not-call list.
Event do_not_call_event(const std::string& phone, const std::string& source, const std::string& reason);

/// The body of the webhook that tells of an event. `sequence` grows from event to event of one campaign.
std::string event_body(const CampaignId& campaign, std::int64_t sequence, const std::string& type, TimePoint at,
                       const std::string& data);

}  // namespace otto
