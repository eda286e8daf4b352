// What a listener was told, to be taken one by one: for tests that read events like a script.
#pragma once

#include <functional>
#include <optional>
#include <utility>
#include <vector>

#include "otto/ports/agent.hpp"
#include "otto/ports/line.hpp"
#include "otto/rt/mailbox.hpp"

namespace otto::test {

/// Keeps a copy of the audio that an event points at.
template <class Event, class Audio>
class EventQueue {
 public:
  explicit EventQueue(Loop& loop) : items_{loop, 100'000} {}

  std::function<void(const Event&)> sink() {
    return [this](const Event& event) { keep(event); };
  }
  bool empty() const noexcept { return items_.empty(); }
  /// The next event; its audio is valid until the next one is taken. Nullopt: the wait was cancelled.
  Task<std::optional<Event>> next() {
    auto item = co_await items_.pop();
    if (!item) co_return std::nullopt;
    current_ = std::move(item->bytes);
    if (auto* audio = std::get_if<Audio>(&item->event)) bytes_of(*audio) = current_;
    co_return std::optional<Event>{std::move(item->event)};
  }

 private:
  struct Item {
    Event event;
    std::vector<std::uint8_t> bytes;
  };
  static std::span<const std::uint8_t>& bytes_of(ports::LinkAudio& audio) { return audio.ulaw; }
  static std::span<const std::uint8_t>& bytes_of(ports::AgentAudio& audio) { return audio.bytes; }

  void keep(const Event& event) {
    Item item{event, {}};
    if (auto* audio = std::get_if<Audio>(&item.event)) {
      const auto bytes = bytes_of(*audio);
      item.bytes.assign(bytes.begin(), bytes.end());
    }
    items_.push(std::move(item));
  }

  rt::Mailbox<Item> items_;
  std::vector<std::uint8_t> current_;
};

using LinkEvents = EventQueue<ports::LinkEvent, ports::LinkAudio>;
using AgentEvents = EventQueue<ports::AgentEvent, ports::AgentAudio>;

}  // namespace otto::test
