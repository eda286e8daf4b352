// A conversation over a wire in memory, in virtual time.
#pragma once

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <gtest/gtest.h>

#include "otto/base/log.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/protocol.hpp"
#include "otto/rt/group.hpp"

#include "src/elevenlabs/conversation.hpp"
#include "tests/elevenlabs/fake_socket.hpp"
#include "tests/elevenlabs/samples.hpp"
#include "tests/fakes/event_queue.hpp"

namespace otto::elevenlabs::test {

inline std::string audio_message(std::string_view bytes, std::int64_t event_id) {
  return R"({"type":"audio","audio_event":{"audio_base_64":")" + crypto::base64_encode(bytes) + R"(","event_id":)" +
         std::to_string(event_id) + "}}";
}

class ConversationTest : public ::testing::Test {
 protected:
  ConversationTest() {
    log::start(log::Level::Off, log::Format::Text);
    ticket.agent_id = "agent_1";
    ticket.conversation_id = "conv_0123";
    start.user_id = "attempt-1";
    start.variables["customerName"] = "Ana";
  }
  ~ConversationTest() override {
    if (conversation) close();
    EXPECT_TRUE(wire->destroyed);
    loop.restart();
    loop.run_for(milliseconds{100});
    EXPECT_TRUE(loop.stopped()) << "an operation was left behind";
  }

  void open() {
    conversation = make_conversation(std::make_unique<FakeSocket>(wire), ticket, start, limits, loop, timers);
    conversation->listen(events.sink());
    settle();
  }
  void open_ready() {
    open();
    wire->server_says(kMetadata);
    ASSERT_TRUE(std::holds_alternative<ports::AgentReady>(receive()));
  }
  void settle() { timers.advance(milliseconds{0}); }

  /// Runs the task as far as it goes while virtual time stands still; nullopt: it still waits (and may end after this).
  template <class T>
  std::optional<T> finish(Task<T> task) {
    const auto result = std::make_shared<std::optional<T>>();
    auto body = [](Task<T> inner, std::shared_ptr<std::optional<T>> out) -> Task<void> {
      *out = co_await std::move(inner);
    };
    boost::asio::co_spawn(loop, body(std::move(task), result), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    settle();
    return std::move(*result);
  }
  /// Nullopt: there is none now.
  std::optional<ports::AgentEvent> next() {
    settle();
    if (events.empty()) return std::nullopt;
    return finish(events.next()).value();
  }
  ports::AgentEvent receive() {
    auto event = next();
    if (event) return std::move(*event);
    ADD_FAILURE() << "no event";
    return ports::AgentEnded{};
  }
  ports::AgentEnded receive_end() {
    auto event = receive();
    if (auto* ended = std::get_if<ports::AgentEnded>(&event)) return std::move(*ended);
    ADD_FAILURE() << "not the end: " << event.index();
    return ports::AgentEnded{};
  }
  void close() {
    auto body = [](ports::Conversation& which, bool& done) -> Task<void> {
      co_await which.close();
      done = true;
    };
    bool done = false;
    boost::asio::co_spawn(loop, body(*conversation, done), [](std::exception_ptr failure) {
      if (failure) std::rethrow_exception(failure);
    });
    settle();
    if (!done) timers.advance(limits.goodbye);
    ASSERT_TRUE(done) << "close() did not return in time";
    conversation.reset();
  }

  Loop loop;
  rt::VirtualTimers timers{loop, TimePoint{seconds{1'760'000'000}}};
  std::shared_ptr<Wire> wire = std::make_shared<Wire>(loop);
  Limits limits;
  ports::AgentTicket ticket;
  ports::ConversationStart start;
  otto::test::AgentEvents events{loop};
  std::unique_ptr<ports::Conversation> conversation;
};

}  // namespace otto::elevenlabs::test
