#include "otto/model/state.hpp"

#include <algorithm>

#include "model/labels.hpp"

namespace otto {

namespace {

using Label = std::string_view;
constexpr std::array<Label, 14> kStates{"intent",   "sending",   "unknown", "not_placed",  "refused",
                                        "accepted", "initiated", "ringing", "in_progress", "completed",
                                        "busy",     "no_answer", "failed",  "canceled"};
constexpr std::array<Label, 5> kOutcomes{"HUMAN_ANSWERED", "VOICEMAIL", "NO_ANSWER", "BUSY", "FAILED"};

/// An attempt that left no trace at the line may still ring late: its contact waits at least this long.
constexpr minutes kAfterNotPlaced{30};
/// Beyond the campaign's own attempts: an agent that agrees on one callback after another stops here.
constexpr int kMaxCallbacks = 3;

}  // namespace

std::string_view to_string(AttemptState state) noexcept { return model::label_of(kStates, state); }
std::string_view to_string(Outcome outcome) noexcept { return model::label_of(kOutcomes, outcome); }

std::optional<AttemptState> parse_attempt_state(std::string_view text) noexcept {
  return model::parse_label<AttemptState>(kStates, text);
}
std::optional<Outcome> parse_outcome(std::string_view text) noexcept {
  return model::parse_label<Outcome>(kOutcomes, text);
}

std::string_view public_status(AttemptState state) noexcept {
  switch (state) {
    case AttemptState::Intent:
    case AttemptState::Sending:
    case AttemptState::Unknown:
    case AttemptState::Accepted:
    case AttemptState::Initiated:
      return "INITIATED";
    case AttemptState::Ringing:
      return "RINGING";
    case AttemptState::InProgress:
      return "ANSWERED";
    case AttemptState::Completed:
      return "COMPLETED";
    case AttemptState::Busy:
      return "BUSY";
    case AttemptState::NoAnswer:
      return "NO_ANSWER";
    case AttemptState::NotPlaced:
    case AttemptState::Refused:
    case AttemptState::Failed:
    case AttemptState::Canceled:
      return "FAILED";
  }
  return "FAILED";
}

bool is_connected(Outcome outcome) noexcept {
  return outcome == Outcome::HumanAnswered || outcome == Outcome::Voicemail;
}

AfterAttempt ended_for_good(const CallState& call) {
  const bool connected = call.outcome && is_connected(*call.outcome);
  return {connected ? ContactState::Completed : ContactState::Failed, std::nullopt};
}

bool may_call_back(int attempts_used, const CampaignSettings& settings) noexcept {
  return attempts_used < settings.max_attempts + kMaxCallbacks;
}

AfterAttempt after_attempt(const CallState& call, int attempts_used, const CampaignSettings& settings, TimePoint now) {
  if (!call.outcome) return {ContactState::Open, std::nullopt};
  if (call.opted_out) return ended_for_good(call);
  if (call.callback_at && may_call_back(attempts_used, settings))
    return {ContactState::Due, std::max(*call.callback_at, now)};
  // What the line refuses for this contact once it refuses again.
  if (is_connected(*call.outcome) || call.state == AttemptState::Refused || attempts_used >= settings.max_attempts)
    return ended_for_good(call);
  seconds wait = settings.retry_delay;
  if (call.state == AttemptState::NotPlaced) wait = std::max<seconds>(wait, kAfterNotPlaced);
  return {ContactState::Due, now + wait};
}

}  // namespace otto
