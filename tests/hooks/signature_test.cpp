#include "otto/hooks/signature.hpp"

#include <gtest/gtest.h>
#include <string>

namespace otto::hooks {
namespace {

// Expected values made with: openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary | base64

TEST(HookSignature, AgreesWithTheSchemesPublishedExample) {
  const auto key = signing_key("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");

  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(sign(*key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, R"({"test": 2432232314})"),
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST(HookSignature, ASecretWithoutThePrefixIsUsedAsItIs) {
  const auto key = signing_key("plain secret");

  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(*key, "plain secret");
  EXPECT_EQ(sign(*key, "hook-1", 1764000000, "{\"a\":\"é\"}"), "v1,jkuSE3JV0mIBM5chQfwU/k52RAHlEpozp1hwiqKL18Q=");
}

TEST(HookSignature, EveryPartOfTheContentCounts) {
  const std::string base = sign("k", "id", 100, "body");
  EXPECT_NE(sign("K", "id", 100, "body"), base);
  EXPECT_NE(sign("k", "ie", 100, "body"), base);
  EXPECT_NE(sign("k", "id", 101, "body"), base);
  EXPECT_NE(sign("k", "id", 100, "bodz"), base);
}

TEST(HookSignature, ABrokenSecretNamesItsSetting) {
  for (const std::string secret : {"", "whsec_", "whsec_not base64!", "whsec_abc"}) {
    const auto key = signing_key(secret);
    ASSERT_TRUE(key.has_error()) << secret;
    EXPECT_EQ(key.error().code, Errc::Config);
    EXPECT_NE(key.error().detail.find("OTTO_WEBHOOK_SECRET"), std::string::npos);
    EXPECT_EQ(key.error().detail.find("not base64!"), std::string::npos) << "a secret must not be repeated";
  }
}

TEST(HookSignature, TheDerivedSecretIsASecretOfTheSchemeAndDependsOnTheApiKey) {
  EXPECT_EQ(derived_secret("key-1"), "whsec_fMhvjJ8dwYTWxbwntHppH3VYjEf+zxMpGOjMHI2nxqk=");
  EXPECT_NE(derived_secret("key-1"), derived_secret("key-2"));
  const auto key = signing_key(derived_secret("key-1"));
  ASSERT_TRUE(key.has_value());
  EXPECT_EQ(key->size(), 32u);
}

}  // namespace
}  // namespace otto::hooks
