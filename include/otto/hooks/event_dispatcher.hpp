// Sends the events that the store's outbox holds to the campaigns' eventsUrls: signed, each queue from its front and
// one POST at a time, so that a receiver hears of a campaign in order. An event that is not taken holds back those
// behind it until it is taken or a dead letter. At least once: a POST whose end could not be recorded is made again
// with the same webhook-id. The URL is a secret of its own, and is never logged whole.
#pragma once

#include <functional>
#include <string>

#include "otto/hooks/policy.hpp"
#include "otto/ports/event_store.hpp"
#include "otto/ports/hook.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"

namespace otto::hooks {

class EventDispatcher {
 public:
  /// Everything outlives the dispatcher.
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::EventStore& events;
    ports::HookSender& sender;
    std::function<double()> dice;  ///< in [0, 1)
  };
  struct Options {
    std::string key;             ///< signing_key() of the secret
    milliseconds poll{1000};     ///< how often the store is asked
    seconds hold{60};            ///< how long a queue is ours
    seconds post_time{20};       ///< the longest that a POST and its record take: nothing is sent in the hold's last
    std::size_t concurrent = 8;  ///< queues; what is due beyond them waits in the store
    int batch = 50;              ///< events of a queue read at once
    Options() = default;
  };
  EventDispatcher(Deps deps, Options options);

  /// Sends until stop() has been called; then the POSTs under way have ended.
  Task<void> run();
  void stop();
  /// Something may have been queued: look now rather than at the next poll.
  void wake() { wake_.set(); }

 private:
  enum class Next : std::uint8_t {
    Event,  ///< that follows
    Look,   ///< at the queue anew
    Leave   ///< the queue to itself
  };
  Task<void> take();
  Task<void> work_off(ports::EventQueue queue, SteadyPoint until);
  Task<Next> send(ports::EventQueue& queue, ports::PendingEvent event);
  Task<Next> settle(ports::EventQueue& queue, ports::PendingEvent event, Judgement judgement, seconds retry_after);

  Deps deps_;
  Options options_;
  rt::Event wake_;
  bool stopping_ = false;
  rt::Group queues_;
};

}  // namespace otto::hooks
