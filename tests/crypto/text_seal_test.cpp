#include "otto/crypto/text_seal.hpp"

#include <gtest/gtest.h>
#include <set>

#include "otto/crypto/digest.hpp"

namespace otto::crypto {
namespace {

const std::string kOld(32, 'o'), kNew(32, 'n');

TEST(TextSeal, GivesBackWhatItWasGivenAndShowsNothingOfIt) {
  const TextSeal seal{{kNew}};
  std::set<std::string> seen;
  for (const std::string text : {"x", "My card ends in 4242.", "Grüße, 你好", "sealed:v1:", "two\nlines"}) {
    for (int n = 0; n < 3; ++n) {
      const auto closed = seal.close(text);
      EXPECT_TRUE(closed.starts_with("sealed:v1:")) << closed;
      EXPECT_EQ(closed.find('\n'), std::string::npos);
      EXPECT_TRUE(text.size() < 3 || closed.find(text, 10) == std::string::npos) << closed;
      EXPECT_EQ(seal.open(closed), text);
      EXPECT_TRUE(seen.insert(closed).second) << "the same text twice the same";
    }
  }
  const std::string all = [] {
    std::string bytes;
    for (int c = 0; c < 256; ++c) bytes += static_cast<char>(c);
    return bytes;
  }();
  EXPECT_EQ(seal.open(seal.close(all)), all);
  EXPECT_EQ(seal.close(""), "");
}

TEST(TextSeal, OpensEverySealedTextAmongOthers) {
  const TextSeal seal{{kNew}};
  EXPECT_EQ(seal.open("Agent: " + seal.close("Hello?") + "\nCustomer: " + seal.close("Who is it") + "\nAgent: Otto."),
            "Agent: Hello?\nCustomer: Who is it\nAgent: Otto.");
  for (const char* plain :
       {"", "Hello", "sealed:v1:", "sealed:v1:abc", "sealed:v2:00000000:AAAA", "sealed:v1:00000000"})
    EXPECT_EQ(seal.open(plain), plain);
}

TEST(TextSeal, AnOldKeyOpensAndTheFirstSeals) {
  const TextSeal before{{kOld}}, both{{kNew, kOld}}, after{{kNew}};
  const auto old = before.close("words");
  EXPECT_EQ(both.open(old), "words");
  EXPECT_EQ(after.open(both.close("words")), "words");
  const auto lost = after.open("Agent: " + old);
  EXPECT_EQ(lost, "Agent: (encrypted with the key " + old.substr(10, 8) + ", which is not set)");
}

TEST(TextSeal, NoChangedByteIsTaken) {
  const TextSeal seal{{kNew, kOld}};
  const auto closed = seal.close("words");
  const std::size_t body = std::string_view{"sealed:v1:00000000:"}.size();
  auto bytes = base64url_decode(closed.substr(body)).value();
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto altered = bytes;
    altered[i] = static_cast<char>(altered[i] ^ 1);
    EXPECT_EQ(seal.open(closed.substr(0, body) + base64url_encode(altered)), "(encrypted, and altered since)") << i;
  }
  for (std::size_t size = 0; size < bytes.size(); ++size)
    EXPECT_EQ(seal.open(closed.substr(0, body) + base64url_encode(bytes.substr(0, size))),
              "(encrypted, and altered since)");
  const auto other = TextSeal{{kOld}}.close("words").substr(10, 8);
  EXPECT_EQ(seal.open("sealed:v1:" + other + closed.substr(18)), "(encrypted, and altered since)")
      << "another key's name";
}

TEST(TextSeal, WithoutAKeyEverythingPasses) {
  const TextSeal none;
  EXPECT_EQ(none.close("words"), "words");
  EXPECT_EQ(none.open("words"), "words");
  EXPECT_THROW(TextSeal{{"short"}}, std::invalid_argument);
}

}  // namespace
}  // namespace otto::crypto
