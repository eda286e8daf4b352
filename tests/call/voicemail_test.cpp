// The message in the agent's voice: rendered in time, shared, bounded, and never missing.
#include "otto/call/voicemail.hpp"

#include "call_fixture.hpp"
#include "tests/fakes/fake_speech.hpp"

namespace otto::call {
namespace {

using Strings = std::vector<std::string>;

class Cache : public testing::Test {
 protected:
  SpeechCache& cache() {
    if (!cache_) cache_ = std::make_unique<SpeechCache>(loop_, speech_, options_);
    return *cache_;
  }
  void ask(const std::string& text, rt::Group* group = nullptr) {
    (group ? *group : tasks_).spawn("ask", asking(text));
    timers_.advance(milliseconds{0});
  }
  void TearDown() override {
    timers_.advance(seconds{60});
    EXPECT_EQ(tasks_.size(), 0u);
  }

  Loop loop_{1};
  rt::VirtualTimers timers_{loop_, TimePoint{seconds{1'790'000'000}}};
  test::FakeSpeech speech_{timers_};
  SpeechCache::Options options_;
  std::vector<Result<SpeechClip>> answers_;
  rt::Group tasks_{loop_, "tasks"};

 private:
  Task<void> asking(std::string text) {
    auto answer = co_await cache().get("agent", std::move(text));
    answers_.push_back(std::move(answer));
  }
  std::unique_ptr<SpeechCache> cache_;
};

TEST_F(Cache, RendersEachTextOnceHoweverManyWaitForIt) {
  speech_.takes = seconds{1};
  for (int i = 0; i < 5; ++i) ask("Hello.");
  timers_.advance(seconds{2});
  ask("Hello.");

  EXPECT_EQ(speech_.texts, Strings{"Hello."});
  ASSERT_EQ(answers_.size(), 6u);
  for (const auto& answer : answers_) EXPECT_EQ((*answer)->size(), 6u);
  EXPECT_NE(cache().find("agent", "Hello."), nullptr);
  EXPECT_EQ(cache().find("another", "Hello."), nullptr);
}

TEST_F(Cache, AFailureIsAnsweredAndNotRemembered) {
  speech_.failures = {Error{Errc::ProviderRefused, "no quota"}};
  ask("Hello.");
  ask("Hello.");

  ASSERT_EQ(answers_.size(), 2u);
  EXPECT_EQ(answers_[0].error().code, Errc::ProviderRefused);
  EXPECT_TRUE(answers_[1]);
}

TEST_F(Cache, BeyondItsBoundForgetsWhatWasUsedLongestAgo) {
  options_.max_bytes = 25;
  ask("first, ten");
  ask("second ten");
  EXPECT_NE(cache().find("agent", "first, ten"), nullptr);
  ask("third, ten");

  EXPECT_LE(cache().bytes(), 25u);
  EXPECT_NE(cache().find("agent", "first, ten"), nullptr);
  EXPECT_EQ(cache().find("agent", "second ten"), nullptr);
}

TEST_F(Cache, RendersAFewAtOnceAndTheRestBehindThem) {
  options_.at_once = 2;
  speech_.takes = seconds{1};
  for (int i = 0; i < 6; ++i) ask("Hello " + std::to_string(i));
  timers_.advance(milliseconds{3100});

  EXPECT_EQ(speech_.most_under_way, 2);
  EXPECT_EQ(answers_.size(), 6u);
}

TEST_F(Cache, ACancelledRenderingIsBegunAnewByThoseWhoWaitForIt) {
  speech_.takes = seconds{1};
  rt::Group call{loop_, "call"};
  ask("Hello.", &call);
  ask("Hello.");
  call.stop();
  timers_.advance(seconds{3});

  EXPECT_EQ(call.size(), 0u);
  ASSERT_FALSE(answers_.empty());
  EXPECT_TRUE(answers_.back());
}

class CallVoicemail : public CallFixture {
 protected:
  CallVoicemail() {
    options_.voicemail.speech = &speech_;
    options_.voicemail.url = [](const AttemptId& attempt) { return "https://otto.example/" + attempt.value + ".wav"; };
  }
  static ports::AttemptContext spoken_by(VoicemailVoice voice) {
    auto its = context();
    its.settings.voicemail = VoicemailAction::Message;
    its.settings.voicemail_message = "Hello {{customerName}}.";
    its.settings.voicemail_voice = voice;
    its.settings.call_screening = CallScreening::Ignore;
    return its;
  }
  void beep() {
    calls().on_machine(AttemptId{"attempt-1"}, AnsweredBy::MachineEndBeep);
    run(milliseconds{20});
  }

  test::FakeSpeech speech_{timers_};
};

TEST_F(CallVoicemail, IsRenderedFromTheAnswerOnAndPlayedAtTheBeep) {
  speech_.takes = seconds{1};
  calls().expect(spoken_by(VoicemailVoice::Agent));
  run(seconds{1});
  EXPECT_TRUE(speech_.texts.empty());
  talk(spoken_by(VoicemailVoice::Agent));
  run(seconds{3});
  beep();

  EXPECT_EQ(speech_.texts, Strings{"Hello Émile Fontaine."});
  EXPECT_EQ(speech_.agents, Strings{"agent-default"});
  ASSERT_EQ(line_.played.size(), 1u);
  EXPECT_EQ(line_.played[0].text, "https://otto.example/attempt-1.wav");
  EXPECT_TRUE(line_.said.empty());
  EXPECT_EQ(machine_handled(), "message");
}

TEST_F(CallVoicemail, InTheLinesVoiceRendersNothing) {
  talk(spoken_by(VoicemailVoice::Line));
  beep();

  EXPECT_TRUE(speech_.texts.empty());
  EXPECT_EQ(line_.said.size(), 1u);
}

TEST_F(CallVoicemail, IsSpokenByTheLineWhenItCannotBeRendered) {
  speech_.failures = {Error{Errc::ProviderRefused, "no quota"}};
  talk(spoken_by(VoicemailVoice::Agent));
  beep();

  EXPECT_TRUE(line_.played.empty());
  ASSERT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(line_.said[0].text, "Hello Émile Fontaine.");
  EXPECT_EQ(machine_handled(), "message");
}

TEST_F(CallVoicemail, IsWaitedForAMomentAndThenSpokenByTheLine) {
  speech_.takes = seconds{10};
  talk(spoken_by(VoicemailVoice::Agent));
  beep();
  run(milliseconds{1400});
  EXPECT_TRUE(line_.said.empty());
  run(milliseconds{200});

  EXPECT_EQ(line_.said.size(), 1u);
  EXPECT_EQ(calls().size(), 0u);
}

TEST_F(CallVoicemail, IsSpokenByTheLineWhenThatWillNotPlayIt) {
  line_.play_answers.emplace_back(Error{Errc::ProviderUnavailable, "the line is down"});
  talk(spoken_by(VoicemailVoice::Agent));
  beep();

  EXPECT_EQ(line_.said.size(), 1u);
}

TEST_F(CallVoicemail, IsNeitherPlayedNorSpokenToAMachineThatHasHungUp) {
  line_.play_answers.emplace_back(Error{Errc::NotFound, "no such call"});
  talk(spoken_by(VoicemailVoice::Agent));
  beep();

  EXPECT_TRUE(line_.said.empty());
  EXPECT_EQ(machine_handled(), "hangup");
}

}  // namespace
}  // namespace otto::call
