// Turn latency, from the audio itself.
#include "src/call/timeline.hpp"

#include "otto/base/metrics.hpp"

#include "call_fixture.hpp"

namespace otto::call {
namespace {

SteadyPoint at(int ms) { return SteadyPoint{milliseconds{ms}}; }

TEST(Timeline, ATurnsLatencyRunsFromTheCalleesLastSpeech) {
  Timeline timeline;
  timeline.agent_fell_silent(at(1000));
  EXPECT_EQ(timeline.agent_speaks(at(3700), at(3000)), milliseconds{700});
  timeline.agent_fell_silent(at(5000));
  EXPECT_EQ(timeline.agent_speaks(at(7100), at(6000)), milliseconds{1100});
  EXPECT_EQ(timeline.worst_latency(), milliseconds{1100});
}

TEST(Timeline, WhatAnswersNobodyHasNoLatency) {
  Timeline timeline;
  EXPECT_FALSE(timeline.agent_speaks(at(100), std::nullopt));  // the greeting
  timeline.agent_fell_silent(at(2000));
  EXPECT_FALSE(timeline.agent_speaks(at(3000), at(1500)));      // the callee spoke before the agent's last words
  EXPECT_FALSE(timeline.agent_speaks(at(60'000), at(29'000)));  // a prompt after a long silence
  EXPECT_EQ(timeline.median_latency(), milliseconds{-1});
}

TEST(Timeline, WhoInterruptsIsAnswered) {
  Timeline timeline;
  timeline.agent_speaks(at(1000), std::nullopt);
  // Said in the middle of the agent's words, which went on until the interruption came.
  timeline.agent_fell_silent(at(3400));
  timeline.agent_was_interrupted();
  EXPECT_EQ(timeline.agent_speaks(at(4000), at(3000)), milliseconds{1000});
  // An interruption by nothing: what was answered before is not answered again.
  timeline.agent_fell_silent(at(6000));
  timeline.agent_was_interrupted();
  EXPECT_FALSE(timeline.agent_speaks(at(7000), at(3000)));
}

TEST(Timeline, AnAnswerThatWaitedForAToolIsOne) {
  Timeline timeline;
  timeline.agent_fell_silent(at(1000));
  EXPECT_EQ(timeline.agent_speaks(at(19'000), at(2000)), milliseconds{17'000});
}

int ms(milliseconds time) { return static_cast<int>(time.count()); }

class CallLatency : public CallFixture {
 protected:
  static double count() {
    const auto text = metrics::text();
    const std::string name = "\notto_turn_latency_seconds_count ";
    const auto found = text.find(name);
    return found == std::string::npos ? 0 : std::stod(text.substr(found + name.size()));
  }
};

TEST_F(CallLatency, IsObservedOncePerTurn) {
  const auto callee = talk();
  const auto before = count();
  voice().speak(1, Bytes(4000, 9));
  run(seconds{1});
  for (int frame = 0; frame < 25; ++frame) {
    callee->speak(Bytes(160, 0x10));
    run(milliseconds{20});
  }
  run(milliseconds{600});
  for (int piece = 0; piece < 5; ++piece) {
    voice().speak(2, Bytes(4000, 9));
    run(milliseconds{100});
  }
  run(seconds{3});

  EXPECT_EQ(count(), before + 1);
}

TEST_F(CallLatency, IsReportedWithTheCallsOtherFiguresOnceAtItsEnd) {
  calls().answered(context());
  run(milliseconds{200});
  voice().ready();
  run(milliseconds{100});
  const auto callee = connect();
  run(milliseconds{50});
  voice().speak(1, Bytes(4000, 9));
  run(seconds{1});
  callee->speak(Bytes(8000, 0x10));
  run(milliseconds{700});
  voice().speak(2, Bytes(4000, 9));
  voice().send(ports::AgentInterruption{2});
  run(milliseconds{100});
  EXPECT_TRUE(figures_.empty());
  callee->hang_up();
  run(milliseconds{100});

  ASSERT_EQ(figures_.size(), 1u);
  const ports::CallFigures& figures = figures_[0];
  EXPECT_FALSE(figures.stream.empty());
  EXPECT_NEAR(ms(*figures.answer_to_ready), 200, 20);
  EXPECT_NEAR(ms(*figures.answer_to_stream), 300, 20);
  EXPECT_NEAR(ms(*figures.answer_to_audio), 350, 40);
  ASSERT_EQ(figures.turns.size(), 1u);
  EXPECT_NEAR(ms(figures.turns[0]), 700, 20);
  EXPECT_EQ(figures.interruptions, 1);
  EXPECT_EQ(figures.dropped_bytes, 0);
}

TEST_F(CallLatency, OfWhatDidNotComeAboutIsAbsent) {
  calls().answered(context());
  run(milliseconds{20});
  const auto callee = connect();
  callee->hang_up();
  run(milliseconds{100});

  ASSERT_EQ(figures_.size(), 1u);
  EXPECT_FALSE(figures_[0].answer_to_ready);
  EXPECT_FALSE(figures_[0].answer_to_audio);
  EXPECT_TRUE(figures_[0].turns.empty());
}

}  // namespace
}  // namespace otto::call
