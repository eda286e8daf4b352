#include "otto/call/machine.hpp"

namespace otto::call {

bool is_real_dialog(const Dialog& dialog) noexcept {
  return dialog.exchanges >= 2 || (dialog.since_words && *dialog.since_words > seconds{15});
}

MachineAction decide_machine(AnsweredBy verdict, VoicemailAction wanted, bool has_message, const Dialog& dialog) {
  if (!is_machine(verdict) || is_real_dialog(dialog)) return MachineAction::Ignore;
  if (verdict == AnsweredBy::Fax) return MachineAction::HangUp;
  switch (wanted) {
    case VoicemailAction::HangUp:
      return MachineAction::HangUp;
    case VoicemailAction::Message:
      return has_message ? MachineAction::LeaveMessage : MachineAction::HangUp;
    case VoicemailAction::Agent:
      return MachineAction::LetTalk;
  }
  return MachineAction::HangUp;
}

std::string_view to_string(MachineAction action) noexcept {
  switch (action) {
    case MachineAction::Ignore:
      return "";
    case MachineAction::HangUp:
      return "hangup";
    case MachineAction::LeaveMessage:
      return "message";
    case MachineAction::LetTalk:
      return "agent";
  }
  return "";
}

}  // namespace otto::call
