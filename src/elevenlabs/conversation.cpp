#include "elevenlabs/conversation.hpp"

#include <algorithm>
#include <boost/asio/this_coro.hpp>
#include <utility>

#include "otto/rt/group.hpp"

#include "elevenlabs/conversation_state.hpp"

namespace otto::elevenlabs {

namespace {

constexpr milliseconds kLook{500};  // so long after the metadata nothing watches for it any more

using Shared = std::shared_ptr<ConversationState>;  // owned by the conversation and by each of its tasks

Task<void> write_on(Shared state) {
  co_await state->outbox.run();
  state->written.set();
  // A socket that nobody reads would not tell.
  if (state->outbox.failed() && !state->over()) state->socket->abort();
}

Task<void> watch_start(Shared state, rt::Timers& timers) {
  const auto until = timers.steady() + state->limits.metadata;
  while (timers.steady() < until) {
    co_await timers.sleep_until(std::min<SteadyPoint>(until, timers.steady() + kLook));
    const auto cancelled = co_await boost::asio::this_coro::cancellation_state;
    if (state->ready || cancelled.cancelled() != boost::asio::cancellation_type::none) co_return;
  }
  state->end({1006, "ElevenLabs did not start the conversation in time.", "no_metadata"});
}

Task<void> say_goodbye(Shared state) {
  std::ignore = co_await state->written.wait();
  co_await state->socket->close(1000, {});
}

Task<void> time_goodbye(Shared state, rt::Timers& timers) { co_await timers.sleep_for(state->limits.goodbye); }

/// A peer that no longer reads would hold the writer, and with it the close frame.
Task<void> close_down(Shared state, rt::Timers& timers) {
  std::ignore = co_await rt::first_of(say_goodbye(state), time_goodbye(state, timers));
  state->socket->abort();
  state->closed.set();
}

class ElevenLabsConversation final : public ports::Conversation {
 public:
  ElevenLabsConversation(Shared state, Loop& loop, rt::Timers& timers)
      : state_{std::move(state)}, timers_{timers}, tasks_{loop, "conversation"} {
    state_->begin_writing = [this] {
      state_->written.clear();
      tasks_.spawn("write", write_on(state_));
    };
    tasks_.spawn("watch_start", watch_start(state_, timers_));
  }
  ~ElevenLabsConversation() override {
    state_->begin_writing = nullptr;
    if (state_->closed.is_set()) return;
    state_->closing = true;
    state_->outbox.finish();
    state_->socket->abort();
    tasks_.stop();
  }

  void listen(ports::AgentSink sink) override { state_->listen(std::move(sink)); }
  bool send_audio(std::span<const std::uint8_t> bytes) override { return state_->send_audio(bytes); }
  void send_context(std::string text) override { state_->send_control(format_context(text)); }
  void send_user_message(std::string text) override { state_->send_control(format_user_message(text)); }
  void send_tool_result(std::string call_id, std::string result, bool is_error) override {
    state_->send_control(format_tool_result(call_id, result, is_error));
  }
  Reach reach() const override {
    Reach reach{this, sizeof(Shared)};
    reach.add(state_->reach());
    reach.add(state_->socket->reach());
    return reach;
  }
  void expect(const Reach& reach) override {
    Reach whole = state_->reach();
    whole.add(reach);
    state_->socket->expect(whole);
  }
  Task<void> close() override;

 private:
  Shared state_;
  rt::Timers& timers_;
  rt::Group tasks_;
};

Task<void> ElevenLabsConversation::close() {
  if (!state_->closing) {
    state_->closing = true;
    state_->outbox.drop_media();
    state_->outbox.finish();
    tasks_.spawn("close", close_down(state_, timers_));
  }
  if (!co_await state_->closed.wait()) co_return;  // cancelled: the tasks end by themselves within the two seconds
  tasks_.stop();
  co_await tasks_.join();
  state_->tell_end();
}

}  // namespace

std::unique_ptr<ports::Conversation> make_conversation(std::unique_ptr<net::WebSocket> socket,
                                                       ports::AgentTicket ticket, const ports::ConversationStart& start,
                                                       const Limits& limits, Loop& loop, rt::Timers& timers) {
  auto state = std::make_shared<ConversationState>(std::move(socket), std::move(ticket), limits, loop);
  auto conversation = std::make_unique<ElevenLabsConversation>(state, loop, timers);
  state->outbox.control(format_start(start));
  return conversation;
}

}  // namespace otto::elevenlabs
