// From the dispatch to the first word: tickets, the answer, the stream, and what goes wrong on the way.
#include "call_fixture.hpp"

namespace otto::call {
namespace {

using Strings = std::vector<std::string>;

class CallStarts : public CallFixture {
 protected:
  static Error error(Errc code) { return Error{code, "the test says no"}; }
};

TEST_F(CallStarts, TheTicketIsFetchedWhileThePhoneRings) {
  agent_.prepare_time = seconds{2};
  calls().expect(context());
  run(seconds{10});
  EXPECT_EQ(agent_.prepared, Strings{"agent-default"});
  EXPECT_TRUE(agent_.voices.empty());

  calls().answered(context());
  run(milliseconds{0});

  ASSERT_EQ(agent_.voices.size(), 1u);
  EXPECT_EQ(voice().ticket.conversation_id, "conv-1");
  EXPECT_EQ(voice().start.user_id, "attempt-1");
  EXPECT_EQ(voice().start.variables.at("customerName"), "Émile Fontaine");
}

TEST_F(CallStarts, ACampaignMayNameItsOwnAgent) {
  auto its = context();
  its.settings.agent_id = "agent-special";
  calls().expect(its);
  run(milliseconds{10});

  EXPECT_EQ(agent_.prepared, Strings{"agent-special"});
}

TEST_F(CallStarts, AnAnswerDuringTheFetchWaitsForIt) {
  agent_.prepare_time = seconds{2};
  calls().expect(context());
  run(seconds{1});
  calls().answered(context());
  run(milliseconds{1100});

  EXPECT_EQ(agent_.prepared.size(), 1u);
  EXPECT_EQ(agent_.voices.size(), 1u);
}

TEST_F(CallStarts, AFailedTicketIsFetchedOnceMoreAtTheAnswer) {
  agent_.prepare_answers = {error(Errc::Unauthorized)};
  calls().expect(context());
  run(seconds{5});
  EXPECT_EQ(agent_.prepared.size(), 1u);
  calls().answered(context());
  run(milliseconds{10});

  EXPECT_EQ(agent_.prepared.size(), 2u);
  EXPECT_EQ(agent_.voices.size(), 1u);
}

TEST_F(CallStarts, TwoFailedTicketsEndTheCallWithAnApologyOnceTheStreamIsUp) {
  agent_.prepare_answers = {error(Errc::TimedOut), error(Errc::TimedOut)};
  calls().expect(context());
  run(seconds{5});
  calls().answered(context());
  run(seconds{1});
  EXPECT_TRUE(line_.said.empty());  // another instance may have the stream
  connect();
  run(milliseconds{50});

  EXPECT_EQ(agent_.prepared.size(), 2u);
  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(end_reason(), "agent_failed");
}

TEST_F(CallStarts, APlainNoAtTheAnswerIsNotAskedAgain) {
  agent_.prepare_answers = {error(Errc::ProviderRefused)};
  calls().answered(context());
  connect();
  run(milliseconds{50});

  EXPECT_EQ(agent_.prepared.size(), 1u);
  EXPECT_EQ(end_reason(), "agent_failed");
}

TEST_F(CallStarts, AnExpiredTicketIsFetchedAgain) {
  agent_.ticket_life = seconds{60};
  calls().expect(context());
  run(seconds{40});
  calls().answered(context());
  run(milliseconds{10});

  EXPECT_EQ(agent_.prepared.size(), 2u);
  EXPECT_EQ(voice().ticket.conversation_id, "conv-2");
}

TEST_F(CallStarts, ACallThatIsNotAnsweredFreesItsPlace) {
  calls().expect(context());
  run(seconds{20});
  calls().drop(AttemptId{"attempt-1"});
  run(milliseconds{10});

  EXPECT_EQ(calls().size(), 0u);
  EXPECT_TRUE(facts_.empty());
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallStarts, ACallOfWhichNothingIsHeardIsForgotten) {
  calls().expect(context());
  run(seconds{179});
  EXPECT_TRUE(calls().known(AttemptId{"attempt-1"}));
  run(seconds{2});

  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallStarts, AnAnsweredCallIsNotDropped) {
  talk();
  calls().drop(AttemptId{"attempt-1"});
  run(milliseconds{50});

  EXPECT_EQ(calls().active(), 1u);
}

TEST_F(CallStarts, TheAnswerMayBeToldTwice) {
  calls().expect(context());
  EXPECT_TRUE(calls().answered(context()));
  run(milliseconds{50});
  EXPECT_TRUE(calls().answered(context()));
  const auto callee = connect();
  EXPECT_TRUE(calls().answered(context()));
  run(milliseconds{50});

  EXPECT_EQ(agent_.voices.size(), 1u);
  EXPECT_EQ(calls().size(), 1u);
  EXPECT_FALSE(callee->closed);
}

TEST_F(CallStarts, AnInstanceThatDidNotDialServesTheCallAsWell) {
  calls().answered(context());
  run(milliseconds{50});

  EXPECT_EQ(agent_.prepared.size(), 1u);
  EXPECT_EQ(agent_.voices.size(), 1u);
}

TEST_F(CallStarts, AStreamWhoseAnswerWentElsewhereFindsTheExpectedCall) {
  calls().expect(context());
  const auto callee = connect();
  run(milliseconds{50});
  voice().ready();
  voice().speak(1, Bytes(1600, 4));
  run(seconds{1});

  EXPECT_EQ(callee->heard, Bytes(1600, 4));
}

TEST_F(CallStarts, ASecondStreamIsRefused) {
  const auto first = talk();
  const auto second = connect();
  run(milliseconds{50});

  EXPECT_TRUE(second->closed);
  EXPECT_FALSE(first->closed);
}

TEST_F(CallStarts, WhoWaitsForAStreamThatWentElsewhereGivesUpWithoutAHangUp) {
  calls().answered(context());
  run(milliseconds{20});
  voice().ready();
  calls().leave(AttemptId{"attempt-1"}, 1);
  run(milliseconds{50});

  EXPECT_TRUE(voice().closed);
  EXPECT_FALSE(calls().known(AttemptId{"attempt-1"}));
  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_TRUE(facts_.empty()) << "nobody has heard or said anything here";
}

TEST_F(CallStarts, WhoWaitsForALaterStreamIsNotMeantByAnEarlierOne) {
  auto its = context();
  its.call.stream_started = true;
  its.call.streams = 1;
  calls().answered(its);
  calls().leave(its.attempt, 1);
  const auto callee = connect();
  run(milliseconds{50});

  EXPECT_FALSE(callee->closed);
  EXPECT_TRUE(calls().streamed(its.attempt));
  calls().leave(its.attempt, 3);
  run(milliseconds{50});
  EXPECT_TRUE(callee->closed) << "a later stream is somebody else's: this one is over";
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallStarts, AStreamOfAnUnknownCallIsRefused) {
  calls();
  const auto callee = connect(AttemptId{"attempt-9"});
  EXPECT_TRUE(callee->closed);
}

TEST_F(CallStarts, AnAgentLostBeforeItsFirstWordIsReplacedOnce) {
  const auto callee = talk();
  callee->speak(Bytes(1600, 0x20));
  run(milliseconds{100});
  voice().send(ports::AgentResponse{"Hel", 1});
  voice().end(1006);
  run(milliseconds{50});
  ASSERT_EQ(agent_.voices.size(), 2u);
  EXPECT_EQ(voice(1).ticket.conversation_id, "conv-2");
  EXPECT_TRUE(voice(0).closed);
  callee->speak(Bytes(800, 0x21));
  run(milliseconds{50});
  voice(1).ready();
  voice(1).send(ports::AgentResponse{"Hello!", 1});
  voice(1).speak(1, Bytes(1600, 4));
  run(milliseconds{500});

  EXPECT_EQ(callee->heard, Bytes(1600, 4));
  EXPECT_EQ(voice(1).heard, Bytes(800, 0x21));
  EXPECT_EQ(facts(FactKind::ConversationStarted).size(), 2u);
  ASSERT_EQ(turns_.size(), 1u);
  EXPECT_EQ(turns_[0].text, "Hello!");
}

TEST_F(CallStarts, AnAgentLostTwiceBeforeItsFirstWordHasFailed) {
  talk();
  voice().end(1011);
  run(milliseconds{50});
  voice(1).end(1006);
  run(milliseconds{50});

  EXPECT_EQ(agent_.voices.size(), 2u);
  EXPECT_EQ(end_reason(), "agent_failed");
  EXPECT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(facts(FactKind::ConversationEnded)[0].agent_turns, 0);
}

TEST_F(CallStarts, AnAgentThatIsConnectedAndNeverSpeaksIsReplacedOnceAndThenApologizedFor) {
  const auto callee = talk();
  callee->speak(Bytes(4000, 0x80));  // as loud as it gets
  run(seconds{8});
  callee->speak(Bytes(4000, 0x80));
  run(seconds{6});
  EXPECT_EQ(agent_.voices.size(), 1u);
  run(seconds{3});
  ASSERT_EQ(agent_.voices.size(), 2u) << "a second hello does not put it off";
  EXPECT_TRUE(voice(0).closed);
  voice(1).ready();
  run(milliseconds{14'500});
  EXPECT_EQ(calls().active(), 1u) << "the second one has as long";
  run(seconds{1});

  EXPECT_EQ(agent_.voices.size(), 2u);
  EXPECT_EQ(end_reason(), "agent_failed");
  EXPECT_EQ(facts(FactKind::ConversationEnded)[0].evidence, "The agent was connected and said nothing.");
  EXPECT_EQ(line_.said.size(), 1u);
}

TEST_F(CallStarts, AnAgentMayLetTheCalleeBegin) {
  const auto callee = talk();
  run(seconds{40});
  callee->speak(Bytes(4000, 0x80));
  run(seconds{14});
  voice().speak(1, Bytes(1600, 4));
  run(seconds{20});

  EXPECT_EQ(callee->heard, Bytes(1600, 4));
  EXPECT_EQ(agent_.voices.size(), 1u);
  EXPECT_EQ(calls().active(), 1u);
}

TEST_F(CallStarts, ARefusedStartMessageIsNotSentAgain) {
  talk();
  voice().end(1008, "Missing required dynamic variables", "missing_dynamic_variable");
  run(milliseconds{50});

  EXPECT_EQ(agent_.voices.size(), 1u);
  EXPECT_EQ(end_reason(), "agent_failed");
}

TEST_F(CallStarts, AFailedConnectionIsTriedOnceMoreWithAFreshTicket) {
  agent_.open_answers = {error(Errc::ConnectFailed)};
  calls().expect(context());
  run(seconds{1});
  calls().answered(context());
  run(milliseconds{50});

  EXPECT_EQ(agent_.prepared.size(), 2u);
  ASSERT_EQ(agent_.voices.size(), 1u);
  EXPECT_EQ(voice().ticket.conversation_id, "conv-2");
}

TEST_F(CallStarts, ACalleeWhoHangsUpWhileTheAgentConnectsLeavesNoConversationBehind) {
  agent_.open_time = seconds{4};
  calls().answered(context());
  const auto callee = connect();
  run(seconds{1});
  callee->hang_up();
  run(milliseconds{2900});
  EXPECT_EQ(calls().size(), 1u);  // a conversation that is being opened is not cut, it is closed in order
  EXPECT_TRUE(agent_.voices.empty());
  run(milliseconds{200});

  ASSERT_EQ(agent_.voices.size(), 1u);
  EXPECT_TRUE(voice().closed);
  EXPECT_EQ(calls().size(), 0u);
  EXPECT_EQ(end_reason(), "callee_hung_up");
}

TEST_F(CallStarts, KeysPressedBeforeTheAgentIsReadyAreToldToIt) {
  calls().answered(context());
  const auto callee = connect();
  callee->press('9');
  run(seconds{2});
  voice().ready();
  run(milliseconds{150});

  EXPECT_EQ(voice().messages, Strings{"I pressed 9 on my telephone."});
}

TEST_F(CallStarts, AnUnknownToolIsAnsweredAsAnError) {
  talk();
  ports::AgentToolCall tool;
  tool.tool = "transfer_call";
  tool.call_id = "tool-1";
  voice().send(tool);
  run(milliseconds{20});

  ASSERT_EQ(voice().tool_results.size(), 1u);
  EXPECT_EQ(voice().tool_results[0].call_id, "tool-1");
  EXPECT_TRUE(voice().tool_results[0].is_error);
}

TEST_F(CallStarts, AReattachedCallTellsTheAgentAndContinuesTheTranscript) {
  auto its = context();
  its.call.stream_started = true;
  its.sending_at = timers_.now() - seconds{90};
  ports::Turn question, answer;
  question.text = "Does Tuesday suit you?";
  answer.role = ports::Turn::Role::Customer;
  answer.text = "Tuesday at three.";
  its.last_turns = {question, answer};
  talk(its);
  voice().send(ports::AgentResponse{"Hello again.", 1});
  run(milliseconds{50});

  EXPECT_EQ(voice().start.variables.at("reconnected"), "true");
  ASSERT_EQ(voice().contexts.size(), 1u);
  EXPECT_TRUE(
      voice().contexts[0].ends_with("What was said last:\nYou: Does Tuesday suit you?\nCustomer: Tuesday at three."))
      << voice().contexts[0];
  ASSERT_EQ(turns_.size(), 1u);
  EXPECT_GE(turns_[0].number, 90);
}

TEST_F(CallStarts, BeyondTheCapCallsAreDeclined) {
  options_.max_calls = 2;
  calls().expect(context("attempt-1"));
  EXPECT_TRUE(calls().answered(context("attempt-2")));
  EXPECT_FALSE(calls().answered(context("attempt-3")));
  EXPECT_TRUE(calls().answered(context("attempt-1")));
}

TEST_F(CallStarts, OnlyACallThatWasAnsweredHereIsTalking) {
  calls().expect(context("attempt-0"));
  run(milliseconds{10});
  EXPECT_FALSE(calls().is_talking(AttemptId{"attempt-0"})) << "only expected";
  talk();
  EXPECT_TRUE(calls().is_talking(AttemptId{"attempt-1"}));
  EXPECT_EQ(calls().talking(), (std::vector{AttemptId{"attempt-1"}}));
  EXPECT_FALSE(calls().is_talking(AttemptId{"attempt-9"}));
}

TEST_F(CallStarts, TheListShowsStateAndMasksThePerson) {
  calls().expect(context("attempt-0"));
  run(milliseconds{10});
  talk();

  const auto rows = calls().live();

  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].state, "expected");
  EXPECT_EQ(rows[1].state, "live");
  EXPECT_EQ(rows[1].name, "É•••");
  EXPECT_EQ(rows[1].phone.find("555"), std::string::npos);
  EXPECT_EQ(calls().active(), 1u);
  ASSERT_TRUE(calls().context(AttemptId{"attempt-1"}));
  EXPECT_EQ(calls().context(AttemptId{"attempt-1"})->contact.phone, "+14155550101");
  EXPECT_FALSE(calls().context(AttemptId{"attempt-9"}));
}

}  // namespace
}  // namespace otto::call
