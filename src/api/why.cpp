#include "otto/api/why.hpp"

#include <algorithm>
#include <fmt/format.h>

#include "otto/base/plural.hpp"
#include "otto/phone/window.hpp"

namespace otto::api {

namespace {

constexpr milliseconds kFullSchedule{5000};  // from here on claims wait for a place

Json or_null(const std::optional<TimePoint>& time) { return time ? Json(format_iso8601(*time)) : Json(nullptr); }
Json or_null(const std::string& text) { return text.empty() ? Json(nullptr) : Json(text); }

double amount(std::int64_t micros) { return static_cast<double>(micros) / 1e6; }

milliseconds from_to(TimePoint now, TimePoint then) { return std::chrono::duration_cast<milliseconds>(then - now); }

std::string until(TimePoint then, const Contact& contact, TimePoint now) {
  const std::string zone = contact.zones.empty() ? "UTC" : contact.zones.front();
  return "waits until " + phone::format_local_time(then, zone) + " " + zone + " (" + in_time(from_to(now, then)) + ")";
}

std::string with_reason(std::string sentence, const std::string& reason) {
  return reason.empty() ? sentence : sentence + ": " + reason;
}

}  // namespace

std::string in_time(milliseconds time) {
  const std::int64_t left = (time.count() + 999) / 1000;
  if (left <= 0) return "now";
  if (left < 120) return fmt::format("in {} s", left);
  const std::int64_t in_minutes = (left + 59) / 60;
  if (in_minutes < 60) return fmt::format("in {} min", in_minutes);
  const std::int64_t in_hours = in_minutes / 60;
  if (in_hours >= 48) return fmt::format("in {} days", in_hours / 24);
  return in_minutes % 60 == 0 ? fmt::format("in {} h", in_hours)
                              : fmt::format("in {} h {} min", in_hours, in_minutes % 60);
}

std::string contact_sentence(const ports::ContactDecision& decision, TimePoint now) {
  const Contact& contact = decision.contact;
  switch (contact.state) {
    case ContactState::Due:
      if (decision.suppressed) return "is not called any more: the number is on the do-not-call list";
      if (contact.next_at > now) return with_reason(until(contact.next_at, contact, now), decision.reason);
      return contact.attempts == 0 ? "is due and waits for its turn"
                                   : with_reason("is due again and waits for its turn", decision.reason);
    case ContactState::Open:
      return with_reason("is being called", decision.reason);
    case ContactState::Completed:
      return with_reason("has been reached", decision.reason);
    case ContactState::Failed:
      return with_reason("is not called any more", decision.reason.empty() ? decision.last_error : decision.reason);
  }
  return {};
}

std::string waiting_for(const ports::CampaignState& state, const WhyLimits& limits, TimePoint now) {
  const Campaign& campaign = state.campaign;
  const CampaignSettings& settings = campaign.settings;
  const bool is_active = campaign.status == CampaignStatus::Pending || campaign.status == CampaignStatus::Running;
  if (!is_active)
    return with_reason("nothing: it has ended as " + std::string{to_string(campaign.status)},
                       campaign.failure_reason.value_or(""));
  if (campaign.hold)
    return "a person: it is held (" + std::string{to_string(*campaign.hold)} + "). " + campaign.hold_reason;
  if (campaign.status == CampaignStatus::Pending) {
    if (campaign.scheduled_time && *campaign.scheduled_time > now)
      return "its scheduled time, " + format_iso8601(*campaign.scheduled_time) + " (" +
             in_time(from_to(now, *campaign.scheduled_time)) + ")";
    return "an instance to begin it, which takes a second";
  }
  if (!state.next) {
    if (state.open_calls > 0)
      return state.open_calls == 1 ? "the end of its last call; nobody else is left"
                                   : fmt::format("the end of its last {} calls; nobody else is left", state.open_calls);
    return "nothing: everybody has been called, it is about to be completed";
  }
  if (settings.budget.max_calls && state.calls_closed + state.open_calls >= *settings.budget.max_calls)
    return "calls under way to end: the budget allows " + counted(*settings.budget.max_calls, "call");
  if (state.open_calls >= settings.max_concurrent_calls)
    return fmt::format("a call of its own to end: {} under way, and settings.maxConcurrentCalls is {}",
                       counted(state.open_calls, "is", "are"), settings.max_concurrent_calls);
  if (limits.max_conversations > 0 && state.account_calls >= limits.max_conversations)
    return fmt::format("a call of the account to end: {} under way, and ELEVENLABS_MAX_CONVERSATIONS is {}",
                       counted(state.account_calls, "is", "are"), limits.max_conversations);
  if (limits.calls_per_day > 0 && state.calls_of_day >= limits.calls_per_day)
    return fmt::format(
        "the calls of the last 24 hours, {} over all campaigns, to lie further back: OTTO_CALLS_PER_DAY is {}",
        state.calls_of_day, limits.calls_per_day);
  if (state.next->contact.next_at > now)
    return "the next contact, " + state.next->contact.phone + ", which " + contact_sentence(*state.next, now);
  if (state.rate_wait > kFullSchedule)
    return fmt::format("its place in the account's schedule: TWILIO_CALLS_PER_SECOND is {}", limits.calls_per_second);
  const double delay = static_cast<double>(settings.delay_between_calls.count()) / 1000;
  return fmt::format("its next contact, {}; settings.delayBetweenCalls is {} s", state.next->contact.phone, delay);
}

Json campaign_why(const ports::CampaignState& state, const WhyLimits& limits, TimePoint now) {
  const Campaign& campaign = state.campaign;
  const Budget& budget = campaign.settings.budget;
  Json rules = Json::array();
  for (const ports::RuleCount& rule : state.rules)
    rules.push_back({{"rule", rule.rule},
                     {"decisions", rule.decisions},
                     {"lastAt", format_iso8601(rule.last_at)},
                     {"lastReason", rule.last_reason}});
  Json answer{{"success", true},
              {"campaignId", campaign.id.value},
              {"status", std::string{to_string(campaign.status)}},
              {"hold", campaign.hold ? Json(to_string(*campaign.hold)) : Json(nullptr)},
              {"holdReason", or_null(campaign.hold_reason)},
              {"heldAt", or_null(campaign.held_at)},
              {"waitingFor", waiting_for(state, limits, now)},
              {"activeCalls", state.open_calls},
              {"nextContact", nullptr},
              {"budget",
               {{"calls", state.calls_closed + state.open_calls},
                {"maxCalls", budget.max_calls ? Json(*budget.max_calls) : Json(nullptr)},
                {"spent", amount(state.spent_micros)},
                {"reserved", amount(state.reserved_micros)},
                {"maxCost", budget.max_cost ? Json(*budget.max_cost) : Json(nullptr)}}},
              {"rules", std::move(rules)}};
  if (state.next) answer["nextContact"] = contact_why(campaign.id, *state.next, now)["contact"];
  return answer;
}

Json contact_why(const CampaignId& campaign, const ports::ContactDecision& decision, TimePoint now) {
  const Contact& contact = decision.contact;
  const bool waits = contact.state == ContactState::Due;
  return Json{{"success", true},
              {"campaignId", campaign.value},
              {"contact",
               {{"row", contact.row},
                {"name", contact.name},
                {"phone", contact.phone},
                {"state", to_string(contact.state)},
                {"attempts", contact.attempts},
                {"nextAt", waits && contact.next_at > now ? Json(format_iso8601(contact.next_at)) : Json(nullptr)},
                {"zones", contact.zones},
                {"rule", or_null(decision.rule)},
                {"reason", or_null(decision.reason)},
                {"decidedAt", or_null(decision.at)},
                {"text", contact_sentence(decision, now)}}}};
}

}  // namespace otto::api
