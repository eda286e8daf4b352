// What makes a number uncallable, for the verb and for a call's own opt-out.
#pragma once

#include "otto/ports/store.hpp"

#include "store/queue_event.hpp"

namespace otto::store {

/// otto.contact's last_error of a contact that is closed for it.
inline constexpr char kSuppressedReason[] = "on the do-not-call list";

/// Must come before any row lock of the same transaction: an opt-out waits here for claims and arms of the number, and
/// they must not wait for it.
void lock_number(Transaction& tx, const std::string& phone);
/// With the number locked. Afterwards takes locks in the order attempt, contact, campaign.
ports::Suppressed suppress(Transaction& tx, const ports::Suppression& entry);
/// What these campaigns' receivers are told of it.
CampaignEvents events_of(const ports::Suppression& entry, const std::vector<CampaignId>& campaigns);

}  // namespace otto::store
