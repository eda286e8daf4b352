#include "otto/sandbox/world.hpp"

#include <algorithm>

namespace otto::sandbox {
namespace {
constexpr std::size_t kKeptAudio = 1024UL * 1024 * 1024;
}

World::World(Loop& on, rt::Timers& with, Identity who, Scenario how, Clips voices, double factor, std::uint64_t id_salt)
    : loop{on},
      timers{with},
      identity{std::move(who)},
      scenario{std::move(how)},
      clips{std::move(voices)},
      speed{factor},
      ledger{with.clock()},
      ids{id_salt},
      tasks{on, "sandbox"} {}

milliseconds World::scaled(milliseconds time) const noexcept {
  return milliseconds{static_cast<std::int64_t>(static_cast<double>(time.count()) / std::max(speed, 0.001))};
}

const AgentVoice& World::agent_voice(AudioFormat format) {
  auto& voice = voices_[to_string(format)];
  if (!voice) voice = std::make_unique<AgentVoice>(make_agent_voice(clips, format));
  return *voice;
}

bool World::keep_audio(std::size_t bytes) {
  if (kept_bytes_ + bytes > kKeptAudio) return false;
  kept_bytes_ += bytes;
  return true;
}

}  // namespace otto::sandbox
