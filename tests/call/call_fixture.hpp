// One instance's calls with a fake line, agent and recorder, on a clock that the test moves. Its end proves that
// nothing is left: no task, no timer, no call.
#pragma once

#include <algorithm>
#include <gtest/gtest.h>
#include <memory>
#include <string>
#include <vector>

#include "otto/call/calls.hpp"

#include "tests/fakes/fake_agent.hpp"
#include "tests/fakes/fake_line.hpp"
#include "tests/fakes/fake_media_link.hpp"

namespace otto::call {

using Bytes = std::vector<std::uint8_t>;

class World {
 public:
  World() { options_.agent_id = "agent-default"; }
  virtual ~World() {
    if (!calls_) return;
    for (const auto& callee : callees_) callee->hang_up();
    auto ended = calls_->drain(seconds{1});
    routes_.spawn("drain", std::move(ended));
    run(seconds{30});
    EXPECT_EQ(calls_->size(), 0u);
    EXPECT_EQ(routes_.size(), 0u);
    EXPECT_EQ(timers_.sleeping(), 0u);
    for (const auto& callee : callees_) EXPECT_TRUE(callee->closed);
    for (const auto& voice : agent_.voices) EXPECT_TRUE(voice->closed);
  }

  Calls& calls() {
    if (!calls_) {
      Recorder recorder;
      recorder.facts = [this](AttemptId id, std::vector<Fact> facts) {
        return take_facts(std::move(id), std::move(facts));
      };
      recorder.turns = [this](AttemptId id, std::vector<ports::Turn> turns, bool final) {
        return take_turns(std::move(id), std::move(turns), final);
      };
      recorder.figures = [this](AttemptId, ports::CallFigures figures) { return take_figures(std::move(figures)); };
      recorder.is_elsewhere = [this](AttemptId) -> Task<bool> { co_return is_elsewhere_; };
      calls_ = std::make_unique<Calls>(loop_, timers_, line_, agent_, std::move(recorder), options_, tools_);
    }
    return *calls_;
  }

  static ports::AttemptContext context(std::string attempt = "attempt-1") {
    ports::AttemptContext context;
    context.attempt = AttemptId{std::move(attempt)};
    context.campaign = CampaignId{"campaign-1"};
    context.contact.name = "Émile Fontaine";
    context.contact.phone = "+14155550101";
    context.contact.attempts = 1;
    context.call.call_sid = "CA1";
    return context;
  }

  /// Time passes for everyone: calls, line and agent.
  void run(milliseconds time) {
    for (milliseconds passed{0}; passed < time; passed += milliseconds{10}) {
      timers_.advance(milliseconds{10});
      for (const auto& callee : callees_) callee->listen();
    }
    timers_.advance(milliseconds{0});
  }
  std::shared_ptr<test::Callee> connect(const AttemptId& attempt = AttemptId{"attempt-1"}) {
    auto callee = std::make_shared<test::Callee>(loop_, timers_.clock());
    callees_.push_back(callee);
    std::unique_ptr<ports::MediaLink> link = std::make_unique<test::FakeMediaLink>(callee, "CA1");
    auto serving = calls().serve(attempt, std::move(link));
    routes_.spawn("serve", std::move(serving));
    run(milliseconds{0});
    return callee;
  }
  /// The server goes down: the tasks that serve streams are cancelled.
  void stop_serving() { routes_.stop(); }
  /// Answered, agent ready, stream up.
  std::shared_ptr<test::Callee> talk(ports::AttemptContext its = context(), AudioFormat output = {},
                                     AudioFormat input = {}) {
    calls().answered(its);
    run(milliseconds{20});
    voice().ready(output, input);
    return connect(its.attempt);
  }
  test::Voice& voice(std::size_t index = 0) { return *agent_.voices.at(index); }

  std::vector<Fact> facts(FactKind kind) const {
    std::vector<Fact> found;
    std::ranges::copy_if(facts_, std::back_inserter(found), [&](const Fact& fact) { return fact.kind == kind; });
    return found;
  }
  std::string end_reason() const {
    const auto ended = facts(FactKind::ConversationEnded);
    return ended.size() == 1 ? ended[0].reason : std::to_string(ended.size()) + " ends";
  }
  std::string machine_handled() const {
    const auto handled = facts(FactKind::MachineHandled);
    return handled.size() == 1 ? handled[0].reason : std::to_string(handled.size()) + " machines";
  }

  Loop loop_;
  rt::VirtualTimers timers_{loop_, TimePoint{seconds{1'790'000'000}}};
  test::FakeLine line_;
  test::FakeAgent agent_{loop_, timers_};
  CallOptions options_;
  ToolDoors tools_;
  std::vector<Fact> facts_;
  bool is_elsewhere_ = false;       ///< another instance has taken a later stream
  std::vector<ports::Turn> turns_;  ///< as the store has them: upserted by number
  std::vector<ports::Turn> final_turns_;
  int final_saves_ = 0;
  std::vector<ports::CallFigures> figures_;
  milliseconds recorder_time_{0};
  std::vector<std::shared_ptr<test::Callee>> callees_;

 private:
  Task<void> take_facts(AttemptId, std::vector<Fact> facts) {
    if (recorder_time_.count() > 0) co_await timers_.sleep_for(recorder_time_);
    for (auto& fact : facts) facts_.push_back(std::move(fact));
  }
  Task<void> take_figures(ports::CallFigures figures) {
    figures_.push_back(std::move(figures));
    co_return;
  }
  Task<void> take_turns(AttemptId, std::vector<ports::Turn> turns, bool final) {
    if (recorder_time_.count() > 0) co_await timers_.sleep_for(recorder_time_);
    for (const auto& turn : turns) {
      const auto at = std::ranges::find(turns_, turn.number, &ports::Turn::number);
      if (at == turns_.end()) {
        turns_.push_back(turn);
      } else {
        *at = turn;
      }
    }
    if (!final) co_return;
    ++final_saves_;
    final_turns_ = std::move(turns);
  }

  rt::Group routes_{loop_, "routes"};
  std::unique_ptr<Calls> calls_;
};

class CallFixture : public testing::Test, public World {};

}  // namespace otto::call
