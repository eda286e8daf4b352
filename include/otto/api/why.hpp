// Why a campaign waits, and why a contact was called or not: the stored decisions as sentences. Pure.
#pragma once

#include <string>

#include "otto/base/json.hpp"
#include "otto/ports/store.hpp"

namespace otto::api {

struct WhyLimits {
  double calls_per_second = 1;
  int max_conversations = 0;  ///< 0: none
  int calls_per_day = 0;      ///< 0: none
};

/// "in 3 h 20 min", "in 45 s", "now".
std::string in_time(milliseconds until);

/// What the campaign is waiting for, as a sentence that begins in lower case.
std::string waiting_for(const ports::CampaignState& state, const WhyLimits& limits, TimePoint now);
/// The answer of GET /api/campaigns/:campaignId/why.
Json campaign_why(const ports::CampaignState& state, const WhyLimits& limits, TimePoint now);

/// The last decision about a contact: "waits until …", "is being called: …", "is not called any more: …".
std::string contact_sentence(const ports::ContactDecision& decision, TimePoint now);
/// The answer of GET /api/campaigns/:campaignId/contacts/:phone/why.
Json contact_why(const CampaignId& campaign, const ports::ContactDecision& decision, TimePoint now);

}  // namespace otto::api
