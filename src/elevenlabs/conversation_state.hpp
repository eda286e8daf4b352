// What a conversation's tasks share. No task suspends in here: each method is one step.
//
//   Opening ──metadata──▶ Ready ──close frame, loss, silence, queue──▶ Ended
//      └───────────── the same, no metadata in time ────────────────────▲
//
// After close() of ours nothing more is handed out; what still arrives is read and dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "otto/elevenlabs/protocol.hpp"
#include "otto/elevenlabs/settings.hpp"
#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::elevenlabs {

struct ConversationState {
  ConversationState(std::unique_ptr<net::WebSocket> open_socket, ports::AgentTicket its_ticket,
                    const Limits& its_limits, Loop& loop);

  /// One message of the server.
  void take(const net::WsMessage& message);
  /// The connection is over: `error` is what read() answered.
  void lost(const Error& error);
  /// Ends the conversation with a reason of ours, once, and cuts the connection.
  void end(ports::AgentEnded how);
  bool over() const noexcept { return ending.has_value() || closing; }

  bool send_audio(std::span<const std::uint8_t> bytes);
  void send_control(std::string message);

  struct Item {
    ports::AgentEvent event;
    std::vector<std::uint8_t> audio;  ///< what an AgentAudio's bytes point to
  };

  ports::AgentTicket ticket;
  Limits limits;
  std::unique_ptr<net::WebSocket> socket;
  net::Outbox outbox;
  rt::Mailbox<Item> inbox;
  rt::Event written, closed;  ///< the writer has ended; the connection has ended after close()
  std::optional<ports::AgentEnded> ending;
  bool ready = false, closing = false;
  AudioFormat input;
  std::size_t held_audio = 0;                    ///< bytes in the inbox
  std::vector<std::vector<std::uint8_t>> spare;  ///< audio buffers to use again

 private:
  void finish(ports::AgentEnded how);
  void count_broken(std::string_view why);
  void hand_out(ports::AgentEvent event);
  void hand_out_audio(const ports::AgentAudio& audio);
  void take_event(ports::AgentEvent event);
  void become_ready(ports::AgentReady ready_event);
  void take_queue_status(const std::string& status);

  MessageReader reader_;
  std::vector<std::uint8_t> audio_;  ///< the message being read
  std::optional<ServerError> told_;
  std::uint64_t messages_ = 0, broken_ = 0, dropped_in_ = 0, dropped_out_ = 0;
};

}  // namespace otto::elevenlabs
