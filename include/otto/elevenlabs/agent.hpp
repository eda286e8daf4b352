// ports::Agent over ElevenLabs: signed URL, WebSocket, one conversation per ticket. The WebSocket's address is the
// signed URL's, byte for byte, and must be wss:// (ws:// only beside an http:// API base, as the sandbox has).
#pragma once

#include <memory>

#include "otto/elevenlabs/settings.hpp"
#include "otto/ports/agent.hpp"
#include "otto/rt/time.hpp"

namespace otto::elevenlabs {

/// Borrows `loop` and `timers`; they outlive the agent and its conversations. A conversation's close() must have
/// returned before the conversation is destroyed (rule C3): destroyed earlier, its socket is cut off.
std::unique_ptr<ports::Agent> make_agent(Settings settings, Loop& loop, rt::Timers& timers);

}  // namespace otto::elevenlabs
