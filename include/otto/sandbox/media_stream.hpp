// The carrier's end of one bidirectional media stream: a WebSocket client that sends the callee's 20 ms frames, plays
// what comes back through the playout buffer, returns marks, and reports every message that the real one would refuse.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "otto/net/websocket.hpp"
#include "otto/sandbox/media_message.hpp"
#include "otto/sandbox/phone_line.hpp"
#include "otto/sandbox/twiml.hpp"

namespace otto::sandbox {

enum class StreamEnd : std::uint8_t { PeerClosed, CallEnded, NoHandshake };

class MediaStream {
 public:
  /// `interrupted` tells when the call wants its line back; `on_tick` runs after each tick.
  MediaStream(World& world, CallRecord& call, PhoneLine& line, const Verb& verb, std::function<bool()> interrupted,
              std::function<void()> on_tick);
  Task<StreamEnd> run();
  StreamStats& stats() noexcept { return stats_; }

 private:
  Task<void> read_loop();
  Task<void> write_loop();
  Task<bool> send(std::string text);
  Task<bool> send_start();
  Task<bool> send_frame(const PhoneLine::Frame& frame);
  Task<bool> send_marks();
  Task<void> stop();
  void take(const net::WsMessage& message);
  void take_audio(const MediaMessage& message);
  void violate(int code, const std::string& sentence);
  std::int64_t ms_since_start() const;

  World& world_;
  CallRecord& call_;
  PhoneLine& line_;
  const Verb& verb_;
  std::function<bool()> interrupted_;
  std::function<void()> on_tick_;
  std::unique_ptr<net::WebSocket> socket_;
  MediaReader reader_;
  StreamStats stats_;
  SteadyPoint started_;
  std::string frame_text_;
  std::uint64_t sequence_ = 0, chunk_ = 0;
  std::int64_t last_media_ms_ = -1, empty_since_ms_ = -1;
  bool peer_closed_ = false, stopping_ = false, told_31951_ = false, told_31950_ = false, told_31931_ = false;
};

}  // namespace otto::sandbox
