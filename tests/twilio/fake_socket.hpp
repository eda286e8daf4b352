// A WebSocket in memory, for what a real one does not do on demand: silence, a peer that takes nothing, virtual time.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

#include "tests/fakes/fake_inbox.hpp"

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
  FakeSocket(Loop& loop, SocketLog& log) : log_{log}, incoming_{loop}, may_write_{loop} { may_write_.set(); }
  ~FakeSocket() override { incoming_.leave(); }

  void says(std::string text) {
    const bool binary = text.starts_with("binary:");
    incoming_.push(std::move(text), binary);
  }
  void ends(Errc how) { incoming_.end(how); }
  /// Writes wait until takes_again() or the end.
  void takes_nothing() { may_write_.clear(); }
  void takes_again() { may_write_.set(); }

  Task<Result<net::WsMessage>> read() override {
    ++log_.reads;
    return incoming_.read();
  }
  void listen(net::WsListener& listener) override { incoming_.listen(listener); }
  bool try_write(std::string_view) override { return false; }
  bool try_write_binary(std::string_view) override { return false; }
  Task<Result<void>> write(std::string_view text) override {
    std::ignore = co_await may_write_.wait();
    if (incoming_.ended()) co_return Error{Errc::ConnectionLost, "The fake socket ended."};
    log_.written.emplace_back(text);
    co_return Result<void>{};
  }
  Task<void> close(std::uint16_t code, std::string) override {
    if (!log_.close_code) log_.close_code = code;
    ends(Errc::Closed);
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
  test::FakeInbox incoming_;
  rt::Event may_write_;
};

}  // namespace otto::twilio
