// The bodies of answers, by the contract's names. Pure.
#pragma once

#include <string>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/model/campaign.hpp"
#include "otto/ports/store.hpp"

namespace otto::api {

/// `warnings`: what the agent lacks for this campaign; the campaign runs all the same.
Json triggered(const NewCampaign& campaign, CampaignStatus status, std::size_t contacts,
               const std::vector<SkippedContact>& skipped, const std::vector<std::string>& warnings,
               const std::string& base_url);
/// The fields of public."OutboundCall", by the same names; absent values are null.
Json call_json(const ports::CallRow& call);
/// One call with its figures and the evidence of who answered.
Json call_report(const ports::CallReport& report);
Json campaign_results(const ports::CampaignResults& results, int limit, const std::string& base_url);
Json suppression_page(const ports::SuppressionPage& page, int limit, const std::string& base_url);
Json stopped(const CampaignId& id, const ports::Stopped& stop);

}  // namespace otto::api
