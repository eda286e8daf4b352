// What a conversation hands out and sends while it lasts.
#include "tests/elevenlabs/conversation_fixture.hpp"

namespace otto::elevenlabs {
namespace {

using namespace ports;
using test::audio_message;
using test::ConversationTest;

TEST_F(ConversationTest, TheStartMessageIsTheFirstOnTheWire) {
  open();

  ASSERT_EQ(wire->written.size(), 1u);
  EXPECT_EQ(wire->written[0], format_start(start));
}

TEST_F(ConversationTest, ReadyComesFirstWithTheFormats) {
  open();
  wire->server_says(test::kMetadata);

  const auto event = receive();

  const auto& ready = std::get<AgentReady>(event);
  EXPECT_EQ(ready.conversation_id, "conv_0123");
  EXPECT_EQ(ready.output, (AudioFormat{AudioEncoding::Ulaw, 8000}));
}

TEST_F(ConversationTest, EveryEventReachesTheCallInOrder) {
  open_ready();
  for (const auto text : {test::kAudio, test::kUserTranscript, test::kAgentResponse, test::kInterruption,
                          test::kCorrection, test::kToolCall, test::kToolDone})
    wire->server_says(text);

  EXPECT_EQ(std::get<AgentAudio>(receive()).event_id, 7);
  EXPECT_EQ(std::get<UserTranscript>(receive()).event_id, 8);
  EXPECT_EQ(std::get<AgentResponse>(receive()).event_id, 9);
  EXPECT_EQ(std::get<AgentInterruption>(receive()).event_id, 7);
  EXPECT_EQ(std::get<AgentCorrection>(receive()).event_id, 9);
  EXPECT_EQ(std::get<AgentToolCall>(receive()).call_id, "call_1");
  EXPECT_EQ(std::get<AgentToolDone>(receive()).tool, "end_call");
}

TEST_F(ConversationTest, AudioStaysReadableUntilTheNextReceive) {
  open_ready();
  for (int i = 0; i < 50; ++i)
    wire->server_says(audio_message(std::string(900 + static_cast<std::size_t>(i), static_cast<char>(i)), i));
  settle();

  for (int i = 0; i < 50; ++i) {
    const auto event = receive();
    const auto& audio = std::get<AgentAudio>(event);
    settle();
    EXPECT_EQ(audio.event_id, i);
    ASSERT_EQ(audio.bytes.size(), 900u + static_cast<std::size_t>(i));
    EXPECT_EQ(audio.bytes.front(), i);
    EXPECT_EQ(audio.bytes.back(), i);
  }
}

TEST_F(ConversationTest, PingsAreAnsweredWithoutAnyoneReceiving) {
  open();
  wire->server_says(test::kPing);
  wire->server_says(R"({"type":"ping","ping_event":{"event_id":12,"ping_ms":40}})");
  settle();

  ASSERT_EQ(wire->written.size(), 3u);
  EXPECT_EQ(wire->written[1], format_pong(0));
  EXPECT_EQ(wire->written[2], format_pong(12));
}

TEST_F(ConversationTest, PongsOvertakeAudioThatWaits) {
  open_ready();
  wire->may_write.clear();
  const std::vector<std::uint8_t> frame(160, 0xff);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(conversation->send_audio(frame));
  settle();
  wire->server_says(test::kPing);
  settle();
  wire->may_write.set();
  settle();

  ASSERT_EQ(wire->written.size(), 1u + 20u + 1u);
  EXPECT_EQ(wire->written[1], test::format_audio(frame)) << "this one was already being written";
  EXPECT_EQ(wire->written[2], format_pong(0));
}

TEST_F(ConversationTest, AudioBeforeTheMetadataIsNotSent) {
  open();

  EXPECT_FALSE(conversation->send_audio(std::vector<std::uint8_t>(160, 0xff)));
  settle();

  EXPECT_EQ(wire->written.size(), 1u);
}

TEST_F(ConversationTest, TheUplinkHoldsOneSecondOfAudio) {
  open_ready();
  wire->may_write.clear();
  const std::vector<std::uint8_t> frame(160, 0xff);
  ASSERT_TRUE(conversation->send_audio(frame));
  settle();  // the writer has taken this one and is stuck with it

  int taken = 0;
  for (int i = 0; i < 200; ++i) taken += conversation->send_audio(frame);

  EXPECT_EQ(taken, 50);
  wire->may_write.set();
  settle();
  EXPECT_TRUE(conversation->send_audio(frame)) << "once there is room, audio flows again";
}

TEST_F(ConversationTest, ContextMessagesAndToolResultsGoOut) {
  open_ready();
  conversation->send_context("The transfer has failed.");
  conversation->send_user_message("I pressed 1.");
  conversation->send_tool_result("call_1", "done", false);
  settle();

  ASSERT_EQ(wire->written.size(), 4u);
  EXPECT_EQ(wire->written[1], format_context("The transfer has failed."));
  EXPECT_EQ(wire->written[2], format_user_message("I pressed 1."));
  EXPECT_EQ(wire->written[3], format_tool_result("call_1", "done", false));
}

TEST_F(ConversationTest, JunkIsCountedAndTheConversationGoesOn) {
  open_ready();
  wire->server_says("<html>");
  wire->server_says_binary(std::string("\x00\x01", 2));
  wire->server_says(R"({"type":"audio","audio_event":{}})");
  for (const auto sample : test::ignored_samples()) wire->server_says(sample);
  wire->server_says(test::kMetadata);  // a second one changes nothing
  wire->server_says(audio_message("ok", 3));

  EXPECT_EQ(std::get<AgentAudio>(receive()).event_id, 3);
}

TEST_F(ConversationTest, WhatComesBeforeTheMetadataIsNotUnderstood) {
  open();
  wire->server_says(test::kAudio);
  wire->server_says(test::kAgentResponse);
  wire->server_says(test::kMetadata);

  EXPECT_TRUE(std::holds_alternative<AgentReady>(receive()));
  EXPECT_FALSE(next());
}

}  // namespace
}  // namespace otto::elevenlabs
