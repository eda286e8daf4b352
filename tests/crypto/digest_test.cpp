#include "otto/crypto/digest.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <set>

namespace otto::crypto {
namespace {

std::span<const std::uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

TEST(Digest, MatchesTheStandardsExamples) {
  EXPECT_EQ(sha256_hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256("abc").size(), 32u);
  EXPECT_EQ(to_hex(std::string_view{"\x00\x7f\xff", 3}), "007fff");
}

// RFC 2202 for SHA-1, RFC 4231 for SHA-256.
TEST(Mac, MatchesTheRfcVectors) {
  const std::string key(20, '\x0b');
  EXPECT_EQ(to_hex(hmac_sha1(key, "Hi There")), "b617318655057264e28bc0b6fb378c8ef146be00");
  EXPECT_EQ(to_hex(hmac_sha1("Jefe", "what do ya want for nothing?")), "effcdf6ae5eb2fa2d27416d5f184df9c259a7c79");
  EXPECT_EQ(to_hex(hmac_sha256(key, "Hi There")), "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  const std::string long_key(131, '\xaa');
  EXPECT_EQ(to_hex(hmac_sha256(long_key, "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

TEST(Mac, AnEmptyKeyIsAKeyOfItsOwn) {
  EXPECT_EQ(to_hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
  EXPECT_NE(hmac_sha256("other", ""), hmac_sha256("", ""));
  EXPECT_EQ(to_hex(hmac_sha256("", "")), "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

TEST(Mac, ReproducesTheCarriersRecordedSignatures) {
  std::ifstream file{OTTO_SOURCE_DIR "/tests/data/twilio-signature-vectors.json"};
  const auto vectors = nlohmann::json::parse(file);
  std::size_t checked = 0;
  for (const auto& vector : vectors) {
    if (!vector.contains("params") || !vector["params"].is_object()) continue;
    std::string signed_text = vector["url"];
    bool plain = true;                                            // repeated fields are the signature room's business
    for (const auto& [name, value] : vector["params"].items()) {  // nlohmann keeps keys sorted
      plain = plain && value.is_string();
      if (plain) signed_text += name + value.get<std::string>();
    }
    if (!plain) continue;
    EXPECT_EQ(base64_encode(hmac_sha1(vector["auth_token"].get<std::string>(), signed_text)),
              vector["signature"].get<std::string>())
        << vector["name"];
    ++checked;
  }
  EXPECT_GE(checked, 3u);
}

TEST(ConstantTime, ComparesByContentAndLength) {
  EXPECT_TRUE(equal_constant_time("", ""));
  EXPECT_TRUE(equal_constant_time("same", "same"));
  EXPECT_FALSE(equal_constant_time("same", "sama"));
  EXPECT_FALSE(equal_constant_time("same", "same "));
}

TEST(Random, DoesNotRepeat) {
  std::set<std::string> seen;
  for (int i = 0; i < 1000; ++i) seen.insert(random_bytes(16));
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_TRUE(random_bytes(0).empty());
}

TEST(Base64, MatchesTheRfcVectors) {
  const std::pair<const char*, const char*> vectors[] = {{"", ""},
                                                         {"f", "Zg=="},
                                                         {"fo", "Zm8="},
                                                         {"foo", "Zm9v"},
                                                         {"foob", "Zm9vYg=="},
                                                         {"fooba", "Zm9vYmE="},
                                                         {"foobar", "Zm9vYmFy"}};
  for (const auto& [plain, coded] : vectors) {
    EXPECT_EQ(base64_encode(plain), coded);
    EXPECT_EQ(base64_decode(coded).value(), plain);
    std::vector<std::uint8_t> out{1, 2, 3};
    ASSERT_TRUE(base64_decode_into(coded, out));
    EXPECT_EQ(std::string(out.begin(), out.end()), plain);
  }
  EXPECT_EQ(base64url_encode("\xfb\xff\xfe\xfb"), "-__--w");
}

TEST(Base64, EveryLengthAndByteSurvivesTheRoundTrip) {
  std::string data;
  for (int length = 0; length < 600; ++length) {
    EXPECT_EQ(base64_decode(base64_encode(data)).value(), data);
    EXPECT_EQ(base64url_decode(base64url_encode(data)).value(), data);
    data += static_cast<char>(length * 151 + 7);
  }
}

// The standard alphabet goes by wide registers where there are any, the other one never does.
TEST(Base64, IsTheSameByEitherWay) {
  std::uint32_t state = 1;
  std::string data;
  for (int length = 0; length < 400; ++length) {
    std::string expected = base64url_encode(data);
    std::ranges::replace(expected, '-', '+');
    std::ranges::replace(expected, '_', '/');
    expected.append((4 - expected.size() % 4) % 4, '=');
    EXPECT_EQ(base64_encode(data), expected);
    std::vector<std::uint8_t> out(static_cast<std::size_t>(length % 7) * 100, 1);
    ASSERT_TRUE(base64_decode_into(expected, out));
    EXPECT_EQ(std::string(out.begin(), out.end()), data);
    state = state * 1664525 + 1013904223;
    data += static_cast<char>(state >> 24);
  }
}

TEST(Base64, OneWrongCharacterAnywhereIsRefused) {
  const std::string text = base64_encode(std::string(180, '\x5A'));
  std::vector<std::uint8_t> out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    for (int code = 0; code < 256; ++code) {
      std::string changed = text;
      changed[at] = static_cast<char>(code);
      const bool is_digit = std::isalnum(code) != 0 || code == '+' || code == '/';
      ASSERT_EQ(base64_decode_into(changed, out), is_digit) << code << " at " << at;
      EXPECT_EQ(out.empty(), !is_digit);
    }
  }
}

TEST(Base64, AppendsBehindWhatIsThere) {
  std::string out = "{\"payload\":\"";
  base64_append(out, bytes_of("fo"));
  EXPECT_EQ(out, "{\"payload\":\"Zm8=");
}

// Every text of four characters over a small alphabet either decodes and encodes back to itself, or is refused.
TEST(Base64, HasOneSpellingForEachValue) {
  constexpr std::string_view kAlphabet = "Aa9+/=-_ \n.Qgw";
  std::size_t accepted = 0;
  for (const char a : kAlphabet) {
    for (const char b : kAlphabet) {
      for (const char c : kAlphabet) {
        for (const char d : kAlphabet) {
          const std::string text{a, b, c, d};
          const auto decoded = base64_decode(text);
          std::vector<std::uint8_t> into;
          EXPECT_EQ(base64_decode_into(text, into), decoded.has_value());
          if (!decoded) continue;
          EXPECT_EQ(base64_encode(*decoded), text);
          ++accepted;
        }
      }
    }
  }
  EXPECT_GT(accepted, 4000u);
}

TEST(Base64, RefusesWhatIsNotWhole) {
  for (const char* bad :
       {"Z", "Zg", "Zg=", "Zg===", "Zm8", "Z===", "====", "Zm9v\n", " Zm9v", "Zm9vZ", "Zh==", "Zm9="}) {
    EXPECT_EQ(base64_decode(bad).error().code, Errc::Malformed) << bad;
  }
  for (const char* bad : {"Z", "Zg==", "Zh", "Zm9vY", "a+b/"}) EXPECT_FALSE(base64url_decode(bad)) << bad;
}

}  // namespace
}  // namespace otto::crypto
