#include "otto/twilio/media_messages.hpp"

#include <gtest/gtest.h>
#include <random>

#include "otto/base/json.hpp"
#include "otto/crypto/digest.hpp"

#include "src/twilio/frame_scan.hpp"

namespace otto::twilio {
namespace {

/// Keeps the text with its padding, as the WebSocket's buffer does.
class Wire {
 public:
  Result<MediaMessage> parse(std::string text) {
    text_ = std::move(text);
    const auto size = text_.size();
    text_.resize(size + 64);
    return parse_media(std::string_view{text_}.substr(0, size), text_.size());
  }

 private:
  std::string text_;
};

constexpr std::string_view kStart =
    R"({"event":"start","sequenceNumber":"1","start":{"accountSid":"AC1","streamSid":"MZ1","callSid":"CA1",)"
    R"("tracks":["inbound"],"mediaFormat":{"encoding":"audio/x-mulaw","sampleRate":8000,"channels":1},)"
    R"("customParameters":{"token":"a\"b","customerName":"Jos\u00e9 \ud83d\ude42","empty":""}},"streamSid":"MZ1"})";
constexpr std::string_view kMedia =
    R"({"event":"media","sequenceNumber":"2","media":{"track":"inbound","chunk":"1","timestamp":"57",)"
    R"("payload":"/n5+fg=="},"streamSid":"MZ1"})";

TEST(MediaMessages, ReadsTheStartWithItsParameters) {
  Wire wire;
  const auto message = wire.parse(std::string{kStart});

  ASSERT_TRUE(message);
  EXPECT_EQ(message->stream_sid, "MZ1");
  const auto& start = std::get<MediaStart>(message->event);
  EXPECT_EQ(start.stream_sid, "MZ1");
  EXPECT_EQ(start.account_sid, "AC1");
  EXPECT_EQ(start.call_sid, "CA1");
  EXPECT_EQ(start.encoding, "audio/x-mulaw");
  EXPECT_EQ(start.sample_rate, 8000);
  EXPECT_EQ(start.channels, 1);
  EXPECT_EQ(start.parameter("token"), "a\"b");
  EXPECT_EQ(start.parameter("customerName"), "José 🙂");
  EXPECT_EQ(start.parameter("empty"), "");
  EXPECT_EQ(start.parameter("none"), "");
  EXPECT_EQ(start.parameters.size(), 3u);
}

TEST(MediaMessages, ReadsAudio) {
  Wire wire;
  const auto message = wire.parse(std::string{kMedia});

  ASSERT_TRUE(message);
  const auto& frame = std::get<MediaFrame>(message->event);
  EXPECT_EQ(frame.payload, "/n5+fg==");
  EXPECT_EQ(frame.timestamp_ms, 57);
  EXPECT_TRUE(frame.inbound);
}

TEST(MediaMessages, TakesCountersAndFormatsAsNumbersOrStrings) {
  Wire wire;
  for (const auto* value : {"57", "\"57\""}) {
    const auto media = wire.parse(std::string{R"({"event":"media","media":{"payload":"","timestamp":)"} + value + "}}");
    ASSERT_TRUE(media);
    EXPECT_EQ(std::get<MediaFrame>(media->event).timestamp_ms, 57);
    const auto start =
        wire.parse(std::string{R"({"event":"start","start":{"mediaFormat":{"sampleRate":)"} + value + "}}}");
    ASSERT_TRUE(start);
    EXPECT_EQ(std::get<MediaStart>(start->event).sample_rate, 57);
  }
}

TEST(MediaMessages, ReadsFieldsInAnyOrderAndIgnoresUnknownOnes) {
  Wire wire;
  const auto media = wire.parse(
      R"({"x":{"event":"stop","deep":[1,{"a":null}]},"media":{"y":[],"payload":"AA==","track":"outbound"},"event":"media"})");
  ASSERT_TRUE(media);
  EXPECT_EQ(std::get<MediaFrame>(media->event).payload, "AA==");
  EXPECT_FALSE(std::get<MediaFrame>(media->event).inbound);

  const auto dtmf = wire.parse(R"({"dtmf":{"digit":"#","track":"inbound_track"},"streamSid":"MZ1","event":"dtmf"})");
  ASSERT_TRUE(dtmf);
  EXPECT_EQ(std::get<MediaDtmf>(dtmf->event).digit, '#');
}

TEST(MediaMessages, ReadsMarksStopsAndTheFirstMessage) {
  Wire wire;
  const auto mark = wire.parse(R"({"event":"mark","streamSid":"MZ1","mark":{"name":"m\u002d1"}})");
  ASSERT_TRUE(mark);
  EXPECT_EQ(std::get<MediaMark>(mark->event).name, "m-1");
  const auto stop = wire.parse(R"({"event":"stop","stop":{"accountSid":"AC1","callSid":"CA1"},"streamSid":"MZ1"})");
  ASSERT_TRUE(stop);
  EXPECT_TRUE(std::holds_alternative<MediaStop>(stop->event));
  const auto connected = wire.parse(R"({"event":"connected","protocol":"Call","version":"1.0.0"})");
  ASSERT_TRUE(connected);
  EXPECT_TRUE(std::holds_alternative<MediaConnected>(connected->event));
  const auto unknown = wire.parse(R"({"event":"weather","streamSid":"MZ1","weather":{"rain":true}})");
  ASSERT_TRUE(unknown);
  EXPECT_TRUE(std::holds_alternative<MediaUnknown>(unknown->event));
}

TEST(MediaMessages, RefusesWhatIsNoMessage) {
  Wire wire;
  for (const std::string& text : {
           std::string{""},
           std::string{"x"},
           std::string{"[]"},
           std::string{"null"},
           std::string{"{}"},
           std::string{R"({"event":5})"},
           std::string{R"({"event":"media"})"},
           std::string{R"({"event":"media","media":{}})"},
           std::string{R"({"event":"media","media":"x"})"},
           std::string{R"({"event":"media","media":{"payload":7}})"},
           std::string{R"({"event":"media","media":{"payload":"","timestamp":"x"}})"},
           std::string{R"({"event":"media","media":{"payload":"","timestamp":true}})"},
           std::string{R"({"event":"dtmf","dtmf":{"digit":"12"}})"},
           std::string{R"({"event":"dtmf","dtmf":{"digit":"x"}})"},
           std::string{R"({"event":"dtmf"})"},
           std::string{R"({"event":"start","start":[]})"},
           std::string{R"({"event":"start","start":{"customParameters":{"a":1}}})"},
           std::string{R"({"event":"mark","mark":{"name":"a\qb"}})"},
           std::string{kMedia} + "x",
           std::string{kMedia} + std::string{kMedia},
       }) {
    const auto message = wire.parse(text);
    ASSERT_FALSE(message) << text;
    EXPECT_EQ(message.error().code, Errc::Malformed);
  }
}

TEST(MediaMessages, EveryPrefixOfAMessageIsRefused) {
  Wire wire;
  for (const auto& whole : {kStart, kMedia}) {
    for (std::size_t length = 0; length < whole.size(); ++length)
      EXPECT_FALSE(wire.parse(std::string{whole.substr(0, length)})) << whole.substr(0, length);
  }
}

TEST(MediaMessages, NoRandomDamageBreaksTheParser) {
  Wire wire;
  std::mt19937 random{7};
  int refused = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string text{i % 2 == 0 ? kStart : kMedia};
    for (int changes = 0; changes < 3; ++changes) text[random() % text.size()] = static_cast<char>(random());
    if (!wire.parse(text)) ++refused;
    ASSERT_TRUE(wire.parse(std::string{kMedia})) << "damaged by " << text;
  }
  EXPECT_GT(refused, 1000);
}

// A space makes a message one for the parser.
TEST(MediaMessages, WhatIsScannedIsWhatTheParserReads) {
  Wire wire;
  std::mt19937 random{11};
  int scanned = 0, compared = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string text{kMedia};
    for (unsigned changes = random() % 3; changes > 0; --changes) {
      const auto at = random() % text.size();
      if (random() % 2 == 0) {
        text[at] = text[random() % text.size()];
      } else {
        text.erase(at, 1 + random() % 12);
      }
    }
    const auto message = scan_frame(text);
    if (!message) continue;
    ++scanned;
    const auto parsed = wire.parse("{ " + text.substr(1));
    if (!parsed) continue;  // it is stricter about control characters
    ++compared;
    const auto& frame = std::get<MediaFrame>(message->event);
    ASSERT_TRUE(std::holds_alternative<MediaFrame>(parsed->event)) << text;
    const auto& expected = std::get<MediaFrame>(parsed->event);
    EXPECT_EQ(message->stream_sid, parsed->stream_sid) << text;
    EXPECT_EQ(frame.payload, expected.payload) << text;
    EXPECT_EQ(frame.timestamp_ms, expected.timestamp_ms) << text;
    EXPECT_EQ(frame.inbound, expected.inbound) << text;
  }
  EXPECT_GT(scanned, 20'000);
  EXPECT_EQ(scanned, compared);
}

TEST(MediaMessages, WritesExactlyTheAllowedFields) {
  std::vector<std::uint8_t> ulaw(160);
  for (std::size_t i = 0; i < ulaw.size(); ++i) ulaw[i] = static_cast<std::uint8_t>(i);
  std::string media;
  std::string mark;
  std::string clear;
  append_media(media, "MZ1", ulaw);
  append_mark(mark, "MZ1", "m-1");
  append_clear(clear, "MZ1");

  const std::string raw{ulaw.begin(), ulaw.end()};
  EXPECT_EQ(media,
            R"({"event":"media","streamSid":"MZ1","media":{"payload":")" + crypto::base64_encode(raw) + R"("}})");
  EXPECT_EQ(mark, R"({"event":"mark","streamSid":"MZ1","mark":{"name":"m-1"}})");
  EXPECT_EQ(clear, R"({"event":"clear","streamSid":"MZ1"})");
}

TEST(MediaMessages, EveryNameSurvivesTheWire) {
  Wire wire;
  for (int byte = 1; byte < 128; ++byte) {
    const std::string name = std::string{"a"} + static_cast<char>(byte) + "z";
    std::string text;
    append_mark(text, "MZ\"1", name);
    EXPECT_EQ(Json::parse(text).at("mark").at("name"), name);
    const auto back = wire.parse(text);
    ASSERT_TRUE(back) << text;
    EXPECT_EQ(std::get<MediaMark>(back->event).name, name);
    EXPECT_EQ(back->stream_sid, "MZ\"1");
  }
}

}  // namespace
}  // namespace otto::twilio
