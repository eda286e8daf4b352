#include "otto/crypto/stretch.hpp"

#include <gtest/gtest.h>

#include "otto/crypto/digest.hpp"

namespace otto::crypto {
namespace {

constexpr StretchCost kLeastCost{14, 8, 1};

/// RFC 7914, 12: the first 32 of their 64 bytes, since scrypt's output is PBKDF2's, whose blocks are 32 bytes.
TEST(Stretch, IsRfc7914sScrypt) {
  EXPECT_EQ(to_hex(scrypt("", "", {4, 1, 1})), "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442");
  EXPECT_EQ(to_hex(scrypt("password", "NaCl", {10, 8, 16})),
            "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162");
  EXPECT_EQ(to_hex(scrypt("pleaseletmein", "SodiumChloride", {14, 8, 1})),
            "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(Stretch, ComesBackFromItsTextAsItWas) {
  const auto made = stretch("a password", random_bytes(16), kLeastCost);
  const auto text = format_stretched(made);
  const auto read = parse_stretched(text);

  ASSERT_TRUE(read) << read.error().detail;
  EXPECT_EQ(read->salt, made.salt);
  EXPECT_EQ(read->hash, made.hash);
  EXPECT_EQ(read->cost.log_n, 14U);
  EXPECT_EQ(read->cost.p, 1U);
  EXPECT_EQ(text.find_first_of("$#'\"\\ `!&;"), std::string::npos) << text;
  EXPECT_NE(format_stretched(stretch("a password", random_bytes(16), kLeastCost)), text) << "each has its own salt";
}

TEST(Stretch, ATextThatIsNotWholeOrCostsTooLittleOrTooMuchIsRefused) {
  const auto text = format_stretched(stretch("a password", std::string(16, 's'), kLeastCost));
  const auto with = [&](std::string_view cost) {
    return "scrypt:" + std::string{cost} + text.substr(text.find(':', 7));
  };
  EXPECT_TRUE(parse_stretched(with("ln=15,r=8,p=3")));
  for (const char* cost :
       {"ln=13,r=8,p=1", "ln=18,r=8,p=1", "ln=14,r=16,p=1", "ln=14,r=8,p=0", "ln=14,r=8,p=17", "ln=14,r=8",
        "ln=14,r=8,p=1,x=1", "ln=,r=8,p=1", "r=8,ln=14,p=1", "", "ln=99999999999,r=8,p=1"})
    EXPECT_FALSE(parse_stretched(with(cost))) << cost;
  for (std::size_t cut = 0; cut < text.size(); ++cut) EXPECT_FALSE(parse_stretched(text.substr(0, cut))) << cut;
  EXPECT_FALSE(parse_stretched(text + ":"));
  EXPECT_FALSE(parse_stretched(text + "A"));
}

}  // namespace
}  // namespace otto::crypto
