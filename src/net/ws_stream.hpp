// The one implementation behind WebSocket, both roles, over TCP or TLS. Driven by readiness alone: no operation is ever
// pending, so nothing has to be cancelled, and a message costs one parse in place and no allocation.
//
//   Open ──close()──▶ Closing ──peer's close──▶ Parting ──peer's end, 2 s──▶ Dead
//    │ ╲──peer's close, protocol error ────────▲                            ▲
//    └──────────────── lost, silent, abort() ───────────────────────────────┘
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

#include "channel.hpp"
#include "deadline.hpp"
#include "poller.hpp"
#include "ws_frame.hpp"
#include "ws_watch.hpp"

namespace otto::net {

enum class WsRole : std::uint8_t { Client, Server };

class WsStream final : public WebSocket, private Poller::Watched {
 public:
  /// Owns `descriptor`, which nobody else watches any more. `early` came right behind the handshake.
  WsStream(Loop& loop, int descriptor, std::unique_ptr<Channel> channel, WsRole role, const WsLimits& limits,
           std::string_view early = {});
  ~WsStream() override;

  const std::shared_ptr<WsWatch>& watch() const noexcept { return watch_; }

  Task<Result<WsMessage>> read() override;
  void listen(WsListener& listener) override;
  bool try_write(std::string_view text) override { return try_send(Opcode::Text, text); }
  bool try_write_binary(std::string_view bytes) override { return try_send(Opcode::Binary, bytes); }
  Task<Result<void>> write(std::string_view text) override;
  Task<void> close(std::uint16_t code, std::string reason) override;
  void abort() override;
  Reach reach() const override;
  void expect(const Reach& reach) override { listeners_reach_ = reach; }
  std::uint16_t close_code() const override { return peer_close_.code; }
  std::string close_reason() const override { return peer_close_.reason; }

 private:
  enum class State : std::uint8_t { Open, Closing, Parting, Dead };

  void on_ready(bool readable, bool writable) override;
  void on_batch_end() override;
  void expect_ready() const noexcept override;
  void expect_batch_end() const noexcept override { tls_.expect_write(); }
  void failed() noexcept override { die(Errc::Internal, "A WebSocket's message could not be handled."); }

  // inward
  bool wants_bytes() const noexcept;
  void receive();
  IoState receive_borrowed(bool& has_more);
  IoState receive_own(bool& has_more);
  void make_room();
  void keep(std::string_view rest);
  void parse_own();
  /// Takes the whole frames at the start of `bytes`, unmasked in place; `readable` counts from bytes.data() too.
  /// Returns how many bytes they were.
  std::size_t parse(std::span<char> bytes, std::size_t readable);
  bool may_come(const FrameHeader& header);
  void take_frame(const FrameHeader& header, std::string_view payload, std::size_t readable);
  void deliver(Opcode opcode, std::string_view text, std::size_t readable);
  void take_close(std::string_view payload);
  void violation(std::uint16_t code, Errc errc, std::string what);

  // outward
  bool try_send(Opcode opcode, std::string_view payload);
  void send_frame(Opcode opcode, std::string_view payload);
  void send_close(std::uint16_t code, std::string_view reason);
  void flush();

  // the end
  void end_with(Errc code, std::string sentence);
  void part();
  void die(Errc code, std::string sentence);
  void update_interest();

  // What a frame touches, from here …
  Poller& poller_;
  WsListener* listener_ = nullptr;
  std::unique_ptr<Channel> channel_;
  int descriptor_;
  Poller::Interest interest_;
  WsRole role_;
  State state_ = State::Open;
  bool is_reading_ = false, is_parsing_ = false, has_buffered_ = false;
  bool closing_ = false, told_ = false, sent_close_ = false, said_end_ = false;
  bool blocked_ = false;

  std::size_t begin_ = 0, end_ = 0;  ///< of in_
  std::size_t wanted_ = 0;           ///< bytes that the frame at begin_ needs in all
  std::size_t sent_ = 0;
  std::string out_;       ///< from sent_ on still to be sent
  std::vector<char> in_;  ///< [begin_, end_) is received and not yet taken; the padding is behind it
  WsLimits limits_;
  std::shared_ptr<WsWatch> watch_;
  std::optional<Opcode> fragmented_;  ///< the message's opcode while fragments come
  std::optional<WsMessage> ready_;    ///< for read()
  std::string message_;               ///< the fragments so far
  // … to here; and what the next frame will touch:
  TlsMemory tls_;
  Reach listeners_reach_;

  std::string joined_;  ///< what was joined last
  Deadline deadline_;
  CloseFrame peer_close_{1006, {}};
  std::optional<Error> end_error_;
  rt::Event arrived_, drained_, dead_;
};

}  // namespace otto::net
