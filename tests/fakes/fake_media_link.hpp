// The callee's end of a media link, with the line's own buffer: audio is played in real time, a clear drops what was
// not played yet, marks come back when what was before them has played.
#pragma once

#include <boost/asio/post.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/ports/line.hpp"

namespace otto::test {

/// What the test holds; it outlives the link.
class Callee : public std::enable_shared_from_this<Callee> {
 public:
  Callee(Loop& loop, const Clock& clock) : loop_{loop}, clock_{clock} {}

  void speak(std::vector<std::uint8_t> ulaw) {
    Event event;
    event.bytes = std::move(ulaw);
    event.what = ports::LinkAudio{};
    push(std::move(event));
  }
  void press(char digit) { push(ports::LinkDtmf{digit}); }
  void hang_up(std::string reason = "stop") {
    push(ports::LinkEnded{std::move(reason)});
    has_ended_ = true;
  }

  /// Lets the line play up to now and return the marks that are due.
  void listen() {
    const auto now = clock_.steady();
    const auto budget = static_cast<std::size_t>((now - played_at_) / std::chrono::microseconds{125});
    played_at_ += std::chrono::microseconds{125} * static_cast<std::int64_t>(budget);
    std::size_t left = budget;
    while (!buffer_.empty()) {
      auto& item = buffer_.front();
      if (!item.mark.empty()) {
        if (returns_marks) push(ports::LinkMark{item.mark});
        buffer_.pop_front();
        continue;
      }
      if (left == 0) break;
      if (heard.empty() || last_heard_ + std::chrono::microseconds{125} < now) first_heard_after_silence = now;
      heard.push_back(item.byte);
      last_heard_ = now;
      buffer_.pop_front();
      --left;
    }
  }
  /// Bytes in the line's buffer.
  std::size_t buffered() const {
    std::size_t bytes = 0;
    for (const auto& item : buffer_) bytes += item.mark.empty() ? 1 : 0;
    return bytes;
  }

  std::vector<std::uint8_t> heard;  ///< what the callee's ear got
  std::vector<std::uint8_t> sent;   ///< every byte that was sent, cleared or not
  std::vector<std::size_t> sizes;   ///< of each send
  std::size_t most_buffered = 0;
  int clears = 0, marks = 0;
  bool closed = false;
  bool takes_audio = true;
  bool returns_marks = true;
  SteadyPoint first_heard_after_silence{};

 private:
  friend class FakeMediaLink;
  struct Item {
    std::uint8_t byte = 0;
    std::string mark;
  };
  struct Event {
    ports::LinkEvent what;
    std::vector<std::uint8_t> bytes;
  };
  void push(ports::LinkEvent what) {
    Event event;
    event.what = std::move(what);
    push(std::move(event));
  }
  void push(Event event) {
    if (has_ended_) return;
    events_.push_back(std::move(event));
    news();
  }
  /// Events reach the listener from the loop, as a socket's do.
  void news() {
    boost::asio::post(loop_, [self = shared_from_this()] { self->deliver(); });
  }
  void deliver() {
    while (sink_ && !events_.empty()) {
      const Event event = std::move(events_.front());
      events_.pop_front();
      auto what = event.what;
      if (auto* audio = std::get_if<ports::LinkAudio>(&what)) audio->ulaw = event.bytes;
      sink_(what);
    }
  }

  Loop& loop_;
  const Clock& clock_;
  std::deque<Item> buffer_;
  std::deque<Event> events_;
  ports::LinkSink sink_;
  bool has_ended_ = false;
  SteadyPoint played_at_{}, last_heard_{};
};

class FakeMediaLink final : public ports::MediaLink {
 public:
  FakeMediaLink(std::shared_ptr<Callee> callee, std::string call_sid)
      : callee_{std::move(callee)}, call_sid_{std::move(call_sid)} {}

  const std::string& call_sid() const override { return call_sid_; }
  void listen(ports::LinkSink sink) override {
    callee_->sink_ = std::move(sink);
    callee_->news();
  }
  bool send_audio(std::span<const std::uint8_t> ulaw) override {
    if (callee_->closed || !callee_->takes_audio) return false;
    touch();
    for (const auto byte : ulaw) callee_->buffer_.push_back({byte, {}});
    callee_->sent.insert(callee_->sent.end(), ulaw.begin(), ulaw.end());
    callee_->sizes.push_back(ulaw.size());
    callee_->most_buffered = std::max(callee_->most_buffered, callee_->buffered());
    return true;
  }
  void send_mark(std::string_view name) override {
    touch();
    ++callee_->marks;
    callee_->buffer_.push_back({0, std::string{name}});
    touch();
  }
  void clear() override {
    touch();
    ++callee_->clears;
    std::erase_if(callee_->buffer_, [](const Callee::Item& item) { return item.mark.empty(); });
    touch();
  }
  Task<void> close() override {
    callee_->closed = true;
    callee_->hang_up("closed");
    callee_->deliver();
    callee_->sink_ = nullptr;
    co_return;
  }

 private:
  void touch() {
    callee_->listen();
    callee_->played_at_ = callee_->clock_.steady();
  }

  std::shared_ptr<Callee> callee_;
  std::string call_sid_;
};

}  // namespace otto::test
