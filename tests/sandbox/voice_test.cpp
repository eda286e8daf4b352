// The callee and the agent as pure machines: a second of line time is fifty steps, so whole calls run in milliseconds.
#include "otto/sandbox/voice.hpp"

#include <array>
#include <gtest/gtest.h>

#include "otto/audio/g711.hpp"
#include "otto/sandbox/mind.hpp"

namespace otto::sandbox {
namespace {

const Clips& clips() {
  static const Clips kClips = load_clips(OTTO_SOURCE_DIR "/tests/data").value();
  return kClips;
}

using Frame = std::array<std::uint8_t, 160>;

Frame silence() {
  Frame frame;
  frame.fill(0xFF);
  return frame;
}

Frame speech(int at_ms) {
  Frame frame;
  audio::ulaw_encode(make_tone(440, 8000, static_cast<std::size_t>(at_ms) * 8, 160), frame);
  return frame;
}

bool is_loud(const Frame& frame) {
  Ear ear;
  for (int i = 0; i < 3; ++i) ear.hear_ulaw(frame);
  return ear.speech();
}

/// What a persona does while the line plays speech during [from, to) ms.
struct Line {
  explicit Line(Plan p) : plan{std::move(p)}, voice{plan, clips()} {}
  void run(int ms, int from = 0, int to = 0) {
    for (const int until = voice.now_ms() + ms; voice.now_ms() < until && !voice.hung_up();) {
      const int now = voice.now_ms();
      Frame out;
      voice.step(now >= from && now < to ? speech(now) : silence(), out);
      said_ms += is_loud(out) ? 20 : 0;
    }
  }
  Plan plan;
  Voice voice;
  int said_ms = 0;
};

Plan plan_of(Persona persona, int turns = 2, int talk_ms = 5000) {
  Plan plan;
  plan.persona = persona;
  plan.turns = turns;
  plan.talk = milliseconds{talk_ms};
  return plan;
}

TEST(Clips, TheSamplesAreCutIntoTheirSentences) {
  EXPECT_NEAR(static_cast<double>(clips().hello.audio.size()), 4000, 800);
  EXPECT_GT(clips().replies.at(0).audio.size(), 4U * 8000);
  EXPECT_NEAR(static_cast<double>(clips().replies.at(1).audio.size()), 11'000, 2000);
  EXPECT_EQ(clips().agent_parts.size(), 3U);
  EXPECT_EQ(clips().voicemail.audio.size() % 160, 0U);
}

TEST(Clips, ATonesPiecesFitTogether) {
  const auto whole = make_tone(1000, 16'000, 0, 48'000);
  const auto piece = make_tone(1000, 16'000, 12'345, 100);
  EXPECT_TRUE(std::equal(piece.begin(), piece.end(), whole.begin() + 12'345));
}

TEST(Voice, SaysHelloAndAnswersOnceTheOtherSideHasFinished) {
  Line line{plan_of(Persona::Answers, 1)};
  line.run(3000, 1200, 2600);
  EXPECT_EQ(line.voice.said().size(), 1U) << "only hello so far";
  line.run(1000);

  ASSERT_EQ(line.voice.said().size(), 2U);
  EXPECT_NEAR(line.voice.said()[1].at_ms, 2600 + 700, 60);
  EXPECT_EQ(line.voice.last_text(), clips().replies[0].text);
  line.run(20'000, 9000, 10'000);
  EXPECT_EQ(line.voice.answers(), 1) << "one turn was planned";
}

TEST(Voice, SaysHelloAgainToSilence) {
  Line line{plan_of(Persona::Answers)};
  line.run(30'000);
  EXPECT_EQ(line.voice.said().size(), 3U);
}

TEST(Voice, TheInterrupterTalksOverTheOtherSide) {
  Line line{plan_of(Persona::Interrupts, 1)};
  line.run(6000, 1200, 6000);
  EXPECT_EQ(line.voice.interruptions(), 1);
  EXPECT_NEAR(line.voice.said().back().at_ms, 1200 + 1500, 60);
}

TEST(Voice, HangsUpEarlyHangsUpWhenPlanned) {
  Line line{plan_of(Persona::HangsUpEarly, 1, 2000)};
  line.run(10'000);
  EXPECT_TRUE(line.voice.hung_up());
  EXPECT_NEAR(line.voice.now_ms(), 2000, 40);
}

TEST(Voice, TheVoicemailKeepsWhatComesAfterItsBeep) {
  Line line{plan_of(Persona::Voicemail)};
  const int greeting = static_cast<int>(clips().voicemail.audio.size() / 8);
  line.run(greeting - 200, 1000, 3000);
  EXPECT_FALSE(line.voice.greeting_over());
  EXPECT_EQ(line.voice.message_ms(), 0);
  line.run(4000, greeting + 500, greeting + 2500);
  EXPECT_NEAR(line.voice.message_ms(), 2000 + 100, 120);
  line.run(20'000);
  EXPECT_TRUE(line.voice.hung_up()) << "after five seconds of silence";
}

TEST(Voice, TheScreenerLetsSomeThroughAndOthersNot) {
  auto plan = plan_of(Persona::Screening, 1);
  plan.let_through = false;
  Line strict{plan};
  strict.run(12'000, 4700, 6000);
  EXPECT_TRUE(strict.voice.hung_up());
  plan.let_through = true;
  Line kind{plan};
  kind.run(12'000, 4700, 6000);
  EXPECT_FALSE(kind.voice.hung_up());
  EXPECT_EQ(kind.voice.said().at(1).text, "Hello?");
}

TEST(Voice, DigitsArePressedOnceAfterTheFirstAnswer) {
  auto plan = plan_of(Persona::Answers, 2);
  plan.digits = "19";
  Line line{plan};
  EXPECT_FALSE(line.voice.take_digit());
  line.run(12'000, 1200, 2000);
  EXPECT_EQ(line.voice.take_digit(), '1');
  EXPECT_EQ(line.voice.take_digit(), '9');
  EXPECT_FALSE(line.voice.take_digit());
}

TEST(Detector, VerdictsFollowPersonaAndMode) {
  DetectorSettings start, end;
  end.message_end = true;
  EXPECT_EQ(detect(plan_of(Persona::Answers), clips(), start).answered_by, "human");
  EXPECT_EQ(detect(plan_of(Persona::Voicemail), clips(), start).answered_by, "machine_start");
  EXPECT_EQ(detect(plan_of(Persona::Voicemail), clips(), end).answered_by, "machine_end_beep");
  EXPECT_GE(detect(plan_of(Persona::Voicemail), clips(), end).after_ms,
            static_cast<int>(clips().voicemail.audio.size() / 8));
  EXPECT_EQ(detect(plan_of(Persona::Fax), clips(), start).answered_by, "fax");
  EXPECT_EQ(detect(plan_of(Persona::Silent), clips(), start).after_ms, 5000);
  end.timeout_s = 5;
  EXPECT_EQ(detect(plan_of(Persona::Voicemail), clips(), end).answered_by, "unknown");
  auto wrong = plan_of(Persona::Answers);
  wrong.answered_by = "machine_start";
  EXPECT_EQ(detect(wrong, clips(), start).answered_by, "machine_start");
  wrong.answered_by = "none";
  EXPECT_EQ(detect(wrong, clips(), start).answered_by, "");
}

constexpr AudioFormat kUlaw{AudioEncoding::Ulaw, 8000};

/// The agent's head on a clock of its own; the user speaks during the given spans.
struct Talking {
  explicit Talking(AgentRule r, MindSettings settings = {"Hello there", 7000, true})
      : rule{r}, voice{make_agent_voice(clips(), kUlaw)}, mind{rule, voice, std::move(settings)} {}
  void run(int ms, int from = 0, int to = 0) {
    for (const auto until = now + ms; now < until; now += 20) {
      const bool talks = now >= from && now < to;
      const auto frame = talks ? make_tone(440, 8000, static_cast<std::size_t>(now) * 8, 160) : Pcm(160);
      mind.hear(frame);
      mind.step(now);
      for (; !mind.events().empty(); mind.events().pop_front()) {
        auto& event = mind.events().front();
        if (event.kind == MindEvent::Kind::Audio) audio += event.audio.size(), last_audio_id = event.event_id;
        kinds.push_back(event.kind);
        events.push_back(std::move(event));
      }
    }
  }
  int count(MindEvent::Kind kind) const { return static_cast<int>(std::count(kinds.begin(), kinds.end(), kind)); }
  const MindEvent& first(MindEvent::Kind kind) const {
    return events.at(static_cast<std::size_t>(std::find(kinds.begin(), kinds.end(), kind) - kinds.begin()));
  }
  AgentRule rule;
  AgentVoice voice;
  Mind mind;
  int now = 0;
  std::size_t audio = 0;
  std::int64_t last_audio_id = 0;
  std::vector<MindEvent::Kind> kinds;
  std::vector<MindEvent> events;
};
using Kind = MindEvent::Kind;

TEST(Mind, TheFirstMessageComesFasterThanItIsSpoken) {
  Talking talk{AgentRule{}};
  talk.run(1000);

  EXPECT_EQ(talk.audio, talk.voice.first.size()) << "eleven seconds within one";
  EXPECT_EQ(talk.kinds.front(), Kind::Response);
  EXPECT_EQ(talk.first(Kind::Audio).audio.size(), 8000U) << "the first event has a second";
  EXPECT_TRUE(talk.mind.speaking(5000));
}

TEST(Mind, AShortHelloIntoTheGreetingIsNoInterruption) {
  Talking talk{AgentRule{}};
  talk.run(4000, 500, 1000);
  EXPECT_EQ(talk.count(Kind::Interruption), 0);
  EXPECT_EQ(talk.count(Kind::Transcript), 0);
}

TEST(Mind, SpeechOverTheAgentInterruptsAllThatWasSent) {
  Talking talk{AgentRule{}};
  talk.run(2000);
  const auto sent = talk.last_audio_id;
  talk.run(3000, 2000, 4000);

  EXPECT_EQ(talk.count(Kind::Interruption), 1);
  EXPECT_EQ(talk.first(Kind::Interruption).event_id, sent);
  EXPECT_EQ(talk.first(Kind::Correction).original, "Hello there");
  EXPECT_LT(talk.first(Kind::Correction).text.size(), 10U);
  talk.run(1000);
  EXPECT_EQ(talk.count(Kind::Transcript), 1);
  EXPECT_GT(talk.last_audio_id, sent) << "the next answer's audio is newer than the interruption";
}

TEST(Mind, ProtectedFirstMessagesAreNotInterrupted) {
  Talking talk{AgentRule{}, {"Legal notice", 7000, false}};
  talk.run(6000, 2000, 5000);
  EXPECT_EQ(talk.count(Kind::Interruption), 0);
}

TEST(Mind, TheCallEndsAfterThePlannedTurnsWithAudioStillUnplayed) {
  AgentRule rule;
  rule.turns = 1;
  Talking talk{rule};
  talk.run(20'000, 12'000, 13'000);

  EXPECT_EQ(talk.count(Kind::Transcript), 1);
  EXPECT_EQ(talk.count(Kind::EndCall), 1);
  EXPECT_EQ(talk.kinds.back(), Kind::EndCall);
  EXPECT_EQ(talk.mind.agent_turns(), 2);
}

TEST(Mind, SilenceIsPromptedTwiceAndThenGivenUp) {
  Talking talk{AgentRule{}, {"Hi", 2000, true}};
  talk.run(40'000);
  EXPECT_EQ(talk.mind.agent_turns(), 4) << "greeting, two prompts, goodbye";
  EXPECT_EQ(talk.count(Kind::EndCall), 1);
}

TEST(Mind, AToolIsCalledOnceAndAwaited) {
  AgentRule rule;
  rule.tools.push_back({"transfer_call", Json::object(), 1, true, false});
  Talking talk{rule};
  talk.run(16'000, 12'000, 13'000);
  EXPECT_EQ(talk.count(Kind::ToolCall), 1);
  EXPECT_EQ(talk.mind.agent_turns(), 1) << "it waits for the result";
  talk.mind.tool_done();
  talk.run(500);
  EXPECT_EQ(talk.mind.agent_turns(), 2);
}

TEST(Mind, TheToneKeepsALeadForEver) {
  AgentRule rule;
  rule.mode = AgentMode::Tone;
  Talking talk{rule};
  talk.run(10'000);
  EXPECT_NEAR(static_cast<double>(talk.audio), 8.0 * (10'000 + 1500), 8000);
  EXPECT_EQ(talk.count(Kind::EndCall), 0);
}

}  // namespace
}  // namespace otto::sandbox
