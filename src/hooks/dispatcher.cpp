#include "otto/hooks/dispatcher.hpp"

#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/hooks/signature.hpp"

namespace otto::hooks {

namespace {

Task<void> pause(rt::Timers& timers, milliseconds time) { co_await timers.sleep_for(time); }
Task<void> signal(rt::Event& event) { std::ignore = co_await event.wait(); }

std::string_view label(Verdict verdict) {
  switch (verdict) {
    case Verdict::Delivered:
      return "delivered";
    case Verdict::GiveUp:
      return "given_up";
    default:
      return "retried";
  }
}

void tell(log::Level level, std::string_view event, const ports::DueHook& hook, const std::string& reason) {
  log::write(level, event,
             {{"campaign", hook.campaign.value},
              {"webhook", hook.id},
              {"url", mask_url(hook.url)},
              {"try", hook.tries + 1},
              {"reason", reason}});
}

}  // namespace

Dispatcher::Dispatcher(Deps deps, Options options)
    : deps_{std::move(deps)},
      options_{std::move(options)},
      wake_{deps_.loop},
      deliveries_{deps_.loop, "hooks", options_.concurrent} {}

Task<void> Dispatcher::run() {
  while (!stopping_) {
    wake_.clear();
    co_await take();
    if (stopping_) break;
    std::ignore = co_await rt::first_of(pause(deps_.timers, options_.poll), signal(wake_));
  }
  co_await deliveries_.join();
}

void Dispatcher::stop() {
  stopping_ = true;
  wake_.set();
}

Task<void> Dispatcher::take() {
  const std::size_t room = options_.concurrent - deliveries_.size();
  if (room == 0) co_return;
  auto due = co_await deps_.hooks.take_due(static_cast<int>(room), options_.hold, deps_.timers.now());
  if (!due) {
    log::warn("hooks.store_failed", {{"verb", "take_due"}, {"reason", due.error().detail}});
    co_return;
  }
  for (ports::DueHook& hook : *due) {
    const std::string name = "hook " + hook.id;
    deliveries_.spawn(name, deliver(std::move(hook)));
  }
}

Task<void> Dispatcher::deliver(ports::DueHook hook) {
  auto results = co_await deps_.campaigns.results(hook.campaign, 0, "");
  if (!results) {
    // Without the database nothing can be recorded either: when the hold has lapsed, the delivery is due again.
    if (results.error().code != Errc::NotFound) {
      log::warn("hooks.store_failed", {{"verb", "results"}, {"reason", results.error().detail}});
      co_return;
    }
    Judgement gone;
    gone.verdict = Verdict::GiveUp;
    gone.reason = "the campaign does not exist any more";
    co_await settle(std::move(hook), std::move(gone), seconds{0});
    co_return;
  }
  auto answer = co_await deps_.sender.post(make_request(hook, *results));
  const seconds retry_after = answer ? answer->retry_after : seconds{0};
  co_await settle(std::move(hook), judge(answer), retry_after);
  wake_.set();  // there is room for another one
}

Task<void> Dispatcher::settle(ports::DueHook hook, Judgement judgement, seconds retry_after) {
  const TimePoint now = deps_.timers.now();
  const auto wait = wait_after(hook.tries + 1, judgement.verdict, deps_.dice(), retry_after);
  const bool again = judgement.verdict != Verdict::Delivered && wait.has_value();
  if (judgement.verdict != Verdict::Delivered && !again) judgement.verdict = Verdict::GiveUp;
  metrics::add("otto_hook_deliveries_total", {{"result", std::string{label(judgement.verdict)}}});

  Result<void> recorded;
  if (judgement.verdict == Verdict::Delivered) {
    tell(log::Level::Info, "hook.delivered", hook, judgement.reason);
    recorded = co_await deps_.hooks.delivered(hook.id, now);
  } else if (again) {
    tell(log::Level::Info, "hook.retry", hook, judgement.reason);
    recorded = co_await deps_.hooks.retry(hook.id, now + *wait, judgement.reason);
  } else {
    tell(log::Level::Warn, "hook.given_up", hook, judgement.reason);
    recorded = co_await deps_.hooks.give_up(hook.id, judgement.reason, now);
  }
  if (!recorded) log::warn("hooks.store_failed", {{"verb", "settle"}, {"reason", recorded.error().detail}});
}

ports::HookRequest Dispatcher::make_request(const ports::DueHook& hook, const ports::CampaignResults& results) const {
  Json payload = deps_.describe(results);
  for (const char* paged : {"calls", "next", "nextCursor"}) payload.erase(paged);
  payload["event"] = "campaign.ended";

  return signed_request(options_.key, hook.url, hook.id, deps_.timers.now(), dump_json(payload));
}

}  // namespace otto::hooks
