// Somebody who listens in to a live call.
#pragma once

#include <cstdint>
#include <span>

namespace otto::call {

enum class Side : std::uint8_t { Callee, Agent };

/// Called on the loop, in the middle of what the call does: it must neither wait nor call the call.
class Listener {
 public:
  virtual ~Listener() = default;
  /// 8 kHz mono µ-law as it flows; the agent's runs a little ahead of what is heard. Valid until it returns.
  virtual void on_sound(Side side, std::span<const std::uint8_t> ulaw) = 0;
  /// The call is over; nothing comes after it.
  virtual void on_over() = 0;
};

}  // namespace otto::call
