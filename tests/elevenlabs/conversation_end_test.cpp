// Every way in which a conversation ends, or never begins.
#include "tests/elevenlabs/conversation_fixture.hpp"

namespace otto::elevenlabs {
namespace {

using namespace ports;
using test::audio_message;
using test::ConversationTest;

TEST_F(ConversationTest, NoMetadataInTimeEndsIt) {
  open();
  timers.advance(limits.metadata - milliseconds{1});
  EXPECT_FALSE(wire->aborted);
  timers.advance(milliseconds{1});

  const auto ended = receive_end();

  EXPECT_EQ(ended.code, 1006);
  EXPECT_EQ(ended.error_type, "no_metadata");
  EXPECT_TRUE(wire->aborted);
}

TEST_F(ConversationTest, MetadataInTimeKeepsItAlive) {
  open_ready();
  timers.advance(limits.metadata * 3);

  EXPECT_FALSE(wire->aborted);
  EXPECT_TRUE(conversation->send_audio(std::vector<std::uint8_t>(160, 0xff)));
}

TEST_F(ConversationTest, AnAudioFormatThatWeDoNotKnowEndsItLoudly) {
  open();
  wire->server_says(
      R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":"c",)"
      R"("agent_output_audio_format":"opus_48000","user_input_audio_format":"ulaw_8000"}})");

  const auto ended = receive_end();

  EXPECT_EQ(ended.error_type, "unusable_audio_format");
  EXPECT_NE(ended.reason.find("opus_48000"), std::string::npos);
}

TEST_F(ConversationTest, AnErrorToldBeforeTheCloseExplainsIt) {
  open_ready();
  wire->server_says(test::kError);
  wire->server_closes(1008, "Missing required dyn");

  const auto ended = receive_end();

  EXPECT_EQ(ended.code, 1008);
  EXPECT_EQ(ended.error_type, "missing_dynamic_variable");
  EXPECT_EQ(ended.reason, "Missing required dynamic variables in first message: {'x'}");
}

TEST_F(ConversationTest, ACloseBeforeTheMetadataIsTheFirstEvent) {
  open();
  wire->server_closes(1008, "Override for field 'voice_id' is not allowed by config");

  EXPECT_EQ(receive_end().reason, "Override for field 'voice_id' is not allowed by config");
}

TEST_F(ConversationTest, AudioBeforeAnOrderlyEndIsHeardInFull) {
  open_ready();
  for (int i = 0; i < 10; ++i) wire->server_says(audio_message("goodbye", i));
  wire->server_says(test::kToolDone);
  wire->server_closes(1000, "");
  settle();

  for (int i = 0; i < 10; ++i) EXPECT_EQ(std::get<AgentAudio>(receive()).event_id, i);
  EXPECT_EQ(std::get<AgentToolDone>(receive()).tool, "end_call");
  EXPECT_EQ(receive_end().code, 1000);
  EXPECT_FALSE(next()) << "the end is told once";
  EXPECT_FALSE(conversation->send_audio(std::vector<std::uint8_t>(160, 0xff)));
}

TEST_F(ConversationTest, EveryWayToLoseTheConnectionHasItsCode) {
  struct Case {
    Errc how;
    int code;
    std::string type;
  };
  for (const auto& c : {Case{Errc::ConnectionLost, 1006, ""}, Case{Errc::Protocol, 1006, ""},
                        Case{Errc::TimedOut, 1006, "silence"}, Case{Errc::TooLarge, 1009, "message_too_large"}}) {
    wire = std::make_shared<test::Wire>(loop);
    open_ready();
    wire->fails(c.how);

    const auto ended = receive_end();

    EXPECT_EQ(ended.code, c.code);
    EXPECT_EQ(ended.error_type, c.type);
    EXPECT_FALSE(ended.reason.empty());
    close();
  }
}

TEST_F(ConversationTest, TheWaitingQueueIsAnEndAndAdmissionIsNot) {
  open();
  wire->server_says(R"({"type":"queue_status","queue_status_event":{"status":"admitted"}})");
  wire->server_says(test::kMetadata);
  EXPECT_TRUE(std::holds_alternative<AgentReady>(receive()));
  wire->server_says(test::kQueueStatus);

  const auto ended = receive_end();

  EXPECT_EQ(ended.code, 4300);
  EXPECT_EQ(ended.error_type, "queue_waiting");
}

TEST_F(ConversationTest, AFailedWriteEndsIt) {
  open_ready();
  wire->may_write.clear();
  conversation->send_context("stuck");
  settle();
  wire->aborted = true;  // the writer fails while the reader still waits
  wire->may_write.set();

  EXPECT_EQ(receive_end().code, 1006);
}

TEST_F(ConversationTest, APeerThatTakesNothingIsCutOffBeforeMemoryGrows) {
  open_ready();
  wire->may_write.clear();
  for (int i = 0; i < 1'000; ++i) wire->server_says(test::kPing);

  EXPECT_EQ(receive_end().code, 1006);
  EXPECT_TRUE(wire->aborted);
}

TEST_F(ConversationTest, CloseSaysGoodbyeOnceAndTellsTheEnd) {
  open_ready();
  rt::Group group{loop, "test"};
  auto say_goodbye = [](Conversation& which) -> Task<void> { co_await which.close(); };
  group.spawn("close 1", say_goodbye(*conversation));
  group.spawn("close 2", say_goodbye(*conversation));
  settle();

  EXPECT_EQ(group.size(), 0u);
  EXPECT_EQ(wire->closed_with, 1000);
  EXPECT_EQ(receive_end().code, 1000);
  EXPECT_FALSE(conversation->send_audio(std::vector<std::uint8_t>(160, 0xff)));
}

TEST_F(ConversationTest, CloseSendsWhatWasAskedForBefore) {
  open_ready();
  conversation->send_tool_result("call_1", "transferred", false);
  close();

  EXPECT_EQ(wire->written.back(), format_tool_result("call_1", "transferred", false));
  EXPECT_EQ(wire->closed_with, 1000);
}

TEST_F(ConversationTest, CloseDoesNotWaitForAPeerThatTakesNothing) {
  open_ready();
  wire->may_write.clear();
  conversation->send_context("stuck");
  settle();
  close();

  EXPECT_TRUE(wire->aborted);
}

TEST_F(ConversationTest, DestroyedWithoutCloseItsTasksEndAllTheSame) {
  open_ready();
  boost::asio::post(loop, [this] { conversation.reset(); });  // on the loop, as whoever lets go of a call is
  settle();

  EXPECT_TRUE(wire->aborted);
}

}  // namespace
}  // namespace otto::elevenlabs
