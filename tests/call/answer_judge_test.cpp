// Who has answered, by the line's word, the words heard and the agent's finding; no call around it.
#include "otto/call/answer_judge.hpp"

#include <gtest/gtest.h>

#include "otto/call/transcript.hpp"

namespace otto::call {
namespace {

constexpr const char* kBusy = "I can't take the call right now, I'll call you back.";  // a person, or a machine
constexpr const char* kGatekeeper = "Who's calling? What's the reason for your call?";
constexpr const char* kGreeting = "Please leave a message after the tone.";
constexpr const char* kScreener = "Please say your name and why you are calling.";

/// The judge beside a transcript that is kept as a call keeps it.
class Judging : public ::testing::Test {
 protected:
  void wants(VoicemailAction action, CallScreening screening = CallScreening::Answer) {
    AnswerJudge::Options options;
    options.wanted = action;
    options.has_message = action == VoicemailAction::Message;
    options.screening = screening;
    judge_ = AnswerJudge{options};
  }
  AnswerRuling say(std::string_view words) {
    const Dialog before = dialog();
    transcript_.add_user(words, at());
    return follow(judge_.words(words, before, now_));
  }
  void reply(std::string_view words = "This is the workshop.") { transcript_.add_agent(words, 1, at()); }
  AnswerRuling line(AnsweredBy who) { return follow(judge_.verdict(who, dialog(), now_)); }
  AnswerRuling agent_finds_it() { return follow(judge_.found_by_agent(dialog(), now_)); }
  AnswerRuling pass(milliseconds time) {
    now_ += time;
    return follow(judge_.tick(dialog(), now_));
  }
  int turns() const { return transcript_.user_turns(); }

  AnswerJudge judge_;

 private:
  TimePoint at() const { return TimePoint{now_.time_since_epoch()}; }
  Dialog dialog() const {
    Dialog dialog;
    dialog.exchanges = transcript_.exchanges();
    dialog.is_first_run = dialog.exchanges == 1 && transcript_.turns().back().role == ports::Turn::Role::Customer;
    if (const auto first = transcript_.first_user_words())
      dialog.since_words = std::chrono::duration_cast<milliseconds>(at() - *first);
    return dialog;
  }
  AnswerRuling follow(AnswerRuling ruling) {
    if (ruling.no_person) transcript_.discount_user();
    return ruling;
  }

  Transcript transcript_;
  SteadyPoint now_{seconds{1000}};
};

using enum MachineAction;

// ---- the agent's own finding ---------------------------------------------------------------------------------------

TEST_F(Judging, WhatTheAgentFindsIsHungUpOnIfTheCampaignSaysSo) {
  wants(VoicemailAction::HangUp);
  const auto ruling = agent_finds_it();
  EXPECT_EQ(ruling.action, HangUp);
  EXPECT_EQ(ruling.evidence, "The agent recognised the machine.");
  EXPECT_EQ(ruling.answered_by, AnsweredBy::MachineStart);
  EXPECT_EQ(agent_finds_it().action, Ignore) << "once";
}

TEST_F(Judging, WhatTheAgentFindsMayTalkToIt) {
  wants(VoicemailAction::Agent);
  EXPECT_EQ(agent_finds_it().action, LetTalk);
}

TEST_F(Judging, WhatTheAgentFindsIsLeftTheMessageAtTheBeep) {
  wants(VoicemailAction::Message);
  say("Hi, this is Dana.");
  reply();
  say("It is raining in Oakland.");
  EXPECT_EQ(agent_finds_it().action, Ignore);
  EXPECT_TRUE(judge_.is_waiting());
  EXPECT_EQ(turns(), 0);
  EXPECT_EQ(pass(milliseconds{3000}).action, Ignore);
  EXPECT_EQ(line(AnsweredBy::MachineStart).action, Ignore) << "that is no beep";
  const auto ruling = line(AnsweredBy::MachineEndBeep);
  EXPECT_EQ(ruling.action, LeaveMessage);
  EXPECT_EQ(ruling.evidence, "The line's detector said machine_end_beep. The agent recognised the machine.");
  EXPECT_FALSE(judge_.is_waiting());
}

TEST_F(Judging, WhatTheAgentFindsIsLeftTheMessageWithoutABeepToo) {
  wants(VoicemailAction::Message);
  agent_finds_it();
  EXPECT_EQ(pass(milliseconds{5900}).action, Ignore);
  const auto ruling = pass(milliseconds{200});
  EXPECT_EQ(ruling.action, LeaveMessage);
  EXPECT_EQ(ruling.evidence, "The agent recognised the machine.");
}

TEST_F(Judging, WhatTheAgentFindsBehindTheBeepIsLeftTheMessageAtOnce) {
  wants(VoicemailAction::Message);
  line(AnsweredBy::MachineEndBeep);
  EXPECT_EQ(agent_finds_it().action, LeaveMessage);
}

TEST_F(Judging, WordsBehindTheAgentsFindingAreNoBeep) {
  wants(VoicemailAction::Message);
  agent_finds_it();
  EXPECT_EQ(say(kGreeting).action, Ignore);
  EXPECT_TRUE(judge_.is_waiting());
}

TEST_F(Judging, WhatTheAgentFindsAfterARealDialogIsItsOwnMatter) {
  wants(VoicemailAction::Message);
  for (int i = 0; i < 3; ++i) {
    say("About my car?");
    reply();
  }
  EXPECT_EQ(agent_finds_it().action, LetTalk);
  EXPECT_EQ(turns(), 3);
}

// ---- words that people say too -------------------------------------------------------------------------------------

TEST_F(Judging, WeakWordsInADialogAreAPersons) {
  say("Hello?");
  reply();
  say("Yes, this is Maria.");
  reply();
  EXPECT_EQ(say(kBusy).greeting, Greeting::None);
  EXPECT_EQ(line(AnsweredBy::MachineStart).action, Ignore);
  EXPECT_FALSE(judge_.is_waiting());
  EXPECT_EQ(turns(), 3);
}

TEST_F(Judging, WeakWordsAfterTheAgentsFirstReplyAreAPersons) {
  say("Hello?");
  reply();
  EXPECT_EQ(say(kBusy).greeting, Greeting::None);
  EXPECT_EQ(turns(), 2);
}

TEST_F(Judging, WeakWordsDoNotAddUpOverADialog) {
  say("I can't come to the phone right now.");
  reply();
  EXPECT_EQ(say("I'll call you back.").greeting, Greeting::None);
}

TEST_F(Judging, WeakWordsAtTheBeginningAreAMachines) {
  const auto ruling = say(kBusy);
  EXPECT_EQ(ruling.greeting, Greeting::Voicemail);
  EXPECT_EQ(ruling.action, HangUp);
}

TEST_F(Judging, TheBeginningIsAllThatIsSaidBeforeTheAgentsReply) {
  reply("Hello, this is the workshop.");  // its first message
  say("You have reached Dana.");
  EXPECT_EQ(say("I can't come to the phone right now.").action, HangUp);
}

TEST_F(Judging, WeakWordsAreNothingAgainstTheLinesHuman) {
  line(AnsweredBy::Human);
  EXPECT_EQ(say(kBusy).greeting, Greeting::None);
}

TEST_F(Judging, SureWordsHoldAgainstTheLinesHumanAndInPieces) {
  line(AnsweredBy::Human);
  say("Hi, this is Dana.");
  reply();
  say("It is raining in Oakland.");
  reply();
  EXPECT_EQ(say(kGreeting).action, HangUp);
}

TEST_F(Judging, WeakWordsBesideTheLinesMachineAreAMachines) {
  line(AnsweredBy::MachineStart);
  say("Hi, you've reached Dana.");
  reply();
  const auto ruling = say("I can't come to the phone.");
  EXPECT_EQ(ruling.action, HangUp);
  EXPECT_EQ(ruling.evidence.find("The line's detector said machine_start. The greeting said \"Hi, you've"), 0U);
}

TEST_F(Judging, AMessageThatWeakWordsCallForIsDroppedWhenTheLineSaysHuman) {
  wants(VoicemailAction::Message);
  say(kBusy);
  EXPECT_TRUE(judge_.is_waiting());
  line(AnsweredBy::Human);
  EXPECT_FALSE(judge_.is_waiting());
  EXPECT_EQ(pass(seconds{10}).action, Ignore);

  wants(VoicemailAction::Message);
  say(kGreeting);
  line(AnsweredBy::Human);
  EXPECT_EQ(pass(seconds{10}).action, LeaveMessage) << "sure words hold";
}

TEST_F(Judging, WeakWordsBehindAScreenerAreThePersons) {
  line(AnsweredBy::MachineStart);
  say(kScreener);
  reply();
  EXPECT_EQ(say(kBusy).greeting, Greeting::None);
  EXPECT_EQ(say(kGreeting).greeting, Greeting::Voicemail);
}

// ---- gatekeepers and screeners -------------------------------------------------------------------------------------

TEST_F(Judging, AGatekeepersQuestionsAreAPersons) {
  for (const auto screening : {CallScreening::Answer, CallScreening::HangUp}) {
    wants(VoicemailAction::HangUp, screening);
    const auto ruling = say(kGatekeeper);
    EXPECT_EQ(ruling.greeting, Greeting::None);
    EXPECT_EQ(ruling.action, Ignore);
    EXPECT_FALSE(judge_.is_screened());
  }
  EXPECT_EQ(turns(), 2);
}

TEST_F(Judging, WeakQuestionsAreAScreenersOnceTheLineSaysMachine) {
  line(AnsweredBy::MachineStart);
  EXPECT_EQ(say(kGatekeeper).greeting, Greeting::Screening);
  EXPECT_FALSE(judge_.is_waiting());
  EXPECT_EQ(turns(), 0);
}

TEST_F(Judging, WeakQuestionsBecomeAScreenersWhenTheLineSaysMachine) {
  say(kGatekeeper);
  reply();
  const auto ruling = line(AnsweredBy::MachineEndSilence);
  EXPECT_EQ(ruling.greeting, Greeting::Screening);
  EXPECT_EQ(ruling.action, Ignore);
  EXPECT_TRUE(judge_.is_screened());
  EXPECT_FALSE(judge_.is_waiting());
  EXPECT_EQ(turns(), 0);

  wants(VoicemailAction::Agent, CallScreening::HangUp);
  say(kGatekeeper);
  EXPECT_EQ(line(AnsweredBy::MachineStart).action, HangUp);
}

TEST_F(Judging, SureQuestionsAreAScreenersAtOnce) {
  line(AnsweredBy::Human);
  EXPECT_EQ(say(kScreener).greeting, Greeting::Screening);
}

// ---- the agent's silence before a message --------------------------------------------------------------------------

TEST_F(Judging, TheAgentIsSilencedWhileAMessageWaitsForTheBeep) {
  wants(VoicemailAction::Message);
  EXPECT_FALSE(judge_.silences_agent());
  say(kGreeting);
  EXPECT_TRUE(judge_.silences_agent());
  EXPECT_EQ(line(AnsweredBy::MachineEndBeep).action, LeaveMessage);
  EXPECT_FALSE(judge_.silences_agent());

  wants(VoicemailAction::Message);
  line(AnsweredBy::MachineEndSilence);
  EXPECT_TRUE(judge_.silences_agent());

  wants(VoicemailAction::Message);
  agent_finds_it();
  EXPECT_TRUE(judge_.silences_agent());
}

TEST_F(Judging, TheAgentIsNotSilencedByASuspicion) {
  wants(VoicemailAction::Message);
  say(kBusy);
  EXPECT_TRUE(judge_.is_waiting());
  EXPECT_FALSE(judge_.silences_agent()) << "a person may have said that";
  say(kGreeting);
  EXPECT_TRUE(judge_.silences_agent());

  wants(VoicemailAction::Message);
  line(AnsweredBy::MachineStart);
  EXPECT_TRUE(judge_.is_waiting());
  EXPECT_FALSE(judge_.silences_agent()) << "it may be a screener";

  wants(VoicemailAction::HangUp);
  line(AnsweredBy::MachineEndSilence);
  EXPECT_TRUE(judge_.is_waiting());
  EXPECT_FALSE(judge_.silences_agent()) << "no message is to come";
}

TEST_F(Judging, AScreenerGivesTheAgentItsVoiceBack) {
  wants(VoicemailAction::Message);
  line(AnsweredBy::MachineEndSilence);
  say(kScreener);
  EXPECT_FALSE(judge_.silences_agent());
}

}  // namespace
}  // namespace otto::call
