// One conversation over an open socket: a reader, a writer and a watch for the first message.
#pragma once

#include <memory>

#include "otto/elevenlabs/settings.hpp"
#include "otto/net/websocket.hpp"
#include "otto/ports/agent.hpp"
#include "otto/rt/time.hpp"

namespace otto::elevenlabs {

/// Queues the start message at once, before anything else can be sent.
std::unique_ptr<ports::Conversation> make_conversation(std::unique_ptr<net::WebSocket> socket,
                                                       ports::AgentTicket ticket, const ports::ConversationStart& start,
                                                       const Limits& limits, Loop& loop, rt::Timers& timers);

}  // namespace otto::elevenlabs
