#include "otto/base/ids.hpp"

#include <gtest/gtest.h>
#include <regex>
#include <unordered_set>

#include "otto/base/audio_format.hpp"
#include "otto/base/clock.hpp"

namespace otto {
namespace {

TEST(Ids, CuidsHaveTheShapeThatOtherClientsOfTheTablesMake) {
  const std::regex shape{"c[a-z0-9]{24}"};
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(std::regex_match(make_cuid(), shape));
}

TEST(Ids, NoneIsMadeTwice) {
  std::unordered_set<std::string> seen;
  for (int i = 0; i < 20'000; ++i) {
    seen.insert(make_cuid());
    seen.insert(make_uuid_v7());
  }
  EXPECT_EQ(seen.size(), 40'000u);
}

TEST(Ids, UuidsAreOfVersionSevenAndCarryTheTime) {
  const auto before = std::chrono::floor<milliseconds>(SystemClock{}.now()).time_since_epoch().count();
  const std::string id = make_uuid_v7();
  const auto after = std::chrono::floor<milliseconds>(SystemClock{}.now()).time_since_epoch().count();

  EXPECT_TRUE(is_uuid(id));
  EXPECT_EQ(id[14], '7');
  EXPECT_NE(std::string_view{"89ab"}.find(id[19]), std::string_view::npos);
  const auto stamp = std::stoll(id.substr(0, 8) + id.substr(9, 4), nullptr, 16);
  EXPECT_GE(stamp, before);
  EXPECT_LE(stamp, after);
}

TEST(Ids, IsUuidRefusesOtherSpellings) {
  EXPECT_TRUE(is_uuid("01932c07-209f-7a5c-8f2e-0123456789ab"));
  for (const char* bad : {"", "01932C07-209f-7a5c-8f2e-0123456789ab", "01932c07209f7a5c8f2e0123456789ab",
                          "01932c07-209f-7a5c-8f2e-0123456789a", "01932c07-209f-7a5c-8f2e-0123456789ag",
                          "01932c07-209f-7a5c-8f2e0-123456789ab"}) {
    EXPECT_FALSE(is_uuid(bad)) << bad;
  }
}

TEST(Ids, DifferentKindsHashAndCompareByValue) {
  EXPECT_EQ(CampaignId{"x"}, CampaignId{"x"});
  EXPECT_LT(ContactId{1}, ContactId{2});
  EXPECT_EQ(std::hash<ContactId>{}(ContactId{7}), std::hash<ContactId>{}(ContactId{7}));
  EXPECT_TRUE(AttemptId{}.empty());
}

TEST(AudioFormats, AreReadBackFromTheirNames) {
  for (const int rate : {8000, 16000, 22050, 24000, 44100, 48000}) {
    const AudioFormat format{AudioEncoding::Pcm16, rate};
    EXPECT_EQ(to_string(format), "pcm_" + std::to_string(rate));
    EXPECT_EQ(parse_audio_format(to_string(format)), format);
  }
  EXPECT_EQ(parse_audio_format("ulaw_8000"), (AudioFormat{AudioEncoding::Ulaw, 8000}));
}

TEST(AudioFormats, OthersAreNotKnown) {
  for (const char* bad : {"", "ulaw_16000", "pcm_", "pcm_08000", "pcm_11025", "pcm_8000 ", "PCM_8000", "mp3_44100_128",
                          "pcm_99999999999"}) {
    EXPECT_EQ(parse_audio_format(bad), std::nullopt) << bad;
  }
}

}  // namespace
}  // namespace otto
