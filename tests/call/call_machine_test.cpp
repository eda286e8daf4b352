// The detector's verdict during a call.
#include "call_fixture.hpp"

namespace otto::call {
namespace {

using Strings = std::vector<std::string>;
const AttemptId kAttempt{"attempt-1"};

class CallMachine : public CallFixture {
 protected:
  static ports::AttemptContext wants(VoicemailAction action, std::string message = {}) {
    auto its = context();
    its.settings.voicemail = action;
    its.settings.voicemail_message = std::move(message);
    return its;
  }
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
  const auto callee = talk(wants(VoicemailAction::HangUp));
  voice().send(ports::AgentToolDone{"voicemail_detection"});
  voice().end(1000);
  run(milliseconds{200});

  EXPECT_EQ(machine_handled(), "agent");
  EXPECT_EQ(facts(FactKind::MachineHandled)[0].answered_by, AnsweredBy::MachineStart);
  EXPECT_EQ(end_reason(), "agent_ended");
}

}  // namespace
}  // namespace otto::call
