#include <gtest/gtest.h>
#include <map>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/elevenlabs/protocol.hpp"

#include "tests/elevenlabs/samples.hpp"

namespace otto::elevenlabs {
namespace {

/// What the server accepts from a client: the name of each field, its JSON type, and a "!" when it must be there. A
/// field that is not listed, or of another type, closes the conversation with 1008.
const std::map<std::string, std::map<std::string, std::string>> kShapes{
    {"", {{"user_audio_chunk", "string!"}}},
    {"pong", {{"type", "string!"}, {"event_id", "number!"}}},
    {"conversation_initiation_client_data",
     {{"type", "string!"}, {"user_id", "string"}, {"dynamic_variables", "object"}}},
    {"contextual_update", {{"type", "string!"}, {"text", "string!"}}},
    {"user_message", {{"type", "string!"}, {"text", "string"}}},
    {"user_activity", {{"type", "string!"}}},
    {"client_tool_result",
     {{"type", "string!"}, {"tool_call_id", "string!"}, {"result", "string!"}, {"is_error", "boolean!"}}},
};

Json checked(const std::string& text) {
  const auto json = Json::parse(text);
  const auto type = json.value("type", "");
  const auto shape = kShapes.find(type);
  if (shape == kShapes.end()) {
    ADD_FAILURE() << "no such message: " << text;
    return json;
  }
  for (const auto& [name, value] : json.items()) {
    const auto field = shape->second.find(name);
    if (field == shape->second.end()) {
      ADD_FAILURE() << "a field too many: " << name;
      continue;
    }
    EXPECT_TRUE(field->second.starts_with(value.type_name())) << name << " in " << text;
  }
  for (const auto& [name, kind] : shape->second)
    EXPECT_TRUE(!kind.ends_with('!') || json.contains(name)) << name << " is missing in " << text;
  return json;
}

const std::string kNasty = "quote \" backslash \\ newline \n tab \t bell \a nul-free é 日本 😀 </script>";

TEST(ClientMessages, AudioCarriesItsBytesAsBase64WithoutAType) {
  for (std::size_t size = 0; size <= 322; ++size) {
    std::vector<std::uint8_t> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7 + size);

    const auto json = checked(test::format_audio(bytes));

    std::vector<std::uint8_t> back;
    ASSERT_TRUE(crypto::base64_decode_into(json["user_audio_chunk"].get<std::string>(), back));
    EXPECT_EQ(back, bytes);
  }
}

TEST(ClientMessages, ATwentyMillisecondFrameIs239Bytes) {
  const std::vector<std::uint8_t> frame(160, 0xff);

  EXPECT_EQ(test::format_audio(frame).size(), 239u);
  EXPECT_EQ(uplink_bytes_per_second({AudioEncoding::Ulaw, 8000}), 50 * 239u);
}

TEST(ClientMessages, TheUplinksBoundFollowsTheFormat) {
  for (const auto rate : {8000, 16'000, 22'050, 24'000, 44'100, 48'000}) {
    const std::vector<std::uint8_t> frame(static_cast<std::size_t>(rate) / 50 * 2);
    EXPECT_EQ(uplink_bytes_per_second({AudioEncoding::Pcm16, rate}), 50 * test::format_audio(frame).size()) << rate;
  }
}

TEST(ClientMessages, PongEchoesTheIdEvenZero) {
  for (const auto id : {std::int64_t{0}, std::int64_t{1}, std::int64_t{-1}, std::int64_t{1} << 53})
    EXPECT_EQ(checked(format_pong(id))["event_id"].get<std::int64_t>(), id);
}

TEST(ClientMessages, TheStartIsFlat) {
  ports::ConversationStart start;
  start.user_id = "0190a5c4-0000-7000-8000-000000000001";
  start.variables["customerName"] = kNasty;
  start.variables["Next Service"] = "2026-12-01";
  start.variables["secret__token"] = "t";

  const auto json = checked(format_start(start));

  EXPECT_EQ(json["type"], "conversation_initiation_client_data");
  EXPECT_EQ(json["user_id"], start.user_id);
  EXPECT_EQ(json["dynamic_variables"].size(), 3u);
  EXPECT_EQ(json["dynamic_variables"]["customerName"], kNasty);
  EXPECT_FALSE(json.contains("conversation_initiation_client_data")) << "nested under its own name it has no effect";
  EXPECT_FALSE(json.contains("conversation_config_override")) << "an override that is not allowed ends the call";
}

TEST(ClientMessages, TheStartLeavesOutWhatTheServerRefuses) {
  ports::ConversationStart start;
  start.variables["system__call_sid"] = "CA0";
  start.variables[""] = "no name";

  const auto json = checked(format_start(start));

  EXPECT_EQ(json.size(), 1u) << "neither variables nor a user id are left: " << json;
}

TEST(ClientMessages, ToolResultsAreStringsWhateverTheyHold) {
  for (const std::string& result : {"", "done", R"({"ok":true})", "null", "17"}) {
    const auto json = checked(format_tool_result("call_1", result, false));
    EXPECT_EQ(json["result"], result);
    EXPECT_EQ(json["is_error"], false);
  }
  EXPECT_EQ(checked(format_tool_result("c", kNasty, true))["result"], kNasty);
  EXPECT_EQ(checked(format_tool_result("c", "x", true))["is_error"], true);
}

TEST(ClientMessages, TextsSurviveTheirEscapes) {
  EXPECT_EQ(checked(format_context(kNasty))["text"], kNasty);
  EXPECT_EQ(checked(format_user_message(kNasty))["text"], kNasty);
  checked(format_user_activity());
}

TEST(ClientMessages, InvalidUtf8NeverReachesTheSocket) {
  for (int byte = 0x80; byte <= 0xff; ++byte) {
    const std::string text = std::string{"a"} + static_cast<char>(byte) + "b";
    EXPECT_TRUE(is_clean_utf8(format_context(text)));
    checked(format_context(text));
  }
}

}  // namespace
}  // namespace otto::elevenlabs
