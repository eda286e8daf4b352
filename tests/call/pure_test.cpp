// The pure parts: message template, variables, machine table, transcript, voice activity.
#include <cmath>
#include <gtest/gtest.h>
#include <numbers>

#include "otto/audio/g711.hpp"
#include "otto/base/text.hpp"
#include "otto/call/machine.hpp"
#include "otto/call/template.hpp"
#include "otto/call/transcript.hpp"
#include "otto/call/variables.hpp"
#include "otto/call/voice_activity.hpp"

namespace otto::call {
namespace {

TEST(Template, ReplacesNamesWithAndWithoutSpacesAndInAnyCase) {
  const Variables variables{{"customerName", "Ann"}, {"Vehicle", "Golf"}};
  EXPECT_EQ(render_template("Hi {{customerName}}, your {{ vehicle }} is ready.", variables),
            "Hi Ann, your Golf is ready.");
}

TEST(Template, AnExactNameWinsOverASimilarOne) {
  EXPECT_EQ(render_template("{{NAME}} {{name}}", {{"NAME", "1"}, {"Name", "2"}, {"name", "3"}}), "1 3");
}

TEST(Template, AnUnknownNameLeavesNoTrace) {
  EXPECT_EQ(render_template("Hello {{nobody}} there", {}), "Hello there");
  EXPECT_EQ(render_template("{{nobody}}", {}), "");
}

TEST(Template, ValuesAreNotExpandedAgain) {
  EXPECT_EQ(render_template("{{a}}", {{"a", "{{b}}"}, {"b", "secret"}}), "{{b}}");
}

TEST(Template, OpenBracesStayAsTheyAre) {
  EXPECT_EQ(render_template("a {{ b", {{"b", "x"}}), "a {{ b");
  EXPECT_EQ(render_template("a }} {{b}}", {{"b", "x"}}), "a }} x");
}

TEST(Template, IsCutAtACharactersEdge) {
  std::string value;
  for (int i = 0; i < 1500; ++i) value += "é";
  const auto text = render_template("{{v}}!", {{"v", value}});
  EXPECT_EQ(text.size(), 2000u);
  EXPECT_TRUE(is_clean_utf8(text));
}

TEST(Variables, OursAreAlwaysThereAndCannotBeReplaced) {
  ports::AttemptContext context;
  context.type = CampaignType::PaymentReminder;
  context.contact.name = "Ann";
  context.contact.phone = "+14155550101";
  context.contact.attempts = 2;
  context.contact.variables = {{"customerName", "Mallory"}, {"Amount", "12"}};

  const auto variables = conversation_variables(context);

  EXPECT_EQ(variables.at("customerName"), "Ann");
  EXPECT_EQ(variables.at("customerPhone"), "+14155550101");
  EXPECT_EQ(variables.at("customerEmail"), "");
  EXPECT_EQ(variables.at("campaignType"), "PAYMENT_REMINDER");
  EXPECT_EQ(variables.at("dealershipId"), "");
  EXPECT_EQ(variables.at("attemptNumber"), "2");
  EXPECT_EQ(variables.at("reconnected"), "false");
  EXPECT_EQ(variables.at("Amount"), "12");
}

TEST(Machine, EveryVerdictAndSettingHasItsAction) {
  using enum MachineAction;
  struct Case {
    AnsweredBy verdict;
    MachineAction hang_up, message, agent;
  };
  const Case cases[] = {
      {AnsweredBy::Human, Ignore, Ignore, Ignore},
      {AnsweredBy::Unknown, Ignore, Ignore, Ignore},
      {AnsweredBy::Fax, HangUp, HangUp, HangUp},
      {AnsweredBy::MachineStart, HangUp, LeaveMessage, LetTalk},
      {AnsweredBy::MachineEndBeep, HangUp, LeaveMessage, LetTalk},
      {AnsweredBy::MachineEndSilence, HangUp, LeaveMessage, LetTalk},
      {AnsweredBy::MachineEndOther, HangUp, LeaveMessage, LetTalk},
  };
  for (const auto& [verdict, hang_up, message, agent] : cases) {
    EXPECT_EQ(decide_machine(verdict, VoicemailAction::HangUp, true, {}), hang_up) << to_string(verdict);
    EXPECT_EQ(decide_machine(verdict, VoicemailAction::Message, true, {}), message) << to_string(verdict);
    EXPECT_EQ(decide_machine(verdict, VoicemailAction::Agent, true, {}), agent) << to_string(verdict);
    const Dialog dialog{.exchanges = 2, .since_words = milliseconds{1}};
    EXPECT_EQ(decide_machine(verdict, VoicemailAction::HangUp, true, dialog), Ignore);
  }
  EXPECT_EQ(decide_machine(AnsweredBy::MachineEndBeep, VoicemailAction::Message, false, {}), HangUp);
}

TEST(Machine, DialogIsRealAfterTwoExchangesOrFifteenSeconds) {
  EXPECT_FALSE(is_real_dialog({}));
  EXPECT_FALSE(is_real_dialog({.exchanges = 1, .since_words = seconds{15}}));
  EXPECT_TRUE(is_real_dialog({.exchanges = 1, .since_words = milliseconds{15'001}}));
  EXPECT_TRUE(is_real_dialog({.exchanges = 2, .since_words = seconds{1}}));
}

const TimePoint kNow{seconds{1'790'000'000}};

TEST(Transcript, KeepsTheOrderAndCounts) {
  Transcript transcript;
  transcript.add_agent("Hello.", 1, kNow);
  transcript.add_user(" Hi. ", kNow);
  transcript.add_user("Who is it?", kNow);
  transcript.add_agent("The workshop.", 2, kNow);
  transcript.add_user("", kNow);
  transcript.add_user("Ah.", kNow);

  EXPECT_EQ(transcript.user_turns(), 3);
  EXPECT_EQ(transcript.agent_turns(), 2);
  EXPECT_EQ(transcript.exchanges(), 2);
  EXPECT_EQ(format_transcript(transcript.turns()),
            "Agent: Hello.\nCustomer: Hi.\nCustomer: Who is it?\nAgent: The workshop.\nCustomer: Ah.\n");
}

TEST(Transcript, ACorrectionReplacesTheTextAndKeepsTheFirstOriginal) {
  Transcript transcript;
  transcript.add_agent("One two three.", 1, kNow);
  transcript.add_user("Stop.", kNow);
  transcript.add_agent("Four five six.", 3, kNow);
  transcript.take_changes();

  EXPECT_TRUE(transcript.correct("One two three.", "One two", 1));
  EXPECT_TRUE(transcript.correct("One two", "One", 1));
  EXPECT_TRUE(transcript.correct("", "Four", 3));
  EXPECT_FALSE(transcript.correct("Never said", "x", 9));

  const auto changes = transcript.take_changes();
  ASSERT_EQ(changes.size(), 2u);
  EXPECT_EQ(changes[0].number, 0);
  EXPECT_EQ(changes[0].text, "One");
  EXPECT_EQ(changes[0].original, "One two three.");
  EXPECT_EQ(changes[1].text, "Four");
  EXPECT_FALSE(transcript.has_changes());
}

TEST(Transcript, OfTwoTurnsWithOneEventIdTheTextDecides) {
  Transcript transcript;
  transcript.add_agent("First.", 5, kNow);
  transcript.add_agent("Second.", 5, kNow);

  transcript.correct("First.", "Fir", 5);

  EXPECT_EQ(transcript.turns()[0].text, "Fir");
  EXPECT_EQ(transcript.turns()[1].text, "Second.");
}

TEST(Transcript, ATurnOfWhichNothingWasHeardIsLeftOut) {
  Transcript transcript;
  transcript.add_agent("Hello.", 1, kNow);
  transcript.correct("Hello.", "", 1);
  EXPECT_EQ(format_transcript(transcript.turns()), "");
}

TEST(Transcript, IsBounded) {
  Transcript transcript;
  for (int i = 0; i < 1100; ++i) transcript.add_user("word", kNow);
  Transcript long_turn;
  long_turn.add_user(std::string(10'000, 'x'), kNow);

  EXPECT_EQ(transcript.turns().size(), 1000u);
  EXPECT_EQ(transcript.dropped(), 100u);
  EXPECT_EQ(long_turn.turns()[0].text.size(), 8192u);
}

std::vector<std::uint8_t> hum(int amplitude, int frames) {
  std::vector<std::uint8_t> ulaw;
  for (int i = 0; i < frames * 160; ++i)
    ulaw.push_back(
        audio::ulaw_encode(static_cast<std::int16_t>(amplitude * std::sin(2 * std::numbers::pi * 300 * i / 8000))));
  return ulaw;
}

TEST(VoiceActivity, HearsSpeechButNeitherClicksNorNoise) {
  VoiceActivity voice;
  const SteadyPoint at{seconds{1}};
  voice.feed(hum(20'000, 2), at);
  voice.feed(hum(200, 50), at);
  EXPECT_FALSE(voice.last_speech());

  voice.feed(hum(3000, 3), at + seconds{1});
  voice.feed(hum(0, 50), at + seconds{2});

  EXPECT_EQ(voice.last_speech(), at + seconds{1});
}

TEST(VoiceActivity, DoesNotDependOnTheSizeOfThePieces) {
  VoiceActivity voice;
  const auto speech = hum(3000, 10);
  for (std::size_t i = 0; i + 7 <= speech.size(); i += 7)
    voice.feed(std::span{speech}.subspan(i, 7), SteadyPoint{seconds{3}});
  EXPECT_EQ(voice.last_speech(), SteadyPoint{seconds{3}});
}

}  // namespace
}  // namespace otto::call
