#include "deadline.hpp"

#include <boost/asio/steady_timer.hpp>

namespace otto::net {

struct Deadline::State {
  explicit State(const LoopExecutor& executor) : timer{executor} {}
  boost::asio::steady_timer timer;
  std::function<void()> on_expiry;
  std::uint64_t round = 0;  // an expiry already queued when a new round begins must not hit it
  bool expired = false;
};

Deadline::Deadline(const LoopExecutor& executor) : state_{std::make_shared<State>(executor)} {}

Deadline::~Deadline() { disarm(); }

void Deadline::arm(milliseconds time, std::function<void()> on_expiry) {
  state_->on_expiry = std::move(on_expiry);
  state_->expired = false;
  state_->timer.expires_after(time);
  state_->timer.async_wait([state = state_, round = ++state_->round](boost::system::error_code ec) {
    if (ec || round != state->round) return;
    state->expired = true;
    const auto expire = std::move(state->on_expiry);
    state->on_expiry = nullptr;
    if (expire) expire();
  });
}

void Deadline::on_expiry(std::function<void()> action) { state_->on_expiry = std::move(action); }

void Deadline::disarm() {
  ++state_->round;
  state_->on_expiry = nullptr;
  state_->timer.cancel();
}

bool Deadline::expired() const noexcept { return state_->expired; }

}  // namespace otto::net
