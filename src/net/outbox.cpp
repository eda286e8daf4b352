#include <list>
#include <utility>

#include "otto/net/websocket.hpp"

namespace otto::net {

struct Outbox::State {
  struct Item {
    std::string text;
    bool is_media;
  };

  State(WebSocket& s, std::function<void()> run, std::size_t bytes, std::size_t messages)
      : socket{s}, start{std::move(run)}, media_bound{bytes}, message_bound{messages} {}

  bool empty() const noexcept { return control.empty() && media.empty(); }
  bool is_clear() const noexcept { return !failed && !finishing && !running && empty(); }
  void write_on() {
    if (!std::exchange(running, true)) start();
  }
  /// Whether one more message that must not be dropped fits; if not, the peer takes nothing any more.
  bool admit_message() {
    if (failed || (finishing && !running)) return false;
    if (control.size() + ordered_count < message_bound) return true;
    failed = true;
    socket.abort();
    return false;
  }
  std::string take() {
    std::string text;
    if (!control.empty()) {
      text = std::move(control.front());
      control.pop_front();
      return text;
    }
    text = std::move(media.front().text);
    if (!media.front().is_media) --ordered_count;
    media.pop_front();
    media_bytes -= text.size();
    return text;
  }

  WebSocket& socket;
  std::function<void()> start;
  std::size_t media_bound, message_bound;
  std::list<std::string> control;  // empty but for a peer that is behind
  std::list<Item> media;
  std::size_t media_bytes = 0, ordered_count = 0;
  bool running = false, finishing = false, failed = false;
};

Outbox::Outbox(WebSocket& socket, std::function<void()> start, std::size_t media_bytes, std::size_t control_messages)
    : socket_{socket}, state_{std::make_unique<State>(socket, std::move(start), media_bytes, control_messages)} {}

Outbox::~Outbox() = default;

bool Outbox::queue_media(std::string_view text) {
  auto& state = *state_;
  if (state.failed || state.finishing || state.media_bytes + text.size() > state.media_bound) return false;
  state.media_bytes += text.size();
  state.media.push_back(State::Item{std::string{text}, true});
  is_clear_ = false;
  state.write_on();
  return true;
}

void Outbox::control(std::string_view text) {
  if (is_clear_ && socket_.try_write(text)) return;
  const bool is_admitted = state_->admit_message();
  is_clear_ = false;
  if (!is_admitted) return;
  state_->control.emplace_back(text);
  state_->write_on();
}

void Outbox::ordered(std::string_view text) {
  if (is_clear_ && socket_.try_write(text)) return;
  const bool is_admitted = state_->admit_message();
  is_clear_ = false;
  if (!is_admitted) return;
  state_->media_bytes += text.size();
  ++state_->ordered_count;
  state_->media.push_back(State::Item{std::string{text}, false});
  state_->write_on();
}

std::size_t Outbox::drop_media() {
  state_->media.clear();
  state_->ordered_count = 0;
  const auto dropped = std::exchange(state_->media_bytes, 0);
  is_clear_ = state_->is_clear();
  return dropped;
}

std::size_t Outbox::queued_media_bytes() const noexcept { return state_->media_bytes; }

Task<void> Outbox::run() {
  auto& state = *state_;
  while (!state.empty() && !state.failed) {
    const std::string text = state.take();
    const auto written = co_await state.socket.write(text);
    if (!written) state.failed = true;
  }
  state.running = false;
  is_clear_ = state.is_clear();
}

bool Outbox::failed() const noexcept { return state_->failed; }

void Outbox::finish() {
  state_->finishing = true;
  is_clear_ = false;
}

}  // namespace otto::net
