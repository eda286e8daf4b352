// A campaign is held: inside the transaction that holds its row's lock.
#pragma once

#include <string>

#include "otto/base/clock.hpp"
#include "otto/base/ids.hpp"
#include "otto/model/campaign.hpp"

#include "store/transaction.hpp"

namespace otto::store {

/// Attempts that were not sent yet are given back: nothing is armed once this has been committed.
void hold_campaign(Transaction& tx, const CampaignId& id, CampaignHold hold, const std::string& reason, TimePoint now);

}  // namespace otto::store
