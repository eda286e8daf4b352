// What to do when the line says that a machine has answered. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/model/campaign.hpp"
#include "otto/model/fact.hpp"

namespace otto::call {

/// What speaks for a person at the other end. Detectors are wrong about talkative people, and a late verdict must not
/// end a real conversation.
struct Dialog {
  int exchanges = 0;                        ///< runs of the callee's words, parted by the agent's
  std::optional<milliseconds> since_words;  ///< since the callee's first words
  bool is_first_run = false;                ///< the callee has spoken, and the agent has said nothing to it yet
};
/// At least two exchanges, or more than 15 s since the callee's first words.
bool is_real_dialog(const Dialog& dialog) noexcept;

enum class MachineAction : std::uint8_t { Ignore, HangUp, LeaveMessage, LetTalk };
/// Faxes are always hung up on. A campaign that wants a message but has none hangs up.
MachineAction decide_machine(AnsweredBy verdict, VoicemailAction wanted, bool has_message, const Dialog& dialog);
/// MachineHandled's reason: "hangup", "message" or "agent"; empty for Ignore.
std::string_view to_string(MachineAction action) noexcept;

}  // namespace otto::call
