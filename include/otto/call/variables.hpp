// What the agent is told about the person it talks to.
#pragma once

#include "otto/ports/store.hpp"

namespace otto::call {

/// customerName, customerPhone, customerEmail, campaignType, dealershipId, attemptNumber, callSid, transferDestinations
/// (the names that transfer_call takes) and reconnected ("true" when an earlier stream of this call was lost), always
/// present, if need be empty, because an agent refuses a conversation that lacks a variable of its prompt. The
/// contact's own columns come on top and never replace ours.
Variables conversation_variables(const ports::AttemptContext& context);

}  // namespace otto::call
