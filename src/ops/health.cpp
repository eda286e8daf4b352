#include "otto/ops/health.hpp"

#include "otto/base/log.hpp"

namespace otto::ops {

void Health::add(std::string name, bool required, seconds every, Check check) {
  ServiceState& state = services_[name];
  state.required = required;
  state.detail = "not checked yet";
  // Until the first answer the daemon counts as well: it has only just started.
  state.ok = true;
  items_.push_back(Item{std::move(name), every, std::move(check)});
}

void Health::start() {
  for (const Item& item : items_) group_.spawn(item.name, watch(item));
}

Task<void> Health::stop() {
  group_.stop();
  co_await group_.join();
}

Task<void> Health::watch(Item item) {
  while (!group_.stopping()) {
    auto answer = co_await item.check();
    ServiceState& state = services_[item.name];
    const bool was_ok = state.ok;
    state.ok = answer.has_value();
    state.detail = answer ? *answer : answer.error().detail;
    state.checked_at = timers_.now();
    if (was_ok && !state.ok) log::warn("service.down", {{"service", item.name}, {"detail", state.detail}});
    if (!was_ok && state.ok) log::info("service.up", {{"service", item.name}});
    // A service that is down is looked at more often: people wait for it.
    const seconds pause = state.ok ? item.every : std::min(item.every, seconds{15});
    if (!group_.stopping()) co_await timers_.sleep_for(pause);
  }
}

std::string_view Health::status() const noexcept {
  std::string_view status = "ok";
  for (const auto& [name, state] : services_) {
    if (state.ok) continue;
    if (state.required) return "down";
    status = "degraded";
  }
  return status;
}

}  // namespace otto::ops
