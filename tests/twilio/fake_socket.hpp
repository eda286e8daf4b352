// A WebSocket in memory, for what a real one does not do on demand: silence, a peer that takes nothing, virtual time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::twilio {

/// What happened to a socket, kept beyond its life.
struct SocketLog {
  std::vector<std::string> written;
  int reads = 0;
  std::optional<std::uint16_t> close_code;
  bool aborted = false;
};

class FakeSocket final : public net::WebSocket {
 public:
  FakeSocket(Loop& loop, SocketLog& log) : log_{log}, incoming_{loop, 10'000}, may_write_{loop} { may_write_.set(); }

  void says(std::string text) { incoming_.push(std::move(text)); }
  void ends(Errc how) {
    ended_as_ = how;
    incoming_.close();
  }
  /// Writes wait until takes_again() or the end.
  void takes_nothing() { may_write_.clear(); }
  void takes_again() { may_write_.set(); }

  Task<Result<net::WsMessage>> read() override {
    ++log_.reads;
    auto text = co_await incoming_.pop();
    if (!text) co_return Error{ended_as_, "The fake socket ended."};
    current_ = std::move(*text);
    net::WsMessage message;
    message.binary = current_.starts_with("binary:");
    const auto size = current_.size();
    current_.resize(size + 64);
    message.text = std::string_view{current_}.substr(0, size);
    message.capacity = current_.size();
    co_return message;
  }
  Task<Result<void>> write(std::string_view text) override {
    std::ignore = co_await may_write_.wait();
    if (incoming_.closed()) co_return Error{ended_as_, "The fake socket ended."};
    log_.written.emplace_back(text);
    co_return Result<void>{};
  }
  Task<void> close(std::uint16_t code, std::string) override {
    if (!log_.close_code) log_.close_code = code;
    ends(incoming_.closed() ? ended_as_ : Errc::Closed);
    may_write_.set();
    co_return;
  }
  void abort() override {
    log_.aborted = true;
    ends(Errc::ConnectionLost);
    may_write_.set();
  }
  std::uint16_t close_code() const override { return 1006; }
  std::string close_reason() const override { return {}; }

 private:
  SocketLog& log_;
  rt::Mailbox<std::string> incoming_;
  rt::Event may_write_;
  Errc ended_as_ = Errc::ConnectionLost;
  std::string current_;
};

}  // namespace otto::twilio
