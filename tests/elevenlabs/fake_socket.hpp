// A WebSocket in memory, for what a real one does not do on demand: a peer that takes nothing, an end of any kind.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

#include "tests/fakes/fake_inbox.hpp"

namespace otto::elevenlabs::test {

/// Both ends' view of the wire; the test keeps it beyond the socket's life.
struct Wire {
  explicit Wire(Loop& loop) : incoming{loop}, may_write{loop} { may_write.set(); }

  void server_says(std::string_view text) { incoming.push(std::string{text}); }
  void server_says_binary(std::string_view bytes) { incoming.push(std::string{bytes}, true); }
  void server_closes(std::uint16_t code, std::string reason) {
    close_code = code;
    close_reason = std::move(reason);
    fails(Errc::Closed);
  }
  void fails(Errc how) { incoming.end(how); }

  otto::test::FakeInbox incoming;
  rt::Event may_write;
  std::uint16_t close_code = 1006;
  std::string close_reason;

  std::vector<std::string> written;
  std::optional<std::uint16_t> closed_with;
  bool aborted = false, destroyed = false;
};

class FakeSocket final : public net::WebSocket {
 public:
  explicit FakeSocket(std::shared_ptr<Wire> wire) : wire_{std::move(wire)} {}
  ~FakeSocket() override {
    wire_->incoming.leave();
    wire_->destroyed = true;
  }

  Task<Result<net::WsMessage>> read() override { return wire_->incoming.read(); }
  void listen(net::WsListener& listener) override { wire_->incoming.listen(listener); }
  bool try_write(std::string_view) override { return false; }
  bool try_write_binary(std::string_view) override { return false; }
  Task<Result<void>> write(std::string_view text) override {
    std::ignore = co_await wire_->may_write.wait();
    if (wire_->aborted) co_return Error{Errc::ConnectionLost, "The fake wire was cut."};
    wire_->written.emplace_back(text);
    co_return Result<void>{};
  }
  Task<void> close(std::uint16_t code, std::string) override {
    if (!wire_->closed_with) wire_->closed_with = code;
    wire_->fails(Errc::Closed);
    co_return;
  }
  void abort() override {
    wire_->aborted = true;
    wire_->may_write.set();
    wire_->fails(Errc::ConnectionLost);
  }
  std::uint16_t close_code() const override { return wire_->close_code; }
  std::string close_reason() const override { return wire_->close_reason; }

 private:
  std::shared_ptr<Wire> wire_;
};

}  // namespace otto::elevenlabs::test
