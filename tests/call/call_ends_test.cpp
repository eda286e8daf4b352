// Every way in which a call can end, and what is left of it.
#include "call_fixture.hpp"

namespace otto::call {
namespace {

using Strings = std::vector<std::string>;

class CallEnds : public CallFixture {};

TEST_F(CallEnds, ByTheCalleeThenTheConversationIsClosed) {
  const auto callee = talk();
  voice().speak(1, Bytes(1600, 1));
  run(seconds{1});
  callee->hang_up();
  run(milliseconds{50});

  EXPECT_TRUE(voice().closed);
  EXPECT_EQ(end_reason(), "callee_hung_up");
  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_EQ(calls().size(), 0u);
  EXPECT_FALSE(calls().known(AttemptId{"attempt-1"}));
}

TEST_F(CallEnds, ByTheAgentOnlyAfterItsLastWordWasHeard) {
  const auto callee = talk();
  const Bytes farewell(24'000, 9);  // 3 s
  voice().speak(1, farewell);
  voice().send(ports::AgentToolDone{"end_call"});
  voice().end(1000);
  callee->speak(Bytes(160, 1));
  run(milliseconds{2900});
  EXPECT_TRUE(line_.hung_up.empty());
  run(milliseconds{200});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(callee->heard, farewell);
  EXPECT_EQ(end_reason(), "agent_ended");
  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallEnds, ByTheAgentNothingGoesUpAnyMore) {
  const auto callee = talk();
  voice().speak(1, Bytes(8000, 9));
  voice().send(ports::AgentToolDone{"end_call"});
  run(milliseconds{20});
  callee->speak(Bytes(160, 1));
  run(milliseconds{100});

  EXPECT_TRUE(voice().heard.empty());
}

TEST_F(CallEnds, ByTheAgentWhoseFarewellComesAfterTheTool) {
  const auto callee = talk();
  voice().send(ports::AgentToolDone{"end_call"});
  run(milliseconds{600});
  EXPECT_TRUE(line_.hung_up.empty());
  voice().speak(1, Bytes(8000, 9));
  run(milliseconds{1500});

  EXPECT_EQ(callee->heard, Bytes(8000, 9));
  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

TEST_F(CallEnds, ByTheAgentAlsoWhenTheLineNeverReturnsTheMark) {
  const auto callee = talk();
  callee->returns_marks = false;
  voice().speak(1, Bytes(8000, 9));
  voice().end(1000);
  run(milliseconds{2900});
  EXPECT_TRUE(line_.hung_up.empty());
  run(milliseconds{200});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "agent_ended");
}

TEST_F(CallEnds, ByAFailedToolNotAtAll) {
  const auto callee = talk();
  voice().send(ports::AgentToolDone{"end_call", true});
  run(seconds{5});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallEnds, AnInterruptionOfTheFarewellStillEndsTheCall) {
  const auto callee = talk();
  voice().speak(1, Bytes(40'000, 9));
  voice().send(ports::AgentToolDone{"end_call"});
  run(milliseconds{500});
  voice().send(ports::AgentInterruption{1});
  run(milliseconds{700});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

TEST_F(CallEnds, ByTheLossOfTheAgentWithAnApology) {
  const auto callee = talk();
  voice().speak(1, Bytes(40'000, 9));
  run(seconds{1});
  voice().end(1011, "internal");
  run(milliseconds{50});

  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(line_.said[0].text, options_.apology);
  EXPECT_EQ(callee->clears, 1);
  EXPECT_EQ(end_reason(), "agent_lost");
  EXPECT_EQ(agent_.voices.size(), 1u);
}

TEST_F(CallEnds, ByTheLossOfTheAgentWithAHangUpWhenTheApologyFails) {
  talk();
  voice().speak(1, Bytes(1600, 9));
  run(milliseconds{100});
  line_.say_answers.emplace_back(Error{Errc::ProviderUnavailable, "the line is down"});
  voice().end(1006);
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

TEST_F(CallEnds, ByTheLimitOfItsDuration) {
  auto its = context();
  its.settings.max_call_duration = seconds{30};
  talk(its);
  for (int i = 0; i < 29; ++i) {
    voice().speak(i, Bytes(800, 9));
    run(seconds{1});
  }
  EXPECT_TRUE(line_.hung_up.empty());
  run(milliseconds{1100});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "max_duration");
}

TEST_F(CallEnds, ByTheAgentsOwnLimitOfTheDuration) {
  const auto callee = talk();
  voice().speak(1, Bytes(8000, 9));
  voice().end(1000, "too long", "max_duration_exceeded");
  run(seconds{2});

  EXPECT_EQ(callee->heard, Bytes(8000, 9)) << "what was said is heard";
  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "max_duration") << "nobody said goodbye";
}

TEST_F(CallEnds, ByTheLinesOwnLimitOfTheDuration) {
  auto its = context();
  its.settings.max_call_duration = seconds{30};
  const auto callee = talk(its);
  run(seconds{29});
  callee->hang_up();
  run(milliseconds{50});

  EXPECT_EQ(end_reason(), "max_duration");
}

TEST_F(CallEnds, BySilenceOfBothSides) {
  const auto callee = talk();
  voice().speak(1, Bytes(800, 9));
  run(seconds{40});
  for (int i = 0; i < 10; ++i) callee->speak(Bytes(160, 0x10));  // loud
  run(seconds{59});
  EXPECT_TRUE(line_.hung_up.empty());
  run(seconds{2});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "silence");
}

TEST_F(CallEnds, ByARequestOfOurs) {
  talk();
  EXPECT_TRUE(calls().hang_up(AttemptId{"attempt-1"}, "operator"));
  EXPECT_FALSE(calls().hang_up(AttemptId{"attempt-2"}, "operator"));
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "operator");
}

TEST_F(CallEnds, WithItsCampaignAndOnlyThen) {
  talk();
  auto other = context("attempt-2");
  other.campaign = CampaignId{"campaign-2"};
  calls().answered(other);
  auto ringing = context("attempt-3");
  calls().expect(ringing);

  EXPECT_EQ(calls().hang_up_all(CampaignId{"campaign-1"}), 1u);
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up.size(), 1u);
  EXPECT_EQ(calls().active(), 1u);
  EXPECT_FALSE(calls().known(AttemptId{"attempt-3"}));
}

TEST_F(CallEnds, ByALinkThatBrokeOffWithAHangUp) {
  const auto callee = talk();
  callee->hang_up("silent");
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(end_reason(), "link_lost");
}

TEST_F(CallEnds, WithoutAHangUpWhenAnInstanceWakesWhoseCallsAreElsewhere) {
  const auto by_link = talk();
  is_elsewhere_ = true;
  by_link->hang_up("silent");
  run(milliseconds{50});

  EXPECT_TRUE(line_.hung_up.empty()) << "another instance talks on with the callee";
  EXPECT_TRUE(by_link->closed);
  EXPECT_EQ(calls().size(), 0u);
  EXPECT_TRUE(facts(FactKind::ConversationEnded).empty()) << "it goes on";
}

TEST_F(CallEnds, WithoutAnApologyWhenTheAgentWasLostInAFreeze) {
  talk();
  voice().speak(1, Bytes(40'000, 9));
  run(seconds{1});
  is_elsewhere_ = true;
  voice().end(1011, "internal");
  run(milliseconds{50});

  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_TRUE(line_.said.empty());
}

TEST_F(CallEnds, WithoutAStreamAfterTenSecondsAndWithoutAHangUp) {
  calls().answered(context());
  run(milliseconds{9900});
  EXPECT_EQ(calls().active(), 1u);
  run(milliseconds{200});

  EXPECT_EQ(calls().size(), 0u);
  EXPECT_TRUE(voice().closed);
  EXPECT_TRUE(line_.hung_up.empty());  // another instance may have the stream
  EXPECT_TRUE(facts_.empty());
}

TEST_F(CallEnds, ByAHandOverThatLeavesTheLineAndTheConversationsEndOpen) {
  const auto callee = talk();
  calls().hand_over();
  run(milliseconds{50});

  EXPECT_TRUE(callee->closed);
  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_TRUE(facts(FactKind::ConversationEnded).empty());
  ASSERT_EQ(facts(FactKind::StreamEnded).size(), 1u);
  EXPECT_EQ(facts(FactKind::StreamEnded)[0].reason, "handed_over");
  EXPECT_FALSE(calls().answered(context("attempt-2")));
}

TEST_F(CallEnds, DuringADrainInItsOwnTime) {
  rt::Group tasks{loop_, "tasks"};
  const auto callee = talk();
  calls().expect(context("attempt-2"));
  bool is_drained = false;
  auto draining = [](Calls& all, bool& done) -> Task<void> {
    co_await all.drain(seconds{600});
    done = true;
  };
  tasks.spawn("drain", draining(calls(), is_drained));
  run(seconds{2});
  EXPECT_TRUE(calls().answered(context("attempt-2")));  // it rang already
  EXPECT_TRUE(calls().answered(context("attempt-3"))) << "somebody has picked up, and perhaps nobody else is there";
  run(seconds{1});
  calls().hang_up(AttemptId{"attempt-2"}, "test");
  calls().hang_up(AttemptId{"attempt-3"}, "test");
  EXPECT_FALSE(is_drained);
  callee->hang_up();
  run(milliseconds{50});

  EXPECT_TRUE(is_drained);
}

TEST_F(CallEnds, WhenTheServerGoesDownUnderIt) {
  const auto callee = talk();
  run(seconds{1});
  stop_serving();
  run(milliseconds{50});

  EXPECT_EQ(calls().size(), 0u);
  EXPECT_TRUE(callee->closed);
  EXPECT_EQ(facts(FactKind::StreamEnded).at(0).reason, "handed_over");
}

TEST_F(CallEnds, OnceAndReportsEverythingOnce) {
  const auto callee = talk();
  voice().send(ports::AgentResponse{"Hello, this is the workshop.", 1});
  voice().speak(1, Bytes(1600, 9));
  run(seconds{1});
  voice().send(ports::UserTranscript{"Yes?", 2});
  voice().send(ports::AgentResponse{"Your car is ready.", 3});
  run(milliseconds{20});
  voice().send(ports::AgentCorrection{"Your car is ready.", "Your car", 3});
  run(milliseconds{100});
  callee->hang_up();
  calls().hang_up(AttemptId{"attempt-1"}, "too late");
  run(milliseconds{50});

  ASSERT_EQ(facts(FactKind::ConversationStarted).size(), 1u);
  EXPECT_EQ(facts(FactKind::ConversationStarted)[0].conversation_id, "conv-1");
  EXPECT_EQ(facts(FactKind::ConversationStarted)[0].reason, "ulaw_8000/ulaw_8000");
  ASSERT_EQ(facts(FactKind::ConversationEnded).size(), 1u);
  EXPECT_EQ(facts(FactKind::ConversationEnded)[0].user_turns, 1);
  EXPECT_EQ(facts(FactKind::ConversationEnded)[0].agent_turns, 2);
  EXPECT_EQ(facts(FactKind::StreamEnded).size(), 1u);
  for (const auto& fact : facts_) {
    EXPECT_EQ(fact.call_sid, "CA1");
    EXPECT_FALSE(fact.dedupe_key.empty());
  }
  EXPECT_EQ(final_saves_, 1);
  ASSERT_EQ(final_turns_.size(), 3u);
  EXPECT_EQ(final_turns_[2].text, "Your car");
  EXPECT_EQ(final_turns_[2].original, "Your car is ready.");
  EXPECT_EQ(turns_.size(), 3u);
}

TEST_F(CallEnds, EvenWhenTheRecorderHangs) {
  recorder_time_ = seconds{3600};
  const auto callee = talk();
  callee->hang_up();
  run(milliseconds{9900});
  EXPECT_EQ(calls().size(), 1u);
  EXPECT_TRUE(calls().known(AttemptId{"attempt-1"}));
  run(milliseconds{200});

  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallEnds, ASlowRecorderNeverHoldsUpTheAudio) {
  recorder_time_ = seconds{2};
  const auto callee = talk();
  for (int i = 0; i < 10; ++i) {
    voice().send(ports::AgentResponse{"Word " + std::to_string(i), i});
    voice().speak(i, Bytes(4000, 9));
  }
  run(milliseconds{5100});

  EXPECT_EQ(callee->heard.size(), 40'000u);
  callee->hang_up();
  run(seconds{9});
  EXPECT_EQ(final_turns_.size(), 10u);
}

}  // namespace
}  // namespace otto::call
