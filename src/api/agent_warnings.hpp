// The agent's configuration, looked at when a campaign is triggered.
#pragma once

#include <string>
#include <vector>

#include "otto/api/routes.hpp"

namespace otto::api {

/// What the agent lacks for this campaign, in sentences; NotFound when there is no such agent. A provider that is slow
/// or out of order holds nobody up. `contact` has the variables of all.
Task<Result<std::vector<std::string>>> agent_warnings(const Deps& deps, const NewCampaign& campaign,
                                                      const NewContact& contact);

}  // namespace otto::api
