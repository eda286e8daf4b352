#include "otto/hooks/event_dispatcher.hpp"

#include <utility>

#include "otto/base/failpoint.hpp"
#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"
#include "otto/base/text.hpp"
#include "otto/hooks/signature.hpp"
#include "otto/model/event.hpp"

namespace otto::hooks {

namespace {

Task<void> pause(rt::Timers& timers, milliseconds time) { co_await timers.sleep_for(time); }
Task<void> signal(rt::Event& event) { std::ignore = co_await event.wait(); }

void store_failed(std::string_view verb, const Error& error) {
  log::warn("events.store_failed", {{"verb", verb}, {"reason", error.detail}});
}

void tell(log::Level level, std::string_view what, const ports::EventQueue& queue, const ports::PendingEvent& event,
          const std::string& reason) {
  metrics::add("otto_hook_deliveries_total", {{"result", std::string{what}}});
  log::write(level, "event." + std::string{what},
             {{"campaign", queue.campaign.value},
              {"webhook", event.id},
              {"type", event.type},
              {"url", mask_url(queue.url)},
              {"try", event.tries + 1},
              {"reason", reason}});
}

}  // namespace

EventDispatcher::EventDispatcher(Deps deps, Options options)
    : deps_{std::move(deps)},
      options_{std::move(options)},
      wake_{deps_.loop},
      queues_{deps_.loop, "events", options_.concurrent} {}

Task<void> EventDispatcher::run() {
  while (!stopping_) {
    wake_.clear();
    co_await take();
    if (stopping_) break;
    std::ignore = co_await rt::first_of(pause(deps_.timers, options_.poll), signal(wake_));
  }
  co_await queues_.join();
}

void EventDispatcher::stop() {
  stopping_ = true;
  wake_.set();
}

Task<void> EventDispatcher::take() {
  const std::size_t room = options_.concurrent - queues_.size();
  if (room == 0) co_return;
  const SteadyPoint until = deps_.timers.steady() + options_.hold - options_.post_time;
  auto due = co_await deps_.events.take_queues(static_cast<int>(room), options_.hold, deps_.timers.now());
  if (!due) co_return store_failed("take_queues", due.error());
  for (ports::EventQueue& queue : *due) {
    const std::string name = "queue " + queue.campaign.value;
    queues_.spawn(name, work_off(std::move(queue), until));
  }
}

/// Without the store nothing can be recorded: the queue is due again when the hold has lapsed.
Task<void> EventDispatcher::work_off(ports::EventQueue queue, SteadyPoint until) {
  std::int64_t last_sequence = -1;  // of no queue: it stays due
  while (!stopping_ && deps_.timers.steady() < until) {
    auto front = co_await deps_.events.front(queue.campaign, options_.batch);
    if (!front) co_return store_failed("front", front.error());
    if (front->events.empty()) {
      last_sequence = front->last_sequence;
      break;
    }
    for (ports::PendingEvent& event : front->events) {
      if (stopping_ || deps_.timers.steady() >= until) break;
      const Next next = co_await send(queue, std::move(event));
      if (next == Next::Leave) co_return;
      if (next == Next::Look) break;
    }
  }
  auto released = co_await deps_.events.release(queue.campaign, last_sequence, deps_.timers.now());
  if (!released) store_failed("release", released.error());
  wake_.set();  // there is room for another one
}

Task<EventDispatcher::Next> EventDispatcher::send(ports::EventQueue& queue, ports::PendingEvent event) {
  std::string body = event_body(queue.campaign, event.sequence, event.type, event.at, event.data);
  ports::HookRequest request = signed_request(options_.key, queue.url, event.id, deps_.timers.now(), std::move(body));
  failpoint::pass("event", "before_post");
  auto answer = co_await deps_.sender.post(std::move(request));
  failpoint::pass("event", "before_settle");
  const seconds retry_after = answer ? answer->retry_after : seconds{0};
  co_return co_await settle(queue, std::move(event), judge(answer), retry_after);
}

Task<EventDispatcher::Next> EventDispatcher::settle(ports::EventQueue& queue, ports::PendingEvent event,
                                                    Judgement judgement, seconds retry_after) {
  const TimePoint now = deps_.timers.now();
  const auto wait =
      event_wait(queue.failures, event.tries + 1, now - event.queued_at, judgement.verdict, deps_.dice(), retry_after);
  Result<void> recorded;
  Next next = Next::Event;
  if (judgement.verdict == Verdict::Delivered) {
    tell(log::Level::Debug, "delivered", queue, event, judgement.reason);
    recorded = co_await deps_.events.sent(queue.campaign, event.id);
    queue.failures = 0;
  } else if (wait) {
    tell(log::Level::Info, "retried", queue, event, judgement.reason);
    recorded = co_await deps_.events.postpone(queue.campaign, event.id, now + *wait, judgement.reason);
    next = Next::Leave;
  } else {
    tell(log::Level::Warn, "given_up", queue, event, judgement.reason);
    recorded = co_await deps_.events.bury(queue.campaign, event.id, judgement.reason, judgement.is_gone, now);
    if (judgement.is_gone) next = Next::Look;
  }
  if (recorded) co_return next;
  store_failed("settle", recorded.error());
  co_return Next::Leave;
}

}  // namespace otto::hooks
