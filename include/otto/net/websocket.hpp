// A WebSocket as everyone above sees it: text messages, one reader, one writer.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/base/reach.hpp"
#include "otto/net/message.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

/// A text message, with at least 64 readable bytes behind it (simdjson's padding). Valid until the next read().
struct WsMessage {
  std::string_view text;
  bool binary = false;
  std::size_t capacity = 0;  ///< bytes readable from text.data(), the padding included
};

struct WsLimits {
  std::size_t max_message = 64 * 1024;  ///< larger: the peer gets 1009 and read() answers TooLarge
  /// Nothing at all received for so long, give or take a quarter: read() answers TimedOut; 0: no limit.
  milliseconds idle{0};
  milliseconds write_deadline{10'000};  ///< a write that takes longer, give or take a second, ends the connection

  WsLimits() = default;
};

/// Takes a WebSocket's messages as they come, on the loop, never from inside a call to the socket. It must not destroy
/// the socket from in here.
class WsListener {
 public:
  virtual void on_message(const WsMessage& message) = 0;  ///< valid until it returns
  /// Once, and nothing after it; `why` as read() would answer it.
  virtual void on_end(const Error& why) = 0;

 protected:
  ~WsListener() = default;
};

/// Pings are answered inside, while somebody reads or listens. Cancelling a read or a write ends the connection.
class WebSocket {
 public:
  virtual ~WebSocket() = default;
  /// One reader at a time. Closed: orderly close (see close_code()); ConnectionLost, TimedOut, TooLarge, Protocol.
  virtual Task<Result<WsMessage>> read() = 0;
  /// Instead of read(), for what must not cost a coroutine per message; once, and for the rest of the socket's life.
  virtual void listen(WsListener& listener) = 0;
  /// Takes the message if the peer keeps up: it goes out soon, together with what else this batch of events brings.
  /// False: 64 KiB wait already, or the socket is not open; then write() waits, or says why not.
  virtual bool try_write(std::string_view text) = 0;
  /// The same for bytes that are no text.
  virtual bool try_write_binary(std::string_view bytes) = 0;
  /// One writer at a time. TimedOut and the socket's end after write_deadline.
  virtual Task<Result<void>> write(std::string_view text) = 0;
  /// Close handshake, at most 2 s, then the TCP connection ends. A running read ends with Closed. Repeatable; not
  /// beside a running write.
  virtual Task<void> close(std::uint16_t code, std::string reason) = 0;
  /// Ends the TCP connection at once; a running read or write ends with ConnectionLost.
  virtual void abort() = 0;
  virtual Reach reach() const { return {}; }     ///< what a try_write() touches
  virtual void expect(const Reach&) {}           ///< what the listener touches for a message: to be asked for ahead
  virtual std::uint16_t close_code() const = 0;  ///< the peer's code; 1006 when there was none
  virtual std::string close_reason() const = 0;
};

/// The one writer of a socket, with two bounded lanes. While the peer keeps up nothing is queued here at all; else
/// messages go out in the order given, control lane first. Control and ordered (never dropped): over their common bound
/// the socket is aborted. Media: push answers false over its bound. After finish() or a write that failed, media()
/// answers false and the others do nothing.
class Outbox {
 public:
  /// `start`: something has to wait for the peer, which is rare; the owner spawns run(), once for each time.
  Outbox(WebSocket& socket, std::function<void()> start, std::size_t media_bytes, std::size_t control_messages = 256);
  ~Outbox();
  bool media(std::string_view text) { return (is_clear_ && socket_.try_write(text)) || queue_media(text); }
  void control(std::string_view text);
  /// In order with the media already queued (a mark after the audio that it marks).
  void ordered(std::string_view text);
  /// Drops queued media and ordered messages; returns how many bytes.
  std::size_t drop_media();
  std::size_t media_bytes() const noexcept { return is_clear_ ? 0 : queued_media_bytes(); }
  /// Writes what is queued, and what comes meanwhile.
  Task<void> run();
  /// Takes no more media; what is queued, and control messages, go out as long as run() has something to do.
  void finish();
  /// A write has failed, or the bound was passed.
  bool failed() const noexcept;

 private:
  struct State;
  bool queue_media(std::string_view text);
  std::size_t queued_media_bytes() const noexcept;

  WebSocket& socket_;
  bool is_clear_ = true;  ///< nothing is queued or being written, and nothing has ended
  std::unique_ptr<State> state_;
};

struct WsConnect {
  std::string url;  ///< ws:// or wss://
  Headers headers;
  WsLimits limits;
  milliseconds timeout{5000};  ///< DNS, TCP, TLS and the handshake together

  WsConnect() = default;
};
/// ConnectFailed, TimedOut; ProviderRefused with "HTTP <status>" and the body's start when the answer is not 101.
Task<Result<std::unique_ptr<WebSocket>>> connect_websocket(WsConnect request);

}  // namespace otto::net
