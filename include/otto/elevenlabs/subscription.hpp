// What a plan includes. The API names the plan and not its limit of conversations: that is in a table of ElevenLabs'
// help pages alone. Pure.
#pragma once

#include <optional>
#include <string_view>

namespace otto::elevenlabs {

/// Conversations at once, without the burst of up to three times as many at twice the price. nullopt: agreed by
/// contract ("enterprise"), or a plan that is newer than the table.
std::optional<int> conversations_of_tier(std::string_view tier) noexcept;

}  // namespace otto::elevenlabs
