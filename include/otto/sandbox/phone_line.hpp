// An answered line: the callee's voice on one side, the playout buffer on the other, both channels kept, one tick per
// 20 ms of real time. Everything that happens on an answered call happens on this clock.
#pragma once

#include <array>
#include <memory>
#include <span>

#include "otto/audio/g711.hpp"
#include "otto/sandbox/call_record.hpp"
#include "otto/sandbox/playout.hpp"
#include "otto/sandbox/voice.hpp"
#include "otto/sandbox/world.hpp"

namespace otto::sandbox {

class PhoneLine {
 public:
  using Frame = std::array<std::uint8_t, audio::kFrameBytes>;

  PhoneLine(World& world, std::shared_ptr<CallRecord> call);

  /// Ticks that are due and not yet done.
  int due() const;
  /// One tick; the callee's frame, valid until the next one.
  const Frame& tick();
  Task<void> until_next_tick();
  std::int64_t ms() const noexcept { return ticks_ * 20; }
  bool played_out() const noexcept { return playout.buffered() == 0; }
  /// What the persona did, into the record.
  void report();

  Playout playout;
  Voice voice;

 private:
  World& world_;
  std::shared_ptr<CallRecord> call_;
  SteadyPoint began_;
  std::int64_t ticks_ = 0;
  Frame said_{}, heard_{};
  bool keep_ = true;
};

}  // namespace otto::sandbox
