// The inside of twilio/media: the socket's messages go straight to whoever listens; one task writes what the peer did
// not take at once, one watches for silence.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/net/websocket.hpp"
#include "otto/ports/line.hpp"
#include "otto/rt/group.hpp"
#include "otto/rt/mailbox.hpp"
#include "otto/twilio/media.hpp"

namespace otto::twilio {

class StreamLink final : public ports::MediaLink, private net::WsListener {
 public:
  StreamLink(Loop& loop, rt::Timers& timers, std::unique_ptr<net::WebSocket> socket, MediaOptions options);

  /// Reads up to the stream's start; the rest waits for listen().
  Task<Result<MediaStart>> start();

  const std::string& call_sid() const override { return call_sid_; }
  void listen(ports::LinkSink sink) override;
  bool send_audio(std::span<const std::uint8_t> ulaw) override;
  void send_mark(std::string_view name) override;
  void clear() override;
  Reach reach() const override;
  void expect(const Reach& reach) override;
  Task<void> close() override;

 private:
  Task<Result<MediaStart>> read_start();
  void begin_writing();
  Task<void> write_on();
  /// Cuts a socket that is silent for too long.
  Task<void> watch_loop();
  void on_message(const net::WsMessage& message) override;
  void on_end(const Error& why) override;

  /// Nullopt: not a message; `malformed_messages_` counts them.
  std::optional<MediaMessage> understand(const net::WsMessage& message);
  void take(const MediaMessage& message);
  void take_audio(const MediaFrame& frame);
  void take_mark(std::string_view name);
  void end(std::string_view reason);
  bool has_ended() const noexcept { return !end_reason_.empty() || is_closing_; }

  Reach own_reach() const;  ///< without the socket's

  // What a frame touches, from here …
  rt::Timers& timers_;
  SteadyPoint silent_at_ = SteadyPoint::max();  ///< when the socket will have been silent for too long
  bool is_overdue_ = false, is_closing_ = false;
  std::unique_ptr<net::WebSocket> socket_;
  net::Outbox outbox_;
  std::string stream_sid_, end_reason_;
  ports::LinkSink sink_;
  MediaOptions options_;
  // … to here.
  std::string call_sid_;
  std::vector<std::string> unheard_marks_;  ///< sent and not yet echoed, oldest first
  std::uint64_t dropped_frames_ = 0, ignored_messages_ = 0, malformed_messages_ = 0;
  rt::Event written_, closed_;  ///< nothing is being written; close() is through
  rt::Group tasks_;
};

}  // namespace otto::twilio
