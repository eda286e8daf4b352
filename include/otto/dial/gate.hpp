// May this contact be dialed now? Pure: settings, contact, what was dialed before and the time in, verdict with its
// rule and reason out.
#pragma once

#include <optional>

#include "otto/model/campaign.hpp"
#include "otto/phone/destinations.hpp"
#include "otto/ports/store.hpp"

namespace otto::dial {

/// What holds for every campaign of the daemon.
struct GateLimits {
  int calls_per_number = 3;                         ///< to one number within 24 hours, over all campaigns; 0: no limit
  std::optional<phone::Destinations> destinations;  ///< absent: all places
};

/// The campaign's calling hours, in its zone or in every zone in which the contact may be, and with
/// settings.legal_hours the law's in the contact's zones.
ports::GateVerdict may_dial(const Contact& contact, const CampaignSettings& settings, TimePoint now);

/// The same, where the number is, and how often the contact and its number have been called. A callback that the
/// contact asked for is not held back by the number's limit.
ports::GateVerdict decide(const Contact& contact, const CampaignSettings& settings, const ports::DialHistory& history,
                          const GateLimits& limits, TimePoint now);

}  // namespace otto::dial
