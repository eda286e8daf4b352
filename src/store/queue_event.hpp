// Events into their outbox, inside the transaction of what they tell. The queue's row is locked last, after the
// attempt's, the contact's and the campaign's, and several queues in the order of their campaigns.
#pragma once

#include <map>
#include <string_view>

#include "otto/model/event.hpp"

#include "store/transaction.hpp"

namespace otto::store {

/// Beyond so many that the receiver has not taken, events become dead letters at once.
inline constexpr int kMaxPendingEvents = 100'000;

bool has_event_queue(Transaction& tx, const CampaignId& campaign);
using CampaignEvents = std::multimap<CampaignId, Event>;  ///< those of one campaign in their order
/// Nothing happens for campaigns without an eventsUrl.
void queue_events(Transaction& tx, const CampaignEvents& events, TimePoint now);
/// `what` as in campaign_event(), after the change.
void queue_campaign_event(Transaction& tx, const CampaignId& campaign, std::string_view what, TimePoint now);

}  // namespace otto::store
