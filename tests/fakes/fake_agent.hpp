// An agent that says what the test says and remembers what it heard.
#pragma once

#include <boost/asio/post.hpp>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "otto/ports/agent.hpp"
#include "otto/rt/time.hpp"

namespace otto::test {

/// The agent's end of one conversation; the test holds it, it outlives the conversation.
class Voice : public std::enable_shared_from_this<Voice> {
 public:
  explicit Voice(Loop& loop) : loop_{loop} {}

  void send(ports::AgentEvent what) {
    Event event;
    event.what = std::move(what);
    push(std::move(event));
  }
  void ready(AudioFormat output = {}, AudioFormat input = {}) {
    send(ports::AgentReady{ticket.conversation_id, output, input});
  }
  void speak(std::int64_t event_id, std::vector<std::uint8_t> bytes) {
    Event event;
    event.what = ports::AgentAudio{{}, event_id};
    event.bytes = std::move(bytes);
    push(std::move(event));
  }
  void end(int code, std::string reason = {}, std::string error_type = {}) {
    send(ports::AgentEnded{code, std::move(reason), std::move(error_type)});
    has_ended_ = true;
  }

  bool has_ended() const noexcept { return has_ended_; }

  struct ToolResult {
    std::string call_id, result;
    bool is_error;
  };
  ports::AgentTicket ticket;
  ports::ConversationStart start;
  std::vector<std::uint8_t> heard;
  std::vector<std::size_t> sizes;  ///< of each piece heard
  std::vector<std::string> contexts, messages;
  std::vector<ToolResult> tool_results;
  bool closed = false;

 private:
  friend class FakeConversation;
  struct Event {
    ports::AgentEvent what;
    std::vector<std::uint8_t> bytes;
  };
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
      if (auto* audio = std::get_if<ports::AgentAudio>(&what)) audio->bytes = event.bytes;
      sink_(what);
    }
  }

  Loop& loop_;
  std::deque<Event> events_;
  ports::AgentSink sink_;
  bool has_ended_ = false;
};

class FakeConversation final : public ports::Conversation {
 public:
  explicit FakeConversation(std::shared_ptr<Voice> voice) : voice_{std::move(voice)} {}

  void listen(ports::AgentSink sink) override {
    voice_->sink_ = std::move(sink);
    voice_->news();
  }
  bool send_audio(std::span<const std::uint8_t> bytes) override {
    if (voice_->closed) return false;
    voice_->heard.insert(voice_->heard.end(), bytes.begin(), bytes.end());
    voice_->sizes.push_back(bytes.size());
    return true;
  }
  void send_context(std::string text) override { voice_->contexts.push_back(std::move(text)); }
  void send_user_message(std::string text) override { voice_->messages.push_back(std::move(text)); }
  void send_tool_result(std::string call_id, std::string result, bool is_error) override {
    voice_->tool_results.push_back({std::move(call_id), std::move(result), is_error});
  }
  Task<void> close() override {
    voice_->closed = true;
    voice_->end(1000, "closed by us");
    voice_->deliver();
    voice_->sink_ = nullptr;
    co_return;
  }

 private:
  std::shared_ptr<Voice> voice_;
};

class FakeAgent final : public ports::Agent {
 public:
  FakeAgent(Loop& loop, rt::Timers& timers) : loop_{loop}, timers_{timers} {}

  // What it was asked.
  std::vector<std::string> prepared;           ///< agent ids
  std::vector<std::shared_ptr<Voice>> voices;  ///< one per conversation opened
  // What it answers: the queue's front, or success when it is empty.
  std::deque<std::optional<Error>> prepare_answers, open_answers;
  milliseconds prepare_time{0}, open_time{0}, ticket_life{900'000};

  Task<Result<ports::AgentTicket>> prepare(std::string agent_id) override {
    prepared.push_back(agent_id);
    ports::AgentTicket ticket;
    ticket.agent_id = std::move(agent_id);
    ticket.url = "wss://agent.example/" + std::to_string(prepared.size());
    ticket.conversation_id = "conv-" + std::to_string(prepared.size());
    ticket.expires_at = timers_.now() + ticket_life;
    if (prepare_time.count() > 0) co_await timers_.sleep_for(prepare_time);
    if (auto failure = next(prepare_answers)) co_return *failure;
    co_return ticket;
  }
  Task<Result<std::unique_ptr<ports::Conversation>>> open(ports::AgentTicket ticket,
                                                          ports::ConversationStart start) override {
    if (open_time.count() > 0) co_await timers_.sleep_for(open_time);
    if (auto failure = next(open_answers)) co_return *failure;
    auto voice = std::make_shared<Voice>(loop_);
    voice->ticket = std::move(ticket);
    voice->start = std::move(start);
    voices.push_back(voice);
    std::unique_ptr<ports::Conversation> conversation = std::make_unique<FakeConversation>(std::move(voice));
    co_return conversation;
  }
  Task<Result<ports::ConversationDetails>> fetch(std::string) override {
    co_return Error{Errc::NotFound, "no such conversation"};
  }
  Task<Result<ports::AgentCheck>> check(std::string, ports::AgentNeeds) override { co_return ports::AgentCheck{}; }
  Task<Result<int>> max_conversations() override { co_return Error{Errc::NotFound, "no plan"}; }

 private:
  static std::optional<Error> next(std::deque<std::optional<Error>>& answers) {
    if (answers.empty()) return std::nullopt;
    auto answer = std::move(answers.front());
    answers.pop_front();
    return answer;
  }

  Loop& loop_;
  rt::Timers& timers_;
};

}  // namespace otto::test
