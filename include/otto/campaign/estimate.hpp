// How long a campaign will take and what it will cost, before it begins. Pure. Assumed: every call takes a minute, each
// contact is tried once, and nothing else is called meanwhile.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "otto/model/campaign.hpp"

namespace otto::campaign {

inline constexpr seconds kEstimatedCall{60};

/// Contacts whose calling hours are the same.
struct EstimateGroup {
  int contacts = 0;
  /// The first moment from `t` on at which they may be called; nullopt: never.
  std::function<std::optional<TimePoint>(TimePoint t)> opens;
};

struct EstimatePace {
  double calls_per_second = 1;  ///< of the account
  double price_per_minute = 0;  ///< for settings that name none; 0: unknown
};

struct Estimate {
  int calls = 0;                     ///< not more than the budget allows
  std::optional<TimePoint> ends_at;  ///< the last call's end; nullopt: not within 60 days
  std::optional<double> cost;
};

Estimate estimate(const std::vector<EstimateGroup>& groups, const CampaignSettings& settings, const EstimatePace& pace,
                  TimePoint begin);

}  // namespace otto::campaign
