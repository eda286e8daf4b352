#include "otto/sandbox/media_message.hpp"

#include <gtest/gtest.h>

#include "otto/base/json.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::sandbox {
namespace {

using Kind = MediaMessage::Kind;

constexpr const char* kSid = "MZ00000000000000000000000000000001";

std::string with_sid(std::string text) {
  if (const auto at = text.find("$"); at != std::string::npos) text.replace(at, 1, kSid);
  return text;
}

MediaMessage read(const std::string& text) {
  MediaReader reader;
  const auto full = with_sid(text);
  return reader.read(full, full.size(), kSid);
}

TEST(MediaMessage, TheThreeDocumentedMessagesAreRead) {
  const auto media = read(R"({"event":"media","streamSid":"$","media":{"payload":"f/8A"}})");
  EXPECT_EQ(media.kind, Kind::Media);
  EXPECT_EQ(media.audio, (std::vector<std::uint8_t>{0x7F, 0xFF, 0x00}));
  const auto mark = read(R"({"mark":{"name":"m 1"},"event":"mark","streamSid":"$"})");
  EXPECT_EQ(mark.kind, Kind::Mark);
  EXPECT_EQ(mark.text, "m 1");
  EXPECT_EQ(read(R"({"event":"clear","streamSid":"$"})").kind, Kind::Clear);
}

TEST(MediaMessage, EverythingElseIsRefusedWithASentence) {
  const std::vector<std::string> wrong{
      "",
      "[]",
      "not json",
      R"("media")",
      R"({"event":"media"})",
      R"({"streamSid":"$"})",
      R"({"event":"clear","streamSid":"MZ2"})",
      R"({"event":"clear","streamSid":"$","extra":1})",
      R"({"event":"stop","streamSid":"$"})",
      R"({"event":"media","streamSid":"$"})",
      R"({"event":"media","streamSid":"$","media":"f/8A"})",
      R"({"event":"media","streamSid":"$","media":{}})",
      R"({"event":"media","streamSid":"$","media":{"payload":7}})",
      R"({"event":"media","streamSid":"$","media":{"payload":""}})",
      R"({"event":"media","streamSid":"$","media":{"payload":"f/8"}})",
      R"({"event":"media","streamSid":"$","media":{"payload":"f_8A"}})",
      R"({"event":"media","streamSid":"$","media":{"payload":"f/8A","track":"outbound"}})",
      R"({"event":"media","streamSid":"$","media":{"payload":"f/8A"},"sequenceNumber":"1"})",
      R"({"event":"media","streamSid":"$","media":{"payload":"UklGRiQAAAA="}})",
      R"({"event":"mark","streamSid":"$","mark":{"name":""}})",
      R"({"event":"mark","streamSid":"$","mark":{"label":"x"}})",
      R"({"event":"mark","streamSid":"$","mark":{"name":"x"},"media":{"payload":"f/8A"}})",
      R"({"event":"clear","streamSid":"$"} {})"};
  for (const auto& text : wrong) {
    const auto message = read(text);
    EXPECT_EQ(message.kind, Kind::Wrong) << text;
    EXPECT_FALSE(message.text.empty()) << text;
  }
}

TEST(MediaMessage, FramesCarryTheirCountersAsStrings) {
  const std::vector<std::uint8_t> frame(160, 0xFF);
  std::string text = "old";
  write_media(text, kSid, 7, 6, 157, frame);

  const auto json = Json::parse(text);
  EXPECT_EQ(json["sequenceNumber"], "7");
  EXPECT_EQ(json["media"]["chunk"], "6");
  EXPECT_EQ(json["media"]["timestamp"], "157");
  EXPECT_EQ(json["media"]["track"], "inbound");
  EXPECT_EQ(crypto::base64_decode(json["media"]["payload"].get<std::string>()).value(), std::string(160, '\xFF'));
}

}  // namespace
}  // namespace otto::sandbox
