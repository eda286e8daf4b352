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

Result<Subscription> read_subscription(const Json& answer) {
  Subscription plan;
  plan.tier = text_at(answer, "tier");
  if (plan.tier.empty())
    return Error{Errc::ProviderUnavailable, "ElevenLabs's answer for the account's subscription has no tier."};
  plan.status = text_at(answer, "status");
  plan.used = integer_at(answer, "character_count").value_or(0);
  plan.limit = integer_at(answer, "character_limit").value_or(0);
  plan.may_exceed = text_at(answer, "can_extend_character_limit") == "true" &&
                    text_at(answer, "allowed_to_extend_character_limit") == "true";
  if (const auto reset = integer_at(answer, "next_character_count_reset_unix"); reset && *reset > 0)
    plan.resets_at = TimePoint{seconds{*reset}};
  return plan;
}

std::optional<int> conversations_of_tier(std::string_view tier) noexcept {
  for (const Plan& plan : kPlans)
    if (plan.tier == tier) return plan.conversations;
  return std::nullopt;
}

}  // namespace otto::elevenlabs
