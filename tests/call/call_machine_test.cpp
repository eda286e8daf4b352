// The detector's verdict during a call.
#include "call_fixture.hpp"

namespace otto::call {
namespace {

using Strings = std::vector<std::string>;
const AttemptId kAttempt{"attempt-1"};

class CallMachine : public CallFixture {
 protected:
  static ports::AttemptContext wants(VoicemailAction action, std::string message = {},
                                     CallScreening screening = CallScreening::Ignore) {
    auto its = context();
    its.settings.voicemail = action;
    its.settings.voicemail_message = std::move(message);
    its.settings.call_screening = screening;
    return its;
  }
  void say(std::string words) { voice().send(ports::UserTranscript{std::move(words), 1}); }
};

TEST_F(CallMachine, IsHungUpOnWhileTheAgentSpeaks) {
  const auto callee = talk(wants(VoicemailAction::HangUp));
  voice().speak(1, Bytes(40'000, 9));
  run(seconds{1});
  EXPECT_TRUE(calls().on_machine(kAttempt, AnsweredBy::MachineStart));
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(machine_handled(), "hangup");
  EXPECT_EQ(end_reason(), "machine");
  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallMachine, GetsTheMessageAndTheAgentFallsSilentAtOnce) {
  const auto callee = talk(wants(VoicemailAction::Message, "Hello {{customerName}}, please call us back."));
  voice().speak(1, Bytes(40'000, 9));
  run(seconds{1});
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  const auto heard = callee->heard.size();
  run(milliseconds{50});

  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(line_.said[0].text, "Hello Émile Fontaine, please call us back.");
  EXPECT_EQ(callee->clears, 1);
  EXPECT_EQ(callee->heard.size(), heard);
  EXPECT_EQ(machine_handled(), "message");
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallMachine, ThatHungUpBeforeTheMessageCountsAsHungUp) {
  talk(wants(VoicemailAction::Message, "Hello."));
  line_.say_answers.emplace_back(Error{Errc::NotFound, "no such call"});
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  run(milliseconds{50});

  EXPECT_EQ(machine_handled(), "hangup");
}

TEST_F(CallMachine, MayTalkToTheAgent) {
  const auto callee = talk(wants(VoicemailAction::Agent));
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  run(seconds{1});

  EXPECT_EQ(machine_handled(), "agent");
  EXPECT_EQ(calls().active(), 1u);
}

TEST_F(CallMachine, VerdictOnAPersonChangesNothing) {
  talk(wants(VoicemailAction::HangUp));
  calls().on_machine(kAttempt, AnsweredBy::Human);
  calls().on_machine(kAttempt, AnsweredBy::Unknown);
  run(seconds{1});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(facts(FactKind::MachineHandled).empty());
}

TEST_F(CallMachine, VerdictAfterARealDialogChangesNothing) {
  talk(wants(VoicemailAction::HangUp));
  voice().send(ports::UserTranscript{"Hello, who is there?", 1});
  voice().send(ports::AgentResponse{"The workshop.", 2});
  voice().send(ports::UserTranscript{"Ah, about my car.", 3});
  run(milliseconds{50});
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(seconds{1});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallMachine, VerdictBeforeTheAnswerIsRememberedForIt) {
  calls().expect(wants(VoicemailAction::HangUp));
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(seconds{1});
  EXPECT_TRUE(line_.hung_up.empty());
  calls().answered(wants(VoicemailAction::HangUp));
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(machine_handled(), "hangup");
}

TEST_F(CallMachine, VerdictBeforeTheStreamActsByTheLineAlone) {
  calls().answered(wants(VoicemailAction::Message, "Please call back."));
  run(milliseconds{500});
  calls().on_machine(kAttempt, AnsweredBy::MachineEndSilence);
  run(milliseconds{50});

  EXPECT_EQ(line_.said.size(), 1u);
  EXPECT_TRUE(voice().closed);
  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallMachine, VerdictOnACallThatIsGoneIsNotOurs) {
  const auto callee = talk(wants(VoicemailAction::HangUp));
  callee->hang_up();
  run(milliseconds{50});

  EXPECT_FALSE(calls().on_machine(kAttempt, AnsweredBy::MachineStart));
}

TEST_F(CallMachine, FoundByTheAgentItselfIsReportedOnce) {
  const auto callee = talk(wants(VoicemailAction::Agent));
  voice().send(ports::AgentToolDone{"voicemail_detection"});
  voice().end(1000);
  run(milliseconds{200});

  EXPECT_EQ(machine_handled(), "agent");
  EXPECT_EQ(facts(FactKind::MachineHandled)[0].answered_by, AnsweredBy::MachineStart);
  EXPECT_EQ(end_reason(), "agent_ended");
}

TEST_F(CallMachine, FoundByTheAgentItselfIsHungUpOn) {
  const auto callee = talk(wants(VoicemailAction::HangUp));
  voice().send(ports::AgentToolDone{"voicemail_detection"});
  voice().end(1000);
  run(milliseconds{200});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(machine_handled(), "hangup");
  EXPECT_EQ(end_reason(), "machine");
}

TEST_F(CallMachine, FoundByTheAgentItselfGetsTheMessageAtTheBeepThoughTheAgentIsGone) {
  const auto callee = talk(wants(VoicemailAction::Message, "Please call back."));
  voice().send(ports::AgentToolDone{"voicemail_detection"});
  voice().end(1000);
  run(seconds{3});
  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(line_.said.empty());
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  run(milliseconds{50});

  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(line_.said[0].text, "Please call back.");
  EXPECT_EQ(machine_handled(), "message");
  EXPECT_EQ(end_reason(), "machine");
}

TEST_F(CallMachine, FoundByTheAgentItselfGetsTheMessageWithoutABeepToo) {
  const auto callee = talk(wants(VoicemailAction::Message, "Please call back."));
  voice().send(ports::AgentToolDone{"voicemail_detection"});
  voice().end(1000);
  run(milliseconds{6200});

  EXPECT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(machine_handled(), "message");
  EXPECT_EQ(facts(FactKind::MachineHandled).at(0).evidence, "The agent recognised the machine.");
}

TEST_F(CallMachine, AVerdictThatLeavesNoMessageHoldsNoGoodbyeUp) {
  talk(wants(VoicemailAction::HangUp, "", CallScreening::Answer));
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);  // waits up to 8 s for the greeting's words
  voice().send(ports::AgentToolDone{"end_call"});
  voice().end(1000);
  run(seconds{2});

  EXPECT_EQ(line_.hung_up.size(), 1u);
  EXPECT_EQ(end_reason(), "agent_ended");
}

constexpr const char* kScreener = "Please say your name and why you are calling.";

class CallScreener : public CallMachine {
 protected:
  static ports::AttemptContext screened(VoicemailAction action = VoicemailAction::HangUp, std::string message = {}) {
    return wants(action, std::move(message), CallScreening::Answer);
  }
};

TEST_F(CallScreener, IsAnsweredAlthoughTheLineCallsItAMachine) {
  const auto callee = talk(screened());
  run(milliseconds{2600});
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(milliseconds{2000});
  say(kScreener);
  run(milliseconds{20});
  calls().on_machine(kAttempt, AnsweredBy::MachineEndSilence);
  run(seconds{20});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(line_.hung_up.empty());
  ASSERT_EQ(voice().contexts.size(), 1u);
  EXPECT_NE(voice().contexts[0].find("who you are and why"), std::string::npos);
  ASSERT_EQ(facts(FactKind::GreetingHeard).size(), 1u);
  EXPECT_EQ(facts(FactKind::GreetingHeard)[0].reason, "screening");
  EXPECT_NE(facts(FactKind::GreetingHeard)[0].evidence.find(kScreener), std::string::npos);
  EXPECT_TRUE(facts(FactKind::MachineHandled).empty());
}

TEST_F(CallScreener, ThePersonBehindItIsWhoseWordsCount) {
  const auto callee = talk(screened());
  say("Hi.");
  say(kScreener);
  voice().send(ports::AgentResponse{"This is the workshop, about your car.", 2});
  say("Thank you. Please stay on the line.");
  voice().send(ports::AgentResponse{"", 3});
  say("Hello, this is Maria.");
  run(milliseconds{50});
  callee->hang_up();
  run(milliseconds{50});

  EXPECT_EQ(facts(FactKind::ConversationEnded).at(0).user_turns, 1);
}

TEST_F(CallScreener, ThatTurnsIntoAVoicemailGetsTheMessageAfterTheBeep) {
  talk(screened(VoicemailAction::Message, "Please call back."));
  say(kScreener);
  voice().send(ports::AgentResponse{"This is the workshop.", 2});
  run(seconds{5});
  say("The person is not available. Please leave a message after the tone.");
  run(seconds{1});
  EXPECT_TRUE(line_.said.empty());
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  run(milliseconds{50});

  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(machine_handled(), "message");
  EXPECT_EQ(facts(FactKind::GreetingHeard).size(), 2u);
}

TEST_F(CallScreener, MayBeHungUpOn) {
  talk(wants(VoicemailAction::Agent, "", CallScreening::HangUp));
  say(kScreener);
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(machine_handled(), "hangup");
  EXPECT_NE(facts(FactKind::MachineHandled)[0].evidence.find("screener"), std::string::npos);
}

TEST_F(CallScreener, MayBeIgnoredAndIsThenAMachineLikeAnyOther) {
  talk(wants(VoicemailAction::HangUp));
  say(kScreener);
  run(seconds{1});
  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(voice().contexts.empty());
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

TEST_F(CallScreener, IsLookedForUntilTheVerdictHasWaitedLongEnough) {
  talk(screened());
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(milliseconds{7900});
  EXPECT_TRUE(line_.hung_up.empty());
  run(milliseconds{150});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(facts(FactKind::MachineHandled).at(0).evidence, "The line's detector said machine_start.");
}

TEST_F(CallScreener, IsRuledOutByAVoicemailsWordsAtOnce) {
  talk(screened());
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  run(seconds{2});
  say("Please leave a message after the tone.");
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_NE(facts(FactKind::MachineHandled).at(0).evidence.find("leave a message"), std::string::npos);
  EXPECT_FALSE(facts(FactKind::MachineHandled).at(0).answered_by);  // the line has said so itself
}

TEST_F(CallScreener, AMessageWaitsForItAMomentOnlyBehindTheBeep) {
  talk(screened(VoicemailAction::Message, "Please call back."));
  calls().on_machine(kAttempt, AnsweredBy::MachineEndBeep);
  run(milliseconds{1400});
  EXPECT_TRUE(line_.said.empty());
  run(milliseconds{200});

  EXPECT_EQ(line_.said.size(), 1u);
}

TEST_F(CallScreener, APersonMistakenForAMachineIsSavedByTheTalkMeanwhile) {
  talk(screened());
  calls().on_machine(kAttempt, AnsweredBy::MachineStart);
  say("Good morning, this is Maria Alvarez, what can I do for you?");
  voice().send(ports::AgentResponse{"The workshop.", 2});
  run(seconds{3});
  say("Ah, my car.");
  run(seconds{20});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(line_.hung_up.empty());
}

TEST_F(CallMachine, IsFoundByItsWordsWhenTheLineTakesItForAPerson) {
  talk(wants(VoicemailAction::HangUp));
  calls().on_machine(kAttempt, AnsweredBy::Human);
  say("Hi, you've reached Dana. Leave me a message and I'll get back to you.");
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_FALSE(facts(FactKind::MachineHandled).at(0).answered_by);  // the line's word stays what it was
  EXPECT_EQ(machine_handled(), "hangup");
}

TEST_F(CallMachine, WhoseBeepTheLineMissesGetsTheMessageAFewSecondsAfterItsWords) {
  talk(wants(VoicemailAction::Message, "Please call back."));
  say("Please leave a message after the tone.");
  run(milliseconds{5900});
  EXPECT_TRUE(line_.said.empty());
  run(milliseconds{200});

  EXPECT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(machine_handled(), "message");
}

TEST_F(CallMachine, IsFoundByTheWordsOfALongGreetingThatTheAgentTalksInto) {
  talk(wants(VoicemailAction::HangUp));
  say("Hi, this is Dana.");
  voice().send(ports::AgentResponse{"Hello Dana.", 2});
  say("It is raining in Oakland today.");
  voice().send(ports::AgentResponse{"I see.", 3});
  say("So please leave a message after the tone.");
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
  EXPECT_EQ(facts(FactKind::ConversationEnded).at(0).user_turns, 0);
}

TEST_F(CallMachine, WordsAfterARealDialogAreJustWords) {
  talk(wants(VoicemailAction::HangUp));
  for (const char* words : {"Hello, who is there?", "About my car?", "Is it ready?"}) {
    say(words);
    voice().send(ports::AgentResponse{"Yes.", 2});
  }
  say("Please leave a message after the tone, haha.");
  run(seconds{10});

  EXPECT_EQ(calls().active(), 1u);
  EXPECT_TRUE(facts(FactKind::GreetingHeard).empty());
}

TEST_F(CallMachine, APersonWhoCannotTalkNowIsNotHungUpOn) {
  const auto callee = talk(wants(VoicemailAction::HangUp, "", CallScreening::Answer));
  say("Hello?");
  voice().send(ports::AgentResponse{"Good morning.", 2});
  say("Yes, this is Maria.");
  voice().send(ports::AgentResponse{"It is about your car.", 3});
  say("I can't take the call right now, I'll call you back.");
  run(seconds{1});

  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_TRUE(facts(FactKind::GreetingHeard).empty());
  callee->hang_up();
  run(milliseconds{50});
  EXPECT_EQ(facts(FactKind::ConversationEnded).at(0).user_turns, 3);
}

TEST_F(CallMachine, IsFoundByWhatItSaysBeforeTheAgentsReply) {
  talk(wants(VoicemailAction::HangUp));
  voice().send(ports::AgentResponse{"Hello, this is the workshop.", 1});
  say("You have reached Dana.");
  say("I can't come to the phone right now.");
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

TEST_F(CallMachine, ThatIsToGetAMessageHearsTheAgentNoMore) {
  const auto callee = talk(wants(VoicemailAction::Message, "Please call back."));
  say("Please leave a message after the tone.");
  run(milliseconds{20});
  const auto heard = callee->heard.size();
  voice().speak(1, Bytes(8000, 9));
  run(seconds{1});

  EXPECT_EQ(callee->heard.size(), heard);
}

TEST_F(CallScreener, AGatekeeperIsNone) {
  const auto callee = talk(wants(VoicemailAction::HangUp, "", CallScreening::HangUp));
  say("Who's calling? What's the reason for your call?");
  run(seconds{1});

  EXPECT_TRUE(line_.hung_up.empty());
  EXPECT_TRUE(voice().contexts.empty());
  EXPECT_TRUE(facts(FactKind::GreetingHeard).empty());
}

TEST_F(CallMachine, AFaxIsNotWaitedFor) {
  talk(wants(VoicemailAction::Agent, "", CallScreening::Answer));
  calls().on_machine(kAttempt, AnsweredBy::Fax);
  run(milliseconds{50});

  EXPECT_EQ(line_.hung_up, Strings{"CA1"});
}

}  // namespace
}  // namespace otto::call
