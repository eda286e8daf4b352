#include "otto/crypto/totp.hpp"

#include <array>
#include <gtest/gtest.h>

#include "otto/crypto/digest.hpp"

namespace otto::crypto {
namespace {

constexpr std::string_view kSecret = "12345678901234567890";  // of both RFCs

TimePoint at(std::int64_t unix_seconds) { return TimePoint{} + seconds{unix_seconds}; }

TEST(Totp, CountsAsRfc4226Does) {
  constexpr std::array<std::string_view, 10> kCodes{"755224", "287082", "359152", "969429", "338314",
                                                    "254676", "287922", "162583", "399871", "520489"};
  for (std::size_t i = 0; i < kCodes.size(); ++i) EXPECT_EQ(hotp(kSecret, i), kCodes[i]) << i;
}

TEST(Totp, HasTheCodesOfRfc6238) {
  struct Vector {
    std::int64_t time;
    std::string_view code;
  };
  for (const Vector& vector :
       {Vector{59, "94287082"}, Vector{1'111'111'109, "07081804"}, Vector{1'111'111'111, "14050471"},
        Vector{1'234'567'890, "89005924"}, Vector{2'000'000'000, "69279037"}, Vector{20'000'000'000, "65353130"}}) {
    EXPECT_EQ(hotp(kSecret, static_cast<std::uint64_t>(vector.time / 30), 8), vector.code);
    if (vector.time < 9'000'000'000)  // TimePoint's nanoseconds end in 2262
      EXPECT_EQ(totp_step_of(kSecret, vector.code.substr(2), at(vector.time)), vector.time / 30);
  }
}

TEST(Totp, TakesTheStepBeforeAndTheOneBehindAndNoOther) {
  const std::int64_t now = 1'800'000'015;
  for (std::int64_t off = -4; off <= 4; ++off) {
    const auto code = hotp(kSecret, static_cast<std::uint64_t>(now / 30 + off));
    const auto step = totp_step_of(kSecret, code, at(now));
    EXPECT_EQ(step.has_value(), off >= -1 && off <= 1) << off;
    if (step) EXPECT_EQ(*step, now / 30 + off);
  }
}

TEST(Totp, TakesACodeAsAppsShowItAndNothingElse) {
  const auto code = hotp(kSecret, 60'000'000);
  const auto now = at(1'800'000'000);

  EXPECT_TRUE(totp_step_of(kSecret, code.substr(0, 3) + " " + code.substr(3), now));
  for (const std::string& wrong : {std::string{}, code.substr(1), code + "0", "0" + code, std::string{"      "}})
    EXPECT_FALSE(totp_step_of(kSecret, wrong, now)) << wrong;
  EXPECT_FALSE(totp_step_of("another secret", code, now));
}

TEST(Totp, Base32IsRfc4648s) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kPairs{{{"", ""},
                                                                                 {"f", "MY"},
                                                                                 {"fo", "MZXQ"},
                                                                                 {"foo", "MZXW6"},
                                                                                 {"foob", "MZXW6YQ"},
                                                                                 {"fooba", "MZXW6YTB"},
                                                                                 {"foobar", "MZXW6YTBOI"}}};
  for (const auto& [bytes, text] : kPairs) {
    EXPECT_EQ(base32_encode(bytes), text);
    EXPECT_EQ(base32_decode(text).value(), bytes);
  }
  EXPECT_EQ(base32_decode("MZXW6YQ=").value(), "foob");
  for (const char* bad : {"M1", "mzxw", "MZ XW", "M-"}) EXPECT_FALSE(base32_decode(bad)) << bad;
  const auto secret = random_bytes(kTotpSecret);
  EXPECT_EQ(base32_decode(base32_encode(secret)).value(), secret);
}

TEST(Totp, TheUrlForAppsIsEscaped) {
  EXPECT_EQ(otpauth_url("MZXW6YTBOI", "Otto", "operate@calls.example.com"),
            "otpauth://totp/Otto:operate%40calls.example.com?secret=MZXW6YTBOI&issuer=Otto&algorithm=SHA1&digits=6&"
            "period=30");
}

}  // namespace
}  // namespace otto::crypto
