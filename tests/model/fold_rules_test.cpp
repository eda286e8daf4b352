#include <gtest/gtest.h>

#include "tests/model/make.hpp"

namespace otto::test {
namespace {

CallState fold_all(std::vector<Fact> facts) { return fold(AttemptState::Sending, facts); }

TEST(Fold, TakesTheEarliestTimeOfEachKind) {
  const CallState call = fold_all({make_status(LegStatus::InProgress, 12, 2), on_call(FactKind::Answered, 11),
                                   on_call(FactKind::Placed, 1), make_fetched(LegStatus::Completed, 61, 49),
                                   make_end(LegStatus::Completed, 60, 3, 49)});

  EXPECT_EQ(call.initiated_at, kStart + seconds{1});
  EXPECT_EQ(call.answered_at, kStart + seconds{11});
  EXPECT_EQ(call.completed_at, kStart + seconds{60});
}

TEST(Fold, DerivesTheAnswersTimeFromTheDurationWhenNobodyReportedIt) {
  const CallState call = fold_all({make_fetched(LegStatus::Completed, 100, 49)});

  EXPECT_EQ(call.answered_at, kStart + seconds{51});
}

TEST(Fold, BelievesTheFetchedCallAboutEndAndDuration) {
  const CallState call =
      fold_all({make_fetched(LegStatus::Completed, 50, 40), make_end(LegStatus::Failed, 60, 9, 3, 503)});

  EXPECT_EQ(call.state, AttemptState::Completed);
  EXPECT_EQ(call.duration_seconds, 40);
}

TEST(Fold, BelievesTheHigherSequenceNumberAmongCallbacks) {
  const CallState call =
      fold_all({make_end(LegStatus::Completed, 70, 3, 12), make_end(LegStatus::NoAnswer, 71, 2, 0, 487)});

  EXPECT_EQ(call.state, AttemptState::Completed);
  EXPECT_EQ(call.sip_code, 200);
}

TEST(Fold, ResurrectsARefusedOrUnplacedAttemptByAnyTraceOfACall) {
  for (const FactKind below : {FactKind::Refused, FactKind::NotPlaced}) {
    Fact refusal = make_fact(below, 5);
    refusal.error_code = "21211";
    refusal.reason = "The number is not valid.";

    const CallState call = fold_all({refusal, make_amd(AnsweredBy::Human, 3)});

    EXPECT_EQ(call.state, AttemptState::Accepted);
    EXPECT_EQ(call.notes, "");
    EXPECT_EQ(call.error_code, "");
    EXPECT_EQ(call.outcome, std::nullopt);
  }
}

TEST(Fold, KeepsTheRefusalsWordsAndCode) {
  Fact refusal = make_fact(FactKind::Refused, 5);
  refusal.error_code = "21211";
  refusal.reason = "The number is not valid.";

  const CallState call = fold_all({refusal});

  EXPECT_EQ(call.error_code, "21211");
  EXPECT_EQ(call.notes, "The number is not valid.");
  EXPECT_EQ(call.outcome, Outcome::Failed);
}

TEST(Fold, LeavesOutTheFactsOfAnotherCall) {
  Fact other = make_end(LegStatus::Completed, 50, 3, 30);
  other.call_sid = "CA00000000000000000000000000000002";

  const CallState call = fold_all({other, make_status(LegStatus::Ringing, 5, 1)});

  EXPECT_EQ(call.call_sid, kSid);
  EXPECT_EQ(call.state, AttemptState::Ringing);
}

TEST(Fold, RanksDetectorVerdictsByWhatTheyKnow) {
  using enum AnsweredBy;
  const auto verdict = [](AnsweredBy a, AnsweredBy b) {
    return fold_all({make_amd(a, 1), make_amd(b, 2)}).answered_by;
  };

  EXPECT_EQ(verdict(MachineStart, MachineEndBeep), MachineEndBeep);
  EXPECT_EQ(verdict(MachineEndSilence, Human), MachineEndSilence);
  EXPECT_EQ(verdict(Human, Unknown), Human);
  EXPECT_EQ(verdict(Unknown, Fax), Fax);
}

TEST(Fold, ReadsTheVerdictFromATerminalCallbackToo) {
  Fact end = make_end(LegStatus::Completed, 30, 3, 20);
  end.answered_by = AnsweredBy::MachineStart;

  EXPECT_EQ(fold_all({end}).outcome, Outcome::Voicemail);
}

TEST(Fold, ShowsARecordingOnlyWhenItIsThere) {
  const CallState begun = fold_all({make_recording("in-progress", 5)});
  const CallState done = fold_all({make_recording("completed", 60), make_recording("in-progress", 5)});
  const CallState none = fold_all({make_recording("in-progress", 5), make_recording("absent", 60)});

  EXPECT_EQ(begun.recording_url, "");
  EXPECT_EQ(done.recording_url, "https://api.twilio.com/recordings/1");
  EXPECT_EQ(done.recording_seconds, 40);
  EXPECT_EQ(none.recording_url, "");
  EXPECT_EQ(none.recording_seconds, std::nullopt);
}

TEST(Fold, KeepsTheConversationBegunLastAndTheMostTurns) {
  Fact first = on_call(FactKind::ConversationStarted, 5);
  first.conversation_id = "conv_1";
  Fact second = on_call(FactKind::ConversationStarted, 30);
  second.conversation_id = "conv_2";
  Fact analysed = on_call(FactKind::ConversationAnalysed, 90);
  analysed.conversation_id = "conv_1";
  analysed.summary = "Wants a later appointment.";

  const CallState call = fold_all({second, make_conversation_end(25, "link_lost", 3, 4), analysed, first,
                                   make_conversation_end(50, "agent_ended", 1, 2)});

  EXPECT_EQ(call.conversation_id, "conv_2");
  EXPECT_EQ(call.end_reason, "agent_ended");
  EXPECT_EQ(call.user_turns, 3);
  EXPECT_EQ(call.agent_turns, 4);
  EXPECT_EQ(call.notes, "Wants a later appointment.");
}

CallState answered(std::optional<AnsweredBy> who, int user_turns, int agent_turns, std::string end = "callee_hung_up",
                   std::string machine_action = {}) {
  std::vector<Fact> facts{make_end(LegStatus::Completed, 60, 3, 50),
                          make_conversation_end(59, std::move(end), user_turns, agent_turns)};
  if (who) facts.push_back(make_amd(*who, 10));
  if (!machine_action.empty())
    facts.push_back(with_reason(on_call(FactKind::MachineHandled, 12), std::move(machine_action)));
  return fold_all(std::move(facts));
}

TEST(Outcome, OfAnAnsweredCallFollowsVerdictAndDialog) {
  using enum AnsweredBy;
  EXPECT_EQ(answered(Human, 0, 1).outcome, Outcome::HumanAnswered);
  EXPECT_EQ(answered(Unknown, 0, 1).outcome, Outcome::HumanAnswered);
  EXPECT_EQ(answered(std::nullopt, 0, 1).outcome, Outcome::HumanAnswered);
  EXPECT_EQ(answered(MachineStart, 1, 1).outcome, Outcome::Voicemail);
  EXPECT_EQ(answered(MachineEndOther, 0, 1).outcome, Outcome::Voicemail);
  EXPECT_EQ(answered(MachineStart, 2, 2).outcome, Outcome::HumanAnswered);  // real dialog: the detector was wrong
  EXPECT_EQ(answered(MachineStart, 3, 1, "machine", "message").outcome, Outcome::Voicemail);
  EXPECT_EQ(answered(MachineStart, 2, 2, "agent_ended", "agent").outcome, Outcome::HumanAnswered);
  EXPECT_EQ(answered(Human, 1, 2, "agent_ended", "agent").outcome, Outcome::Voicemail);  // its words have told
  EXPECT_EQ(answered(Fax, 0, 1).outcome, Outcome::Failed);
  EXPECT_EQ(answered(Fax, 0, 1).notes, "A fax machine answered.");
  EXPECT_EQ(answered(Fax, 2, 1).outcome, Outcome::HumanAnswered);
}

CallState screened(int user_turns, std::string machine_action = {}) {
  std::vector<Fact> facts{make_end(LegStatus::Completed, 60, 3, 50), make_amd(AnsweredBy::MachineStart, 10),
                          with_reason(on_call(FactKind::GreetingHeard, 12), "screening"),
                          make_conversation_end(59, "callee_hung_up", user_turns, 2)};
  if (!machine_action.empty())
    facts.push_back(with_reason(on_call(FactKind::MachineHandled, 12), std::move(machine_action)));
  return fold_all(std::move(facts));
}

TEST(Outcome, BehindAScreenerIsAPersonsAsSoonAsOneSpeaks) {
  EXPECT_EQ(screened(0).outcome, Outcome::Voicemail);
  EXPECT_EQ(screened(0).notes, "A call screener answered and nobody came to the phone.");
  EXPECT_EQ(screened(1).outcome, Outcome::HumanAnswered);
  EXPECT_EQ(screened(1).notes, "A call screener was answered first.");
  EXPECT_EQ(screened(0, "message").outcome, Outcome::Voicemail);
  EXPECT_EQ(screened(0, "message").notes, "A call screener answered and was left the message.");
}

TEST(Outcome, IsAFailureWhenTheAgentWasLostInTheMiddle) {
  EXPECT_EQ(answered(AnsweredBy::Human, 3, 3, "agent_lost").outcome, Outcome::Failed);
  EXPECT_EQ(answered(AnsweredBy::MachineStart, 0, 1, "agent_lost").outcome, Outcome::Voicemail);
  Fact ended = make_conversation_end(59, "agent_lost", 3, 3);
  ended.evidence = "1011: internal error";
  EXPECT_EQ(fold_all({make_end(LegStatus::Completed, 60, 3, 50), ended}).notes,
            "The agent was lost in the middle of the conversation: 1011: internal error");
  ended.reason = "agent_failed";
  ended.agent_turns = 0;
  EXPECT_EQ(fold_all({make_end(LegStatus::Completed, 60, 3, 50), ended}).notes,
            "The call was answered, but the agent could not be reached: 1011: internal error");
}

TEST(Outcome, IsAFailureWhenTheAgentFailedBeforeItsFirstWord) {
  EXPECT_EQ(answered(AnsweredBy::Human, 0, 0, "agent_failed").outcome, Outcome::Failed);
  EXPECT_EQ(answered(AnsweredBy::Human, 0, 1, "agent_failed").outcome, Outcome::HumanAnswered);
  EXPECT_EQ(answered(AnsweredBy::MachineStart, 0, 0, "agent_failed").outcome, Outcome::Voicemail);
}

TEST(Outcome, OfUnansweredCallsIsTheLinesWord) {
  using enum LegStatus;
  EXPECT_EQ(fold_all({make_end(Busy, 5, 2)}).outcome, Outcome::Busy);
  EXPECT_EQ(fold_all({make_end(NoAnswer, 5, 2)}).outcome, Outcome::NoAnswer);
  EXPECT_EQ(fold_all({make_end(Failed, 5, 2)}).outcome, Outcome::Failed);
  EXPECT_EQ(fold_all({make_end(Canceled, 5, 2)}).outcome, Outcome::Failed);
  EXPECT_EQ(fold_all({make_fact(FactKind::NotPlaced, 900)}).outcome, Outcome::Failed);
  EXPECT_EQ(fold_all({make_status(Ringing, 5, 1)}).outcome, std::nullopt);
}

TEST(Notes, SayWhatWasDoneAboutAMachineAndOnWhatEvidence) {
  EXPECT_EQ(answered(AnsweredBy::MachineStart, 0, 1).notes, "A machine answered.");
  Fact handled = with_reason(on_call(FactKind::MachineHandled, 12), "hangup");
  handled.evidence = "The line's detector said machine_start.";
  EXPECT_EQ(fold_all({make_end(LegStatus::Completed, 60, 3, 50), handled}).notes,
            "A machine answered and was hung up on. The line's detector said machine_start.");
}

TEST(Notes, SayWhatWasAgreed) {
  Fact first = on_call(FactKind::CallbackAgreed, 20), second = on_call(FactKind::CallbackAgreed, 25);
  first.callback_at = kStart + hours{30};
  second.callback_at = kStart + hours{50};
  const Fact end = make_end(LegStatus::Completed, 60, 3, 50);
  const Fact transferred = with_reason(on_call(FactKind::Transferred, 55), "+14155550190");

  const CallState agreed = fold_all({second, end, first, transferred});
  const CallState out = fold_all({second, end, on_call(FactKind::OptedOut, 22)});

  EXPECT_EQ(agreed.callback_at, kStart + hours{50}) << "the later agreement holds";
  EXPECT_EQ(agreed.notes, "A callback was agreed for " + format_iso8601(kStart + hours{50}) +
                              ". The call was transferred to +14155550190.");
  EXPECT_TRUE(out.opted_out);
  EXPECT_EQ(out.notes, "The callee asked not to be called again.");
}

TEST(Notes, SayWhyACallFailed) {
  Fact failed = make_end(LegStatus::Failed, 5, 2, 0, 404);
  EXPECT_EQ(fold_all({failed}).notes, "The carrier answered with SIP code 404.");
  failed.error_code = "13224";
  EXPECT_EQ(fold_all({failed}).notes, "The line reports error 13224.");
  failed.reason = "Invalid phone number.";
  EXPECT_EQ(fold_all({failed}).notes, "Invalid phone number.");
  EXPECT_EQ(fold_all({make_end(LegStatus::Canceled, 5, 2)}).notes, "The call was ended before it was answered.");
  EXPECT_NE(fold_all({make_fact(FactKind::NotPlaced, 900)}).notes, "");
}

}  // namespace
}  // namespace otto::test
