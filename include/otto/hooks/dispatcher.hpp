// Delivers the webhooks that the store holds: signed, one POST at a time each, until the receiver has them or the
// schedule ends. At least once: when the store cannot be told of a delivery, it is made again with the same webhook-id.
// The URL is a secret of its own (n8n's resume URLs are signed): it is used byte for byte and never logged whole.
#pragma once

#include <functional>
#include <string>

#include "otto/base/json.hpp"
#include "otto/hooks/policy.hpp"
#include "otto/ports/hook.hpp"
#include "otto/ports/store.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/rt/time.hpp"

namespace otto::hooks {

class Dispatcher {
 public:
  /// Everything outlives the dispatcher.
  struct Deps {
    Loop& loop;
    rt::Timers& timers;
    ports::HookStore& hooks;
    ports::CampaignStore& campaigns;
    ports::HookSender& sender;
    /// The campaign as campaign-results answers it; "calls", "next" and "nextCursor" are left out of the webhook.
    std::function<Json(const ports::CampaignResults&)> describe;
    std::function<double()> dice;  ///< in [0, 1)
  };
  struct Options {
    std::string key;             ///< signing_key() of the secret
    milliseconds poll{1000};     ///< how often the store is asked
    seconds hold{60};            ///< how long a delivery is ours; longer than a POST and its records can take
    std::size_t concurrent = 8;  ///< what is due beyond that waits in the store
    Options() = default;
  };
  Dispatcher(Deps deps, Options options);

  /// Delivers until stop() has been called; then the POSTs under way have ended.
  Task<void> run();
  void stop();
  /// A campaign has ended: look now rather than at the next poll.
  void wake() { wake_.set(); }

 private:
  Task<void> take();
  Task<void> deliver(ports::DueHook hook);
  Task<void> settle(ports::DueHook hook, Judgement judgement, seconds retry_after);
  ports::HookRequest make_request(const ports::DueHook& hook, const ports::CampaignResults& results) const;

  Deps deps_;
  Options options_;
  rt::Event wake_;
  bool stopping_ = false;
  rt::Group deliveries_;
};

}  // namespace otto::hooks
