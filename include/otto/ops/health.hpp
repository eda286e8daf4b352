// What the daemon knows about the services it needs: checked in the background, answered from memory, so that a status
// request costs nothing and a hanging provider delays nobody.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/time.hpp"

namespace otto::ops {

struct ServiceState {
  bool ok = false;
  bool required = false;  ///< down without it; otherwise degraded
  std::string detail;     ///< a sentence
  std::optional<TimePoint> checked_at;
};

class Health {
 public:
  using Check = std::function<Task<Result<std::string>>()>;

  Health(Loop& loop, rt::Timers& timers) : timers_{timers}, group_{loop, "health"} {}

  /// Before run(). `every`: between two checks.
  void add(std::string name, bool required, seconds every, Check check);
  /// Checks until stop().
  void start();
  Task<void> stop();
  const std::map<std::string, ServiceState>& services() const noexcept { return services_; }
  /// "ok", "degraded" or "down".
  std::string_view status() const noexcept;

 private:
  struct Item {
    std::string name;
    seconds every;
    Check check;
  };
  Task<void> watch(Item item);

  rt::Timers& timers_;
  rt::Group group_;
  std::vector<Item> items_;
  std::map<std::string, ServiceState> services_;
};

}  // namespace otto::ops
