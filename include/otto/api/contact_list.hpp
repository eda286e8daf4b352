// Where a campaign's contacts come from, read and judged: for the trigger, for its preview, and for the command line.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/base/config.hpp"
#include "otto/campaign/importer.hpp"
#include "otto/phone/destinations.hpp"
#include "otto/ports/sheet.hpp"
#include "otto/ports/sheet_store.hpp"

namespace otto::api {

/// OTTO_ALLOWED_DESTINATIONS, or the callers' countries.
phone::Destinations destinations_of(const Config& config);
campaign::ImportOptions import_options(const Config& config);

/// Skips contacts whose number another campaign of the same type is about to call: a list that is triggered twice must
/// not call everybody twice. Campaigns of other types are only warned of. Pure.
void judge_active(campaign::ImportReport& report, const std::vector<ports::ActiveNumber>& active, CampaignType type);

/// Skips contacts whose number is on the do-not-call list. One that joins it after this is closed by the opt-out or by
/// the claim. Pure.
void judge_suppressed(campaign::ImportReport& report, const std::vector<std::string>& suppressed);

std::vector<std::string> numbers_of(const campaign::ImportReport& report);

/// {"callable","skippedContacts","warnings","variables","sample"}: one report of what a list holds.
Json report_json(const campaign::ImportReport& report);

}  // namespace otto::api
