#include "otto/sandbox/phone_line.hpp"

namespace otto::sandbox {
namespace {
constexpr std::size_t kKeepStep = 50;  // frames asked for at a time
}

PhoneLine::PhoneLine(World& world, std::shared_ptr<CallRecord> call)
    : voice{call->plan, world.clips}, world_{world}, call_{std::move(call)}, began_{world.timers.steady()} {}

int PhoneLine::due() const {
  const auto elapsed = std::chrono::duration_cast<milliseconds>(world_.timers.steady() - began_).count();
  return static_cast<int>(elapsed / 20 - ticks_);
}

const PhoneLine::Frame& PhoneLine::tick() {
  playout.play(heard_);
  voice.step(heard_, said_);
  if (keep_ && static_cast<std::size_t>(ticks_) % kKeepStep == 0)
    keep_ = world_.keep_audio(2 * kKeepStep * audio::kFrameBytes);
  if (keep_) {
    call_->callee_audio.insert(call_->callee_audio.end(), said_.begin(), said_.end());
    call_->otto_audio.insert(call_->otto_audio.end(), heard_.begin(), heard_.end());
  }
  ++ticks_;
  return said_;
}

Task<void> PhoneLine::until_next_tick() {
  const auto when = began_ + milliseconds{(ticks_ + 1) * 20};
  co_await world_.timers.sleep_until(when);
}

void PhoneLine::report() {
  Json& out = call_->callee;
  out["answers"] = voice.answers();
  out["interruptions"] = voice.interruptions();
  out["heardMs"] = voice.heard_ms();
  out["firstHeardMs"] = voice.first_heard_ms();
  out["messageMs"] = voice.message_ms();
  out["greetingOverMs"] = voice.greeting_over_ms();
  out["onLineMs"] = ms();
  Json& said = out["said"] = Json::array();
  for (const auto& utterance : voice.said())
    said.push_back({{"atMs", utterance.at_ms}, {"lengthMs", utterance.length_ms}, {"text", utterance.text}});
}

}  // namespace otto::sandbox
