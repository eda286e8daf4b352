#include "otto/campaign/estimate.hpp"

#include <algorithm>
#include <cmath>

namespace otto::campaign {

namespace {

constexpr hours kHorizon{24 * 60};
using Exact = std::chrono::duration<double>;

/// Between the begins of two calls: the pause that was asked for, the account's rate, and the calls at once, whichever
/// holds most back.
Exact interval_of(const CampaignSettings& settings, const EstimatePace& pace) {
  Exact interval = settings.delay_between_calls;
  if (pace.calls_per_second > 0) interval = std::max(interval, Exact{1.0 / pace.calls_per_second});
  return std::max(interval, Exact{kEstimatedCall} / std::max(settings.max_concurrent_calls, 1));
}

int allowed_calls(int contacts, const CampaignSettings& settings, double price) {
  int calls = contacts;
  if (settings.budget.max_calls) calls = std::min(calls, *settings.budget.max_calls);
  if (settings.budget.max_cost && price > 0) {
    // Half a millionth: a price of 0.1 goes three times into 0.3.
    const double affordable = std::floor(*settings.budget.max_cost / price + 5e-7);
    if (affordable < calls) calls = static_cast<int>(affordable);
  }
  return std::max(calls, 0);
}

}  // namespace

/// In steps of a minute: within one the hours are looked at once.
Estimate estimate(const std::vector<EstimateGroup>& groups, const CampaignSettings& settings, const EstimatePace& pace,
                  TimePoint begin) {
  std::vector<int> left;
  int contacts = 0;
  for (const EstimateGroup& group : groups) {
    left.push_back(group.contacts);
    contacts += group.contacts;
  }
  const double price = settings.budget.price_per_minute > 0 ? settings.budget.price_per_minute : pace.price_per_minute;
  Estimate result;
  result.calls = allowed_calls(contacts, settings, price);
  if (price > 0) result.cost = result.calls * price * Exact{kEstimatedCall} / Exact{minutes{1}};
  const Exact interval = interval_of(settings, pace);
  Exact elapsed{0};  // from begin to the next call
  int remaining = result.calls;
  while (remaining > 0) {
    const auto now = begin + std::chrono::duration_cast<TimePoint::duration>(elapsed);
    if (now > begin + kHorizon) return result;
    std::optional<TimePoint> next;
    bool is_open = false;
    for (std::size_t i = 0; i < groups.size() && remaining > 0; ++i) {
      if (left[i] == 0) continue;
      const auto opens = groups[i].opens(now);
      if (opens && *opens > now) next = next ? std::min(*next, *opens) : *opens;
      if (!opens || *opens > now) continue;
      const int fit = std::max(1, static_cast<int>(Exact{minutes{1}} / interval));
      const int calls = std::min({fit, left[i], remaining});
      left[i] -= calls;
      remaining -= calls;
      elapsed += interval * calls;
      is_open = true;
      break;
    }
    if (is_open) continue;
    if (!next) return result;
    elapsed = std::max(elapsed, Exact{*next - begin});
  }
  if (result.calls > 0) elapsed += Exact{kEstimatedCall} - interval;  // the last one begins an interval before
  result.ends_at = begin + std::chrono::duration_cast<TimePoint::duration>(std::max(elapsed, Exact{0}));
  return result;
}

}  // namespace otto::campaign
