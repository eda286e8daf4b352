#include "otto/sandbox/uplink_check.hpp"

#include <gtest/gtest.h>

#include "otto/sandbox/clips.hpp"

namespace otto::sandbox {
namespace {

constexpr AudioFormat kUlaw{AudioEncoding::Ulaw, 8000};
constexpr AudioFormat kPcm{AudioEncoding::Pcm16, 16'000};

using Bytes = std::vector<std::uint8_t>;
using Strings = std::vector<std::string>;

/// Feeds `audio` in chunks of `chunk` bytes, one every `every_ms`; all sentences that come.
Strings feed(AudioFormat format, const Bytes& audio, std::size_t chunk, int every_ms) {
  UplinkCheck check{format};
  Strings all;
  std::int64_t now = 0;
  for (std::size_t at = 0; at < audio.size(); at += chunk, now += every_ms) {
    const auto wrong = check.feed(std::span{audio}.subspan(at, std::min(chunk, audio.size() - at)), now);
    all.insert(all.end(), wrong.begin(), wrong.end());
    while (!check.next_frame().empty()) {
    }
  }
  return all;
}

Pcm voice(int seconds) {
  static const auto kAgent = load_clips(OTTO_SOURCE_DIR "/tests/data").value().agent;
  Pcm out;
  while (out.size() < static_cast<std::size_t>(seconds) * 16'000) out.insert(out.end(), kAgent.begin(), kAgent.end());
  return out;
}

TEST(UplinkCheck, ContinuousAudioInTheRightFormatPasses) {
  EXPECT_EQ(feed(kUlaw, encode(voice(20), 16'000, kUlaw), 160, 20), Strings{});
  EXPECT_EQ(feed(kPcm, encode(voice(20), 16'000, kPcm), 640, 20), Strings{});
  EXPECT_EQ(feed(kPcm, encode(voice(20), 16'000, kPcm), 3200, 100), Strings{});
  EXPECT_EQ(feed(kUlaw, Bytes(160'000, 0xFF), 160, 20), Strings{}) << "silence is audio";
}

TEST(UplinkCheck, TheWrongAmountOfAudioIsSeen) {
  const auto slow = feed(kPcm, encode(voice(20), 16'000, kUlaw), 160, 20);
  ASSERT_FALSE(slow.empty());
  EXPECT_NE(slow[0].find("8000 bytes a second came; pcm_16000 has 32000"), std::string::npos) << slow[0];
  EXPECT_EQ(feed(kUlaw, encode(voice(20), 16'000, kPcm), 640, 20).size(), 1U);
  EXPECT_EQ(feed(kUlaw, encode(voice(20), 16'000, kUlaw), 160, 10).size(), 1U) << "faster than real time";
}

TEST(UplinkCheck, AudioKeptBackUntilTheStartMayComeAtOnce) {
  UplinkCheck check{kUlaw};
  EXPECT_TRUE(check.feed(Bytes(24'000, 0xFF), 0).empty()) << "three seconds";
  for (int ms = 20; ms < 20'000; ms += 20) EXPECT_TRUE(check.feed(Bytes(160, 0xFF), ms).empty()) << ms;
}

TEST(UplinkCheck, HolesAreSeenOnce) {
  UplinkCheck check{kUlaw};
  EXPECT_TRUE(check.feed(Bytes(160, 0xFF), 0).empty());
  EXPECT_TRUE(check.feed(Bytes(160, 0xFF), 900).empty());
  EXPECT_EQ(check.feed(Bytes(160, 0xFF), 2000).size(), 1U);
  EXPECT_TRUE(check.feed(Bytes(160, 0xFF), 4000).empty());
  EXPECT_EQ(check.max_gap_ms(), 2000);
}

TEST(UplinkCheck, AnotherCodingIsHeardAsNoise) {
  auto swapped = encode(voice(20), 16'000, kPcm);
  for (std::size_t i = 0; i + 1 < swapped.size(); i += 2) std::swap(swapped[i], swapped[i + 1]);
  const auto wrong = feed(kPcm, swapped, 640, 20);
  ASSERT_EQ(wrong.size(), 1U);
  EXPECT_NE(wrong[0].find("noise"), std::string::npos);
}

TEST(UplinkCheck, HeadersAndHalfSamplesAreSeen) {
  const auto header = feed(kPcm, Bytes{'R', 'I', 'F', 'F', 0, 0}, 6, 20);
  EXPECT_EQ(header, Strings{"the audio begins with a WAV header"});
  EXPECT_EQ(feed(kPcm, Bytes(641, 0), 641, 20).size(), 1U);
}

}  // namespace
}  // namespace otto::sandbox
