#include "elevenlabs/conversation_state.hpp"

#include <type_traits>
#include <utility>

#include "otto/base/log.hpp"
#include "otto/base/metrics.hpp"

namespace otto::elevenlabs {

namespace {

/// One second of the widest format, 48 kHz PCM: the outbox's own bound. send_audio() holds the real format's second.
constexpr AudioFormat kWidestFormat{AudioEncoding::Pcm16, 48'000};

}  // namespace

ConversationState::ConversationState(std::unique_ptr<net::WebSocket> open_socket, ports::AgentTicket its_ticket,
                                     const Limits& its_limits, Loop& loop)
    : socket{std::move(open_socket)},
      outbox{*socket,
             [this] {
               if (begin_writing) begin_writing();
             },
             uplink_bytes_per_second(kWidestFormat)},
      ticket{std::move(its_ticket)},
      limits{its_limits},
      written{loop},
      closed{loop} {
  written.set();
}

void ConversationState::listen(ports::AgentSink its_sink) {
  sink_ = std::move(its_sink);
  socket->listen(*this);
}

void ConversationState::on_message(const net::WsMessage& message) {
  if (over()) return;
  ++messages_;
  if (message.binary) return count_broken("a binary message");
  auto read = read_message(message.text, message.capacity);
  std::visit(
      [this](auto& what) {
        using What = std::decay_t<decltype(what)>;
        if constexpr (std::is_same_v<What, Broken>) {
          count_broken(what.why);
        } else if constexpr (std::is_same_v<What, Ping>) {
          outbox.control(format_pong(what.event_id));
        } else if constexpr (std::is_same_v<What, ServerError>) {
          log::warn("conversation.error", {{"conversation", ticket.conversation_id},
                                           {"code", what.code},
                                           {"error_type", what.error_type},
                                           {"error", what.message}});
          told_ = std::move(what);
        } else if constexpr (std::is_same_v<What, QueueStatus>) {
          take_queue_status(what.status);
        } else if constexpr (std::is_same_v<What, UnusableFormat>) {
          end({1003,
               "The agent's audio format " + what.name +
                   " is not one that Otto can play or send; set both formats of the agent to ulaw_8000.",
               "unusable_audio_format"});
        } else if constexpr (std::is_same_v<What, ports::AgentEvent>) {
          take_event(std::move(what));
        }
      },
      read);
}

void ConversationState::take_event(ports::AgentEvent event) {
  if (auto* its_ready = std::get_if<ports::AgentReady>(&event)) return become_ready(std::move(*its_ready));
  // The formats are not known yet: nothing that comes earlier can be understood.
  if (!ready) return count_broken("a message before the metadata");
  sink_(event);
}

void ConversationState::become_ready(ports::AgentReady ready_event) {
  if (ready) return;  // a repeat changes nothing
  if (!ticket.conversation_id.empty() && ticket.conversation_id != ready_event.conversation_id)
    log::warn("conversation.id_differs",
              {{"signed", ticket.conversation_id}, {"conversation", ready_event.conversation_id}});
  ticket.conversation_id = ready_event.conversation_id;
  input = ready_event.input;
  ready = true;
  sink_(ready_event);
}

void ConversationState::take_queue_status(const std::string& status) {
  if (status == "admitted") return;
  end({4300,
       "ElevenLabs put the conversation into its waiting queue (" + status +
           "): the concurrency limit is reached; lower maxConcurrentCalls or raise the plan.",
       "queue_" + status});
}

void ConversationState::count_broken(std::string_view why) {
  ++broken_;
  metrics::add("otto_provider_errors_total", {{"provider", "elevenlabs"}, {"class", "protocol"}});
  log::debug("conversation.broken_message", {{"conversation", ticket.conversation_id}, {"why", why}});
}

void ConversationState::on_end(const Error& error) {
  const auto* told = told_ ? &*told_ : nullptr;
  switch (error.code) {
    case Errc::Closed:
      return finish(make_ending(socket->close_code(), socket->close_reason(), told));
    case Errc::TimedOut:
      return finish({1006, "The connection to ElevenLabs is dead: " + error.detail, "silence"});
    case Errc::TooLarge:
      return finish({1009, "ElevenLabs sent a message over the size limit.", "message_too_large"});
    default:
      return finish(make_ending(1006, "The connection to ElevenLabs was lost: " + error.detail, told));
  }
}

void ConversationState::end(ports::AgentEnded how) {
  if (over()) return;
  finish(std::move(how));
  socket->abort();
}

void ConversationState::finish(ports::AgentEnded how) {
  if (ending) {
    if (!closing) tell_end();  // it came before anybody listened
    return;
  }
  log::info("conversation.ended", {{"conversation", ticket.conversation_id},
                                   {"code", how.code},
                                   {"reason", how.reason},
                                   {"error_type", how.error_type},
                                   {"by_us", closing},
                                   {"messages", messages_},
                                   {"broken", broken_},
                                   {"dropped_out", dropped_out_}});
  ending = std::make_unique<ports::AgentEnded>(std::move(how));
  outbox.finish();
  if (!closing) tell_end();
}

void ConversationState::tell_end() {
  if (!sink_ || std::exchange(told_end_, true)) return;
  const ports::AgentEnded ours{1000, "Otto closed the conversation.", {}};
  sink_(closing || !ending ? ours : *ending);
}

bool ConversationState::send_audio(std::span<const std::uint8_t> bytes) {
  if (ready && !over()) {
    thread_local std::string text;  // one for all conversations, so that it stays warm
    text.clear();
    append_audio(text, bytes);
    const bool fits = outbox.media_bytes() + text.size() <= uplink_bytes_per_second(input);
    if (fits && outbox.media(text)) return true;
  }
  ++dropped_out_;
  metrics::add("otto_media_dropped_total", {{"side", "callee"}});
  return false;
}

void ConversationState::send_control(std::string_view message) {
  if (!over()) outbox.control(message);
}

}  // namespace otto::elevenlabs
