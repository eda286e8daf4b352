#include "otto/elevenlabs/subscription.hpp"

#include <array>

namespace otto::elevenlabs {

namespace {

struct Plan {
  std::string_view tier;
  int conversations;
};

/// From ElevenLabs' help pages, as of August 2025; the names are those of the API.
constexpr std::array<Plan, 6> kPlans{
    {{"free", 4}, {"starter", 6}, {"creator", 10}, {"pro", 20}, {"scale_2024_08_10", 30}, {"growing_business", 30}}};

}  // namespace

std::optional<int> conversations_of_tier(std::string_view tier) noexcept {
  for (const Plan& plan : kPlans)
    if (plan.tier == tier) return plan.conversations;
  return std::nullopt;
}

}  // namespace otto::elevenlabs
