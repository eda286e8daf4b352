// What a plan includes. The API names the plan and not its limit of conversations: that is in a table of ElevenLabs'
// help pages alone. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/json.hpp"

namespace otto::elevenlabs {

/// What the account has bought. The API counts credits under their old name, characters.
struct Subscription {
  std::string tier;                    ///< the plan by ElevenLabs' own name: "creator", "scale_2024_08_10", …
  std::string status;                  ///< "active", "trialing", "free", "past_due", "unpaid", …
  std::int64_t used = 0, limit = 0;    ///< credits of the running period
  bool may_exceed = false;             ///< what goes beyond is billed by use
  std::optional<TimePoint> resets_at;  ///< when the next period begins
};
/// ProviderUnavailable when it names no plan.
Result<Subscription> read_subscription(const Json& answer);

/// Conversations at once, without the burst of up to three times as many at twice the price. nullopt: agreed by
/// contract ("enterprise"), or a plan that is newer than the table.
std::optional<int> conversations_of_tier(std::string_view tier) noexcept;

}  // namespace otto::elevenlabs
