#include "otto/elevenlabs/speech.hpp"

#include "tests/elevenlabs/fake_elevenlabs.hpp"

namespace otto::elevenlabs {
namespace {

net::Response agent_json(const std::string& model) {
  return net::json_response(200,
                            Json{{"conversation_config", {{"tts", {{"voice_id", "voice 1"}, {"model_id", model}}}}}});
}
net::Response sound(std::string bytes) { return net::Response{200, "audio/mpeg", std::move(bytes)}; }

class SpeechTest : public test::LoopbackTest {
 protected:
  std::vector<Result<std::vector<std::uint8_t>>> speak(int times = 1) {
    std::vector<Result<std::vector<std::uint8_t>>> spoken;
    run([&]() -> Task<void> {
      auto speech = make_speech(settings, timers);
      for (int i = 0; i < times; ++i) {
        auto one = co_await speech->speak("agent_1", "Hello \"Bob\".");
        spoken.push_back(std::move(one));
      }
    });
    return spoken;
  }
};

TEST_F(SpeechTest, IsTheAgentsVoiceInTheLinesFormatAndTheVoiceIsAskedForOnce) {
  fake.answers = {agent_json("eleven_flash_v2"), sound("\xFF\x7F\x80"), sound("\xFF")};

  const auto spoken = speak(2);

  ASSERT_TRUE(spoken[0]) << spoken[0].error().detail;
  EXPECT_EQ(*spoken[0], (std::vector<std::uint8_t>{0xFF, 0x7F, 0x80}));
  ASSERT_EQ(fake.asked.size(), 3u);
  EXPECT_EQ(fake.asked[0].target, "/v1/convai/agents/agent_1");
  EXPECT_EQ(fake.asked[1].method, "POST");
  EXPECT_EQ(fake.asked[1].target, "/v1/text-to-speech/voice%201?output_format=ulaw_8000");
  EXPECT_EQ(*parse_json(fake.asked[1].body), (Json{{"text", "Hello \"Bob\"."}, {"model_id", "eleven_flash_v2"}}));
}

TEST_F(SpeechTest, AModelForConversationsIsLeftToTheProvider) {
  fake.answers = {agent_json("eleven_v3_conversational"), sound("\xFF")};
  speak();

  EXPECT_FALSE(parse_json(fake.asked.at(1).body)->contains("model_id"));
}

TEST_F(SpeechTest, WhatIsNoPlainSoundIsAnErrorAndNeverNoise) {
  for (const char* body : {"", "ID3 mp3", "RIFF wav", "{\"detail\": 1}"}) {
    fake.answers = {agent_json("m"), sound(body)};
    const auto spoken = speak();
    ASSERT_FALSE(spoken[0]) << body;
    EXPECT_EQ(spoken[0].error().code, Errc::ProviderUnavailable);
  }
}

TEST_F(SpeechTest, ARefusalIsPassedOnAndNotRepeated) {
  fake.answers = {agent_json("m"),
                  net::json_response(401, Json{{"detail", {{"status", "quota_exceeded"}, {"message", "no credits"}}}})};
  const auto spoken = speak();

  EXPECT_EQ(spoken[0].error().code, Errc::ProviderRefused);
  EXPECT_EQ(fake.asked.size(), 2u);
}

}  // namespace
}  // namespace otto::elevenlabs
