// The inside of twilio/media: one task reads into a bounded queue, one writes an outbox, one watches for silence.
#pragma once

#include <boost/circular_buffer.hpp>
#include <cstdint>
#include <deque>
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

class StreamLink final : public ports::MediaLink {
 public:
  StreamLink(Loop& loop, rt::Timers& timers, std::unique_ptr<net::WebSocket> socket, MediaOptions options);

  /// Reads up to the stream's start and sets the link going.
  Task<Result<MediaStart>> start();

  const std::string& call_sid() const override { return call_sid_; }
  Task<ports::LinkEvent> receive() override;
  bool send_audio(std::span<const std::uint8_t> ulaw) override;
  void send_mark(std::string_view name) override;
  void clear() override;
  Task<void> close() override;

 private:
  /// An event for receive(), with the audio that it points at.
  struct Pending {
    ports::LinkEvent event;
    std::vector<std::uint8_t> ulaw;
  };

  Task<Result<MediaStart>> read_start();
  Task<void> read_loop();
  Task<void> write_loop();
  /// Aborts a read that is over its time: the only way to end one.
  Task<void> watch_loop();
  /// The next message, by `until`; malformed ones are counted and skipped, too many of them are an error.
  Task<Result<MediaMessage>> read_message(SteadyPoint until);

  void take(const MediaMessage& message);
  void take_audio(const MediaFrame& frame);
  void take_mark(std::string_view name);
  void deliver(ports::LinkEvent event, std::vector<std::uint8_t> ulaw = {});
  void end(std::string_view reason);
  bool has_ended() const noexcept { return !end_reason_.empty() || is_closing_; }

  rt::Timers& timers_;
  MediaOptions options_;
  std::unique_ptr<net::WebSocket> socket_;
  net::Outbox outbox_;
  MediaParser parser_;
  std::string stream_sid_, call_sid_, end_reason_;
  boost::circular_buffer<Pending> pending_;
  std::vector<std::uint8_t> current_;             ///< what the last LinkAudio points at
  std::vector<std::vector<std::uint8_t>> spare_;  ///< buffers to be used again
  std::deque<std::string> unheard_marks_;         ///< sent and not yet echoed, oldest first
  SteadyPoint read_until_ = SteadyPoint::max();
  bool is_overdue_ = false, is_closing_ = false;
  std::uint64_t dropped_frames_ = 0, ignored_messages_ = 0, malformed_messages_ = 0;
  rt::Event arrived_, written_, closed_;
  rt::Group tasks_;
};

}  // namespace otto::twilio
