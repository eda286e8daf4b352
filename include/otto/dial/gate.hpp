// May this contact be dialed now? Pure: settings, contact and time in, verdict with its reason out.
#pragma once

#include "otto/model/campaign.hpp"
#include "otto/ports/store.hpp"

namespace otto::dial {

/// Calling hours in the campaign's zone, or in every zone in which the contact's number may be.
ports::GateVerdict may_dial(const Contact& contact, const CampaignSettings& settings, TimePoint now);

}  // namespace otto::dial
