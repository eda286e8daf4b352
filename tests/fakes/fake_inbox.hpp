// What a WebSocket in memory receives: for a reader, or for a listener on the loop.
#pragma once

#include <boost/asio/post.hpp>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "otto/net/websocket.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::test {

class FakeInbox {
 public:
  explicit FakeInbox(Loop& loop) : state_{std::make_shared<State>(loop)} {}

  void push(std::string text, bool binary = false) {
    if (state_->ended_as) return;
    state_->items.push_back({std::move(text), binary});
    state_->news(state_);
  }
  void end(Errc how) {
    if (state_->ended_as) return;
    state_->ended_as = how;
    state_->news(state_);
  }
  bool ended() const noexcept { return state_->ended_as.has_value(); }

  Task<Result<net::WsMessage>> read() {
    auto state = state_;
    while (state->items.empty() && !state->ended_as) {
      state->arrived.clear();
      if (!co_await state->arrived.wait()) state->ended_as = Errc::ConnectionLost;
    }
    if (state->items.empty()) co_return Error{*state->ended_as, "The fake socket ended."};
    co_return state->take();
  }
  void listen(net::WsListener& listener) {
    state_->listener = &listener;
    state_->news(state_);
  }
  /// The listener may be gone: nothing more is delivered.
  void leave() { state_->listener = nullptr; }

 private:
  struct Item {
    std::string text;
    bool binary;
  };
  struct State {
    explicit State(Loop& l) : loop{l}, arrived{l} {}

    net::WsMessage take() {
      current = std::move(items.front());
      items.pop_front();
      net::WsMessage message;
      message.binary = current.binary;
      const auto size = current.text.size();
      current.text.resize(size + 64);
      message.text = std::string_view{current.text}.substr(0, size);
      message.capacity = current.text.size();
      return message;
    }
    void news(const std::shared_ptr<State>& self) {
      arrived.set();
      if (listener != nullptr) boost::asio::post(loop, [self] { self->deliver(); });
    }
    void deliver() {
      while (listener != nullptr && !items.empty()) listener->on_message(take());
      if (listener != nullptr && ended_as)
        std::exchange(listener, nullptr)->on_end(Error{*ended_as, "The fake socket ended."});
    }

    Loop& loop;
    rt::Event arrived;
    std::deque<Item> items;
    Item current;
    net::WsListener* listener = nullptr;
    std::optional<Errc> ended_as;
  };
  std::shared_ptr<State> state_;
};

}  // namespace otto::test
