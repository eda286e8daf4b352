#include "otto/dial/dialer.hpp"

#include <algorithm>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::dial {

namespace {

constexpr seconds kTakeBackWithin{30};  // then the row is the reconciler's, which finds it after a minute

ports::AttemptContext context_of(const ports::Claimed& claimed, const Campaign& campaign, TimePoint now) {
  ports::AttemptContext context;
  context.attempt = claimed.attempt;
  context.campaign = campaign.id;
  context.type = campaign.type;
  context.settings = campaign.settings;
  context.campaign_status = CampaignStatus::Running;
  context.contact = claimed.contact;
  context.from = claimed.from;
  context.call.state = AttemptState::Sending;
  context.sending_at = now;
  context.dealership_id = campaign.dealership_id;
  return context;
}

ports::PlaceRequest request_of(const ports::Claimed& claimed, const CampaignSettings& settings) {
  ports::PlaceRequest request;
  request.attempt = claimed.attempt;
  request.to = claimed.contact.phone;
  request.from = claimed.from;
  request.record = settings.record_calls;
  request.wait_for_machine_end = settings.voicemail == VoicemailAction::Message;
  request.ring_timeout = kRingTimeout;
  // The daemon ends a call that is too long by itself; the line's own limit is the net under it.
  request.time_limit = settings.max_call_duration + seconds{30};
  return request;
}

Fact fact_of(FactKind kind, const ports::Claimed& claimed, TimePoint now, const ports::PlaceResult& result) {
  Fact fact{kind};
  fact.dedupe_key = "create:" + std::string{to_string(kind)} + ":" + claimed.attempt.value;
  fact.at = now;
  fact.call_sid = result.call_sid;
  fact.error_code = result.error_code;
  fact.reason = result.message;
  return fact;
}

}  // namespace

Task<DialEnd> Dialer::dial(ports::Claimed claimed, Campaign campaign, std::function<bool()> may_dial) {
  if (claimed.send_in > milliseconds{0}) co_await deps_.timers.sleep_for(claimed.send_in);
  milliseconds backoff{100};
  for (int tries = 0; tries < kMaxUnsentTries; ++tries) {
    if (!may_dial()) co_return co_await withdraw(claimed, milliseconds{0}, "the campaign no longer dials");
    const TimePoint now = deps_.timers.now();
    auto armed = co_await deps_.attempts.arm(claimed.attempt, now, now + deps_.send_deadline);
    if (!armed) co_return co_await take_back(claimed, armed.error().detail);
    if (!*armed) {  // withdrawn by a stop
      DialEnd end;
      end.kind = DialEnd::Kind::Withdrawn;
      end.reason = "the attempt was withdrawn";
      co_return end;
    }
    if (tries == 0 && deps_.dispatching) deps_.dispatching(context_of(claimed, campaign, now));
    auto request = request_of(claimed, campaign.settings);
    request.may_send = may_dial;
    const SteadyPoint started = deps_.timers.steady();
    auto result = co_await deps_.line.place(std::move(request));
    metrics::observe("otto_dial_seconds", std::chrono::duration<double>(deps_.timers.steady() - started).count());
    const bool again = result.verdict == ports::PlaceVerdict::NotSent ||
                       result.verdict == ports::PlaceVerdict::Throttled ||
                       (result.verdict == ports::PlaceVerdict::Ambiguous && failpoint::is_broken("once"));
    if (!again) co_return co_await settle(claimed, std::move(result));

    log::warn("call.not_sent", {{"attempt", claimed.attempt.value}, {"reason", result.message}, {"try", tries + 1}});
    auto disarmed = co_await deps_.attempts.disarm(claimed.attempt);
    if (!disarmed || !*disarmed) co_return DialEnd{};  // a callback or the reconciler knows better
    co_await deps_.timers.sleep_for(std::max(backoff, result.retry_after));
    backoff = std::min(backoff * 2, milliseconds{30'000});
  }
  co_return co_await withdraw(claimed, milliseconds{60'000}, "the line could not be reached");
}

Task<DialEnd> Dialer::withdraw(const ports::Claimed& claimed, milliseconds wait, std::string reason) {
  const TimePoint next = deps_.timers.now() + wait;
  auto done = co_await deps_.attempts.withdraw(claimed.attempt, next, reason);
  if (!done) log::warn("call.not_withdrawn", {{"attempt", claimed.attempt.value}, {"error", done.error().detail}});
  DialEnd end;
  end.kind = DialEnd::Kind::Withdrawn;
  end.reason = std::move(reason);
  co_return end;
}

/// The store has not answered: the row is INTENT or SENDING, and nothing was sent. Whoever dies over this leaves it to
/// the reconciler.
Task<DialEnd> Dialer::take_back(const ports::Claimed& claimed, std::string reason) {
  milliseconds wait{250};
  for (milliseconds waited{0}; waited < kTakeBackWithin;
       waited += wait, wait = std::min(wait * 2, milliseconds{2000})) {
    co_await deps_.timers.sleep_for(wait);
    auto disarmed = co_await deps_.attempts.disarm(claimed.attempt);
    if (disarmed) break;
  }
  co_return co_await withdraw(claimed, milliseconds{0}, std::move(reason));
}

Task<DialEnd> Dialer::settle(const ports::Claimed& claimed, ports::PlaceResult result) {
  const TimePoint now = deps_.timers.now();
  const bool everybody = result.verdict == ports::PlaceVerdict::Refused &&
                         result.scope != ports::RefusalScope::Contact && result.scope != ports::RefusalScope::Country;
  if (everybody) {
    // The fault is not the contact's: its attempt is given back before the campaign is told.
    auto disarmed = co_await deps_.attempts.disarm(claimed.attempt);
    if (disarmed && *disarmed) co_await withdraw(claimed, milliseconds{0}, result.message);
    DialEnd end;
    end.kind = result.scope == ports::RefusalScope::Account ? DialEnd::Kind::Hold : DialEnd::Kind::Halt;
    end.reason = result.message;
    co_return end;
  }
  FactKind kind = FactKind::Ambiguous;
  if (result.verdict == ports::PlaceVerdict::Placed) kind = FactKind::Placed;
  if (result.verdict == ports::PlaceVerdict::Refused) kind = FactKind::Refused;
  std::vector<Fact> facts;
  facts.push_back(fact_of(kind, claimed, now, result));
  co_await deps_.recorder.record_surely(claimed.attempt, std::move(facts));
  co_return DialEnd{};
}

}  // namespace otto::dial
