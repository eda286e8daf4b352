#include "otto/model/state.hpp"

#include <algorithm>
#include <cmath>

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
/// Beyond a call's longest duration: what the line is given on top to end it, and the ringing, which some bill.
constexpr seconds kCallSlack{30 + 30};

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
  AfterAttempt after;
  const bool connected = call.outcome && is_connected(*call.outcome);
  after.contact = connected ? ContactState::Completed : ContactState::Failed;
  after.rule = connected ? "completed" : "ended";
  after.reason = "the last call ended " + std::string{call.outcome ? to_string(*call.outcome) : "FAILED"} +
                 ", and no further one is to follow";
  if (call.opted_out) after.reason = "the callee asked not to be called again";
  return after;
}

bool may_call_back(int attempts_used, const CampaignSettings& settings) noexcept {
  return attempts_used < settings.max_attempts + kMaxCallbacks;
}

namespace {

std::optional<RetryCase> retry_case(Outcome outcome) {
  switch (outcome) {
    case Outcome::NoAnswer:
      return RetryCase::NoAnswer;
    case Outcome::Busy:
      return RetryCase::Busy;
    case Outcome::Failed:
      return RetryCase::Failed;
    case Outcome::Voicemail:
      return RetryCase::Voicemail;
    case Outcome::HumanAnswered:
      return std::nullopt;
  }
  return std::nullopt;
}

AfterAttempt due(TimePoint at, std::string rule, std::string reason) {
  AfterAttempt after;
  after.contact = ContactState::Due;
  after.next_at = at;
  after.is_callback = rule == "callback";
  after.rule = std::move(rule);
  after.reason = std::move(reason);
  return after;
}

}  // namespace

AfterAttempt after_attempt(const CallState& call, int attempts_used, const CampaignSettings& settings, TimePoint now) {
  AfterAttempt open;
  open.contact = ContactState::Open;
  if (!call.outcome) return open;
  if (call.opted_out) return ended_for_good(call);
  if (call.callback_at && may_call_back(attempts_used, settings))
    return due(std::max(*call.callback_at, now), "callback",
               "the contact asked to be called at " + format_iso8601(*call.callback_at));
  // Nobody was spoken to, so that attempt does not count; the gate finds the next opening.
  if (call.hours_closed && attempts_used <= settings.max_attempts)
    return due(now + minutes{1}, "hours_closed", "the last call was answered after the calling hours");
  const auto which = retry_case(*call.outcome);
  // What the line refuses for this contact once it refuses again.
  if (!which || call.state == AttemptState::Refused) return ended_for_good(call);
  const RetryRule& rule = settings.retry[static_cast<std::size_t>(*which)];
  if (*which == RetryCase::Voicemail && !rule.delay && !rule.attempts) return ended_for_good(call);
  const int most = std::min(settings.max_attempts, rule.attempts.value_or(settings.max_attempts));
  if (attempts_used >= most) return ended_for_good(call);
  seconds wait = rule.delay.value_or(settings.retry_delay);
  if (call.state == AttemptState::NotPlaced) wait = std::max<seconds>(wait, kAfterNotPlaced);
  return due(now + wait, "retry",
             "attempt " + std::to_string(attempts_used) + " of " + std::to_string(most) + " ended " +
                 std::string{to_string(*call.outcome)} + "; the next one is due " + std::to_string(wait.count()) +
                 " s after it");
}

std::int64_t to_micros(double amount) noexcept { return std::llround(amount * 1e6); }

namespace {

std::int64_t begun_minutes(seconds time) noexcept { return (std::max<std::int64_t>(time.count(), 0) + 59) / 60; }

}  // namespace

std::int64_t worst_cost_micros(const CampaignSettings& settings) noexcept {
  return begun_minutes(settings.max_call_duration + kCallSlack) * to_micros(settings.budget.price_per_minute);
}

std::int64_t cost_micros(const CallState& call, std::int64_t price_micros_per_minute) noexcept {
  seconds talked{call.duration_seconds.value_or(0)};
  if (!call.duration_seconds && call.answered_at && call.completed_at)
    talked = std::chrono::ceil<seconds>(*call.completed_at - *call.answered_at);
  return begun_minutes(talked) * price_micros_per_minute;
}

}  // namespace otto
