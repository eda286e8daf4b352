#include "otto/elevenlabs/protocol.hpp"

#include <gtest/gtest.h>

#include "otto/crypto/digest.hpp"

#include "tests/elevenlabs/samples.hpp"

namespace otto::elevenlabs {
namespace {

using namespace ports;

class Reading : public ::testing::Test {
 protected:
  ServerMessage read(std::string_view text) { return read_message(text, text.size()); }
  template <class T>
  T event(std::string_view text) {
    auto message = read(text);
    auto* found = std::get_if<AgentEvent>(&message);
    if (found == nullptr || !std::holds_alternative<T>(*found)) {
      ADD_FAILURE() << "another kind of message: " << text;
      return T{};
    }
    return std::get<T>(*found);
  }
  template <class T>
  T message(std::string_view text) {
    auto found = read(text);
    if (!std::holds_alternative<T>(found)) {
      ADD_FAILURE() << "another kind of message: " << text;
      return T{};
    }
    return std::get<T>(found);
  }
};

TEST_F(Reading, MetadataTellsIdAndFormats) {
  const auto ready = event<AgentReady>(test::kMetadata);

  EXPECT_EQ(ready.conversation_id, "conv_0123");
  EXPECT_EQ(ready.output, (AudioFormat{AudioEncoding::Ulaw, 8000}));
  EXPECT_EQ(ready.input, (AudioFormat{AudioEncoding::Ulaw, 8000}));
}

TEST_F(Reading, MetadataWithoutInputFormatMeansPcm16k) {
  for (const auto* extra : {"", R"(,"user_input_audio_format":null)"}) {
    const auto ready = event<AgentReady>(
        std::string{R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":)"} +
        R"({"conversation_id":"c","agent_output_audio_format":"pcm_24000")" + extra + "}}");
    EXPECT_EQ(ready.input, (AudioFormat{AudioEncoding::Pcm16, 16'000}));
    EXPECT_EQ(ready.output, (AudioFormat{AudioEncoding::Pcm16, 24'000}));
  }
}

TEST_F(Reading, AnUnknownAudioFormatIsToldByName) {
  const auto output = message<UnusableFormat>(
      R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":"c",)"
      R"("agent_output_audio_format":"opus_48000","user_input_audio_format":"ulaw_8000"}})");
  const auto input = message<UnusableFormat>(
      R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":"c",)"
      R"("agent_output_audio_format":"ulaw_8000","user_input_audio_format":"alaw_8000"}})");

  EXPECT_EQ(output.name, "opus_48000");
  EXPECT_EQ(input.name, "alaw_8000");
}

TEST_F(Reading, AudioIsDecodedWhateverTheFieldOrder) {
  const auto got = event<AgentAudio>(test::kAudio);

  EXPECT_EQ(got.event_id, 7);
  EXPECT_EQ((std::vector<std::uint8_t>{got.bytes.begin(), got.bytes.end()}),
            (std::vector<std::uint8_t>{0xff, 0xff, 0x00, 0x01}));
}

TEST_F(Reading, AudioBufferIsReused) {
  const std::string big(8000, 'x');
  const auto wrap = [](const std::string& bytes) {
    return R"({"type":"audio","audio_event":{"audio_base_64":")" + crypto::base64_encode(bytes) + R"(","event_id":1}})";
  };
  const auto* const place = event<AgentAudio>(wrap(big)).bytes.data();

  for (std::size_t size = 1; size <= big.size(); size += 999) {
    const auto got = event<AgentAudio>(wrap(big.substr(0, size)));
    EXPECT_EQ(got.bytes.size(), size);
    EXPECT_EQ(got.bytes.data(), place);
  }
}

TEST_F(Reading, MegabytesOfAudioInOneMessageAreRead) {
  const std::string big(3'000'000, '\x55');
  const auto got = event<AgentAudio>(R"({"type":"audio","audio_event":{"event_id":2,"audio_base_64":")" +
                                     crypto::base64_encode(big) + R"("}})");

  ASSERT_EQ(got.bytes.size(), big.size());
  EXPECT_EQ(got.bytes.back(), 0x55);
}

TEST_F(Reading, EscapedSlashesInBase64AreSlashes) {
  const auto got = event<AgentAudio>(R"({"type":"audio","audio_event":{"audio_base_64":"\/\/8AAQ==","event_id":1}})");

  EXPECT_EQ(got.bytes.size(), 4u);
  EXPECT_EQ(got.bytes[0], 0xff);
}

TEST_F(Reading, EmptyAudioIsIgnoredAndBadBase64IsBroken) {
  message<Ignored>(R"({"type":"audio","audio_event":{"audio_base_64":"","event_id":1,"is_final":true}})");
  const auto broken = message<Broken>(R"({"type":"audio","audio_event":{"audio_base_64":"A*==","event_id":1}})");

  EXPECT_NE(broken.why.find("base64"), std::string::npos);
}

TEST_F(Reading, PingZeroIsAPingAndItsDelayMayBeAnything) {
  EXPECT_EQ(message<Ping>(test::kPing).event_id, 0);
  EXPECT_EQ(message<Ping>(R"({"type":"ping","ping_event":{"event_id":3}})").event_id, 3);
  EXPECT_EQ(message<Ping>(R"({"type":"ping","ping_event":{"ping_ms":50,"event_id":4}})").event_id, 4);
}

TEST_F(Reading, TextsKeepTheirEscapesAndIds) {
  const auto transcript = event<UserTranscript>(test::kUserTranscript);
  const auto response = event<AgentResponse>(test::kAgentResponse);
  const auto correction = event<AgentCorrection>(test::kCorrection);

  EXPECT_EQ(transcript.text, "Hello? café \"x\"");
  EXPECT_EQ(transcript.event_id, 8);
  EXPECT_EQ(response.text, "Good morning.");
  EXPECT_EQ(response.event_id, 9);
  EXPECT_EQ(correction.original, "Good morning to you.");
  EXPECT_EQ(correction.corrected, "Good mor...");
  EXPECT_EQ(correction.event_id, 9);
}

TEST_F(Reading, TextsOfTheOlderContractWithoutAnIdAreStillTexts) {
  const auto transcript =
      event<UserTranscript>(R"({"type":"user_transcript","user_transcription_event":{"user_transcript":"yes"}})");

  EXPECT_EQ(transcript.text, "yes");
  EXPECT_EQ(transcript.event_id, 0);
}

TEST_F(Reading, InterruptionNamesTheLastEventHeard) {
  EXPECT_EQ(event<AgentInterruption>(test::kInterruption).event_id, 7);
}

TEST_F(Reading, ToolCallsBringTheirParameters) {
  const auto call = event<AgentToolCall>(test::kToolCall);

  EXPECT_EQ(call.tool, "schedule_callback");
  EXPECT_EQ(call.call_id, "call_1");
  EXPECT_EQ(call.parameters, Json::parse(R"({"when":"tomorrow","tries":[1,2.5]})"));
}

TEST_F(Reading, ToolCallsSayWhetherTheAgentWaits) {
  const std::string head = R"({"type":"client_tool_call","client_tool_call":{"tool_name":"t","tool_call_id":"c")";

  EXPECT_TRUE(event<AgentToolCall>(head + "}}").expects_response) << "older servers do not say";
  EXPECT_TRUE(event<AgentToolCall>(head + R"(,"expects_response":true}})").expects_response);
  EXPECT_FALSE(event<AgentToolCall>(head + R"(,"expects_response":false}})").expects_response);
}

TEST_F(Reading, ToolCallsWithoutReadableParametersCanStillBeAnswered) {
  for (const auto* parameters : {"", R"(,"parameters":null)", R"(,"parameters":"x")", R"(,"parameters":{"a":01})"}) {
    const auto call = event<AgentToolCall>(
        std::string{R"({"type":"client_tool_call","client_tool_call":{"tool_name":"t","tool_call_id":"c")"} +
        parameters + "}}");
    EXPECT_EQ(call.call_id, "c") << parameters;
    EXPECT_EQ(call.parameters, Json::object()) << parameters;
  }
}

TEST_F(Reading, ToolsOfTheProviderAreToldAndOurOwnAreNot) {
  const auto done = event<AgentToolDone>(test::kToolDone);
  EXPECT_EQ(done.tool, "end_call");
  EXPECT_FALSE(done.is_error);

  message<Ignored>(
      R"({"type":"agent_tool_response","agent_tool_response":{"tool_name":"t","tool_type":"client","is_error":false}})");
  message<Ignored>(
      R"({"type":"agent_tool_response","agent_tool_response":{"tool_name":"end_call","tool_type":"system","is_called":false}})");
}

TEST_F(Reading, ErrorsKeepCodeTypeAndTheBestWords) {
  const auto error = message<ServerError>(test::kError);
  EXPECT_EQ(error.code, 1008);
  EXPECT_EQ(error.error_type, "missing_dynamic_variable");
  EXPECT_EQ(error.message, "Missing required dynamic variables in first message: {'x'}");

  const auto reason_only = message<ServerError>(
      R"({"type":"error","error_event":{"code":1002,"error_type":null,"message":null,"reason":"why"}})");
  EXPECT_EQ(reason_only.message, "why");
  EXPECT_EQ(reason_only.error_type, "");

  const auto client = message<ServerError>(test::kClientError);
  EXPECT_EQ(client.code, 1002);
  EXPECT_EQ(client.error_type, "llm_timeout");
}

TEST_F(Reading, QueueStatusIsTold) { EXPECT_EQ(message<QueueStatus>(test::kQueueStatus).status, "waiting"); }

TEST_F(Reading, TypesWithoutUseForACallAreIgnored) {
  for (const auto sample : test::ignored_samples()) message<Ignored>(sample);
  message<Ignored>(R"({"type":"client_error","detail":"a shape that nobody has seen"})");
}

TEST_F(Reading, KnownTypesWithoutTheirRequiredFieldsAreBroken) {
  for (
      const std::string_view text : {
          R"({"type":"audio"})",
          R"({"type":"audio","audio_event":null})",
          R"({"type":"audio","audio_event":{"event_id":1}})",
          R"({"type":"audio","audio_event":{"audio_base_64":"AAAA"}})",
          R"({"type":"audio","audio_event":{"audio_base_64":17,"event_id":1}})",
          R"({"type":"audio","audio":{"chunk":"AAAA"}})",
          R"({"type":"ping"})",
          R"({"type":"ping","ping_event":{}})",
          R"({"type":"ping","ping_event":{"event_id":"1"}})",
          R"({"type":"interruption","interruption_event":{"reason":"user"}})",
          R"({"type":"user_transcript","user_transcription_event":{"event_id":1}})",
          R"({"type":"agent_response","agent_response_event":{"agent_response":null}})",
          R"({"type":"agent_response_correction","agent_response_correction_event":{"original_agent_response":"a"}})",
          R"({"type":"client_tool_call","client_tool_call":{"tool_name":"t","parameters":{}}})",
          R"({"type":"agent_tool_response","agent_tool_response":{"tool_type":"system"}})",
          R"({"type":"conversation_initiation_metadata"})",
          R"({"type":"conversation_initiation_metadata","conversation_initiation_metadata_event":{"conversation_id":"c"}})",
          R"({"type":"error"})",
          R"({"type":"queue_status"})",
          R"({"type":5})",
          R"({"type":null})",
          R"({"ping_event":{"event_id":1}})",
          R"([{"type":"ping"}])",
          R"("ping")",
          R"(7)",
          R"({)",
          R"()",
          R"(   )",
          R"(<html>)",
      })
    message<Broken>(text);
}

TEST_F(Reading, TextWithRoomBehindItIsReadInPlace) {
  std::string room{test::kUserTranscript};
  const auto size = room.size();
  room.append(64, '#');

  auto got = read_message({room.data(), size}, room.size());

  EXPECT_EQ(std::get<UserTranscript>(std::get<AgentEvent>(got)).event_id, 8);
}

TEST(Ending, CloseFrameAndErrorToldBefore) {
  const ServerError bad{1008, "Missing required dynamic variables in first message: {'x'}", "missing_dynamic_variable"};
  const ServerError limit{1000, "Conversation has exceeded maximum duration", "max_duration_exceeded"};

  const auto plain = make_ending(1000, "done", nullptr);
  EXPECT_EQ(plain.code, 1000);
  EXPECT_EQ(plain.reason, "done");
  EXPECT_EQ(plain.error_type, "");

  const auto told = make_ending(1008, "Missing required dyn", &bad);
  EXPECT_EQ(told.code, 1008);
  EXPECT_EQ(told.reason, bad.message);
  EXPECT_EQ(told.error_type, "missing_dynamic_variable");

  const auto broke = make_ending(1006, "reset", &bad);
  EXPECT_EQ(broke.code, 1008) << "the error's code says more than a lost connection";

  const auto went_on = make_ending(1000, "bye", &bad);
  EXPECT_EQ(went_on.reason, "bye") << "the conversation had gone on after the error";
  EXPECT_EQ(went_on.error_type, "");

  const auto too_long = make_ending(1000, "", &limit);
  EXPECT_EQ(too_long.error_type, "max_duration_exceeded");
}

}  // namespace
}  // namespace otto::elevenlabs
