// What a conversation's tasks share. No task suspends in here: each method is one step.
//
//   Opening ──metadata──▶ Ready ──close frame, loss, silence, queue──▶ Ended
//      └───────────── the same, no metadata in time ────────────────────▲
//
// After close() of ours nothing more is handed out but the end; what still arrives is dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "otto/elevenlabs/protocol.hpp"
#include "otto/elevenlabs/settings.hpp"
#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::elevenlabs {

struct ConversationState final : private net::WsListener {
  ConversationState(std::unique_ptr<net::WebSocket> open_socket, ports::AgentTicket its_ticket,
                    const Limits& its_limits, Loop& loop);

  void listen(ports::AgentSink its_sink);
  /// Ends the conversation with a reason of ours, once, and cuts the connection.
  void end(ports::AgentEnded how);
  Reach reach() const noexcept {
    return {this,
            static_cast<std::size_t>(reinterpret_cast<const char*>(&ticket) - reinterpret_cast<const char*>(this))};
  }
  bool over() const noexcept { return ending || closing; }

  bool send_audio(std::span<const std::uint8_t> bytes);
  void send_control(std::string_view message);
  /// Hands the end out, once; close() makes one when there is none yet.
  void tell_end();

  // What a frame touches, to sink_.
  std::unique_ptr<net::WebSocket> socket;
  net::Outbox outbox;
  AudioFormat input;
  bool ready = false, closing = false;
  std::unique_ptr<ports::AgentEnded> ending;

 private:
  void on_message(const net::WsMessage& message) override;
  void on_end(const Error& error) override;
  void finish(ports::AgentEnded how);
  void count_broken(std::string_view why);
  void take_event(ports::AgentEvent event);
  void become_ready(ports::AgentReady ready_event);
  void take_queue_status(const std::string& status);

  std::uint64_t messages_ = 0;
  ports::AgentSink sink_;

 public:
  ports::AgentTicket ticket;
  Limits limits;
  std::function<void()> begin_writing;  ///< the conversation's; null when it is gone
  rt::Event written, closed;            ///< nothing is being written; the connection has ended after close()

 private:
  std::uint64_t broken_ = 0, dropped_out_ = 0;
  bool told_end_ = false;
  std::optional<ServerError> told_;
};

}  // namespace otto::elevenlabs
