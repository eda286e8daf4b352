// When a list could be called, how long that would take and what it would cost: part of the preview's answer. Pure, and
// for long lists it takes its time: for a worker thread.
#pragma once

#include <vector>

#include "otto/base/json.hpp"
#include "otto/campaign/estimate.hpp"
#include "otto/model/campaign.hpp"

namespace otto::api {

/// {"zones": [{"zone", "contacts", "opensAt"}], "estimate": {"calls", "endsAt", "cost", "assumptions"}}. Calling begins
/// where the claim's own gate lets it.
Json preview_plan(const std::vector<NewContact>& contacts, const CampaignSettings& settings,
                  const campaign::EstimatePace& pace, TimePoint now);

}  // namespace otto::api
