// A line whose answers are written down beforehand, and an agent that is never asked: for the dialing protocol's tests.
#pragma once

#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "otto/ports/agent.hpp"
#include "otto/ports/line.hpp"
#include "otto/rt/time.hpp"

namespace otto::fakes {

class ScriptedLine final : public ports::Line {
 public:
  explicit ScriptedLine(rt::Timers& timers) : timers_{timers} {}

  std::deque<ports::PlaceResult> answers;  ///< for place(), in order; empty: placed with a new SID
  milliseconds delay{0};                   ///< before each answer of place()
  std::function<void()> while_connecting;  ///< between the call of place() and may_send
  std::vector<ports::PlaceRequest> requests;
  std::vector<std::string> hung_up;
  std::vector<ports::LineCall> calls;  ///< what list() and fetch() know
  milliseconds fetch_delay{0};
  std::optional<Error> fetch_failure;
  int lists = 0, fetches = 0, sent = 0;
  bool list_fails = false;

  static ports::PlaceResult verdict(ports::PlaceVerdict verdict, std::string message = {}) {
    ports::PlaceResult result;
    result.verdict = verdict;
    result.message = std::move(message);
    return result;
  }
  static ports::PlaceResult refused(ports::RefusalScope scope, std::string message) {
    auto result = verdict(ports::PlaceVerdict::Refused, std::move(message));
    result.scope = scope;
    return result;
  }

  Task<ports::PlaceResult> place(ports::PlaceRequest request) override {
    requests.push_back(request);
    if (while_connecting) while_connecting();
    if (request.may_send && !request.may_send())
      co_return verdict(ports::PlaceVerdict::NotSent, "stopped before the first byte");
    ++sent;
    if (delay > milliseconds{0}) co_await timers_.sleep_for(delay);
    if (!answers.empty()) {
      auto answer = answers.front();
      answers.pop_front();
      co_return answer;
    }
    auto placed = verdict(ports::PlaceVerdict::Placed);
    placed.call_sid = sid(sent);
    co_return placed;
  }
  static std::string sid(int number) { return "CA" + std::string(30, '0') + std::to_string(10 + number); }

  milliseconds hang_up_delay{0};
  Task<Result<void>> hang_up(std::string call_sid) override {
    hung_up.push_back(std::move(call_sid));
    if (hang_up_delay > milliseconds{0}) co_await timers_.sleep_for(hang_up_delay);
    co_return Result<void>{};
  }
  Task<Result<void>> play_and_hang_up(std::string, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> say_and_hang_up(std::string, std::string) override { co_return Result<void>{}; }
  Task<Result<void>> transfer(ports::TransferRequest) override { co_return Result<void>{}; }
  Task<Result<ports::LineCall>> fetch(std::string call_sid) override {
    ++fetches;
    if (fetch_delay > milliseconds{0}) co_await timers_.sleep_for(fetch_delay);
    if (fetch_failure) co_return *fetch_failure;
    for (const auto& call : calls) {
      if (call.call_sid == call_sid) co_return call;
    }
    co_return Error{Errc::NotFound, "no such call"};
  }
  Task<Result<std::vector<ports::LineCall>>> list(std::string, std::string) override {
    ++lists;
    if (list_fails) co_return Error{Errc::ProviderUnavailable, "no list"};
    co_return calls;
  }
  Task<Result<std::vector<ports::LineRecording>>> recordings(std::string) override { co_return recorded; }
  std::vector<ports::LineRecording> recorded;
  Task<Result<std::string>> check() override { co_return std::string{"ok"}; }

 private:
  rt::Timers& timers_;
};

class NoAgent final : public ports::Agent {
 public:
  Task<Result<ports::AgentTicket>> prepare(std::string) override { co_return gone(); }
  Task<Result<std::unique_ptr<ports::Conversation>>> open(ports::AgentTicket, ports::ConversationStart) override {
    co_return gone();
  }
  std::optional<ports::ConversationDetails> details;
  Task<Result<ports::ConversationDetails>> fetch(std::string) override {
    if (!details) co_return gone();
    co_return *details;
  }
  Task<Result<ports::AgentCheck>> check(std::string agent_id, ports::AgentNeeds needs) override {
    checked.push_back(std::move(agent_id));
    needed = std::move(needs);
    co_return answer;
  }
  Task<Result<int>> max_conversations() override { co_return gone(); }
  Result<ports::AgentCheck> answer = ports::AgentCheck{};
  std::vector<std::string> checked;
  ports::AgentNeeds needed;

 private:
  static Error gone() { return Error{Errc::NotFound, "no agent here"}; }
};

}  // namespace otto::fakes
