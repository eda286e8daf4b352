// A test call: a campaign of one contact with another campaign's settings, whose own contacts it leaves alone.
#pragma once

#include <string>

#include "otto/api/routes.hpp"
#include "otto/api/trigger.hpp"
#include "otto/model/campaign.hpp"

namespace otto::api {

/// What a trigger's settings are checked against on this machine.
TriggerChecks trigger_checks(const Config& config);

struct NewTest {
  NewCampaign campaign;
  NewContact contact;
};
/// At once and once, whatever the hours are where the number is: it is the caller's own. `variables` are those that the
/// conversation shall have. InvalidInput: no telephone number, or none that is called.
Result<NewTest> make_test(const NewCampaign& of, Variables variables, const std::string& phone, const std::string& name,
                          const Config& config);

/// Stores and starts it. Conflict: the number is on the do-not-call list.
Task<Result<void>> start_test(const Deps& deps, NewTest test);

}  // namespace otto::api
