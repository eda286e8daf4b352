// Named places at which a drill may kill, freeze or hinder the daemon. Nothing stands behind them in the daemon that
// people run: the hook is null there, no setting can change that, and a place costs one test of a pointer. Only the
// program in drill/ sets the hook.
#pragma once

#include <span>
#include <string_view>

namespace otto::failpoint {

/// `stage` and `name` joined by a dot are the place's full name. The answer matters to is_broken() only.
using Hook = bool (*)(std::string_view stage, std::string_view name);
inline Hook hook = nullptr;  ///< set before any thread starts, if at all

inline void pass(std::string_view stage, std::string_view name) {
  if (hook != nullptr) [[unlikely]]
    hook(stage, name);
}

/// Whether a drill wants a rule broken, to see that its checks would find that.
inline bool is_broken(std::string_view rule) { return hook != nullptr && hook("broken", rule); }

/// Every place's full name, in the order of a call's life. A drill shows that each is passed.
std::span<const std::string_view> names() noexcept;

}  // namespace otto::failpoint
