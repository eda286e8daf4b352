#include "otto/crypto/rsa.hpp"

#include <gtest/gtest.h>

namespace otto::crypto {
namespace {

const RsaKeyPair& key() {
  static const RsaKeyPair pair = make_rsa_key();
  return pair;
}

TEST(Rs256, WhatTheKeySignsItsPublicHalfVerifies) {
  const auto signature = sign_rs256(key().private_key, "header.claims");

  ASSERT_TRUE(signature) << signature.error().detail;
  EXPECT_EQ(signature->size(), 256u);
  EXPECT_TRUE(verify_rs256(key().public_key, "header.claims", *signature));
}

TEST(Rs256, AnotherTextAnotherKeyOrABitOfTheSignatureIsRefused) {
  std::string signature = sign_rs256(key().private_key, "header.claims").value();

  EXPECT_FALSE(verify_rs256(key().public_key, "header.claimz", signature));
  EXPECT_FALSE(verify_rs256(make_rsa_key().public_key, "header.claims", signature));
  EXPECT_FALSE(verify_rs256("no key", "header.claims", signature));
  signature[17] = static_cast<char>(signature[17] ^ 1);
  EXPECT_FALSE(verify_rs256(key().public_key, "header.claims", signature));
  EXPECT_FALSE(verify_rs256(key().public_key, "header.claims", ""));
}

TEST(Rs256, WhatIsNoRsaKeyIsRefusedWithASentence) {
  constexpr const char* kElliptic =
      "-----BEGIN PRIVATE KEY-----\n"
      "MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgevZzL1gdAFr88hb2\n"
      "OF/2NxApJCzGCEDdfSp6VQO30hyhRANCAAQRWz+jn65BtOMvdyHKcvjBeBSDZH2r\n"
      "1RTwjmYSi9R/zpBnuQ4EiMnCqfMPWiZqB4QdbAd0E7oH50VpuZ1P087G\n"
      "-----END PRIVATE KEY-----\n";

  EXPECT_EQ(sign_rs256("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", "x").error().code,
            Errc::Config);
  EXPECT_EQ(sign_rs256("", "x").error().code, Errc::Config);
  EXPECT_EQ(sign_rs256(kElliptic, "x").error().detail, "The private key is not an RSA key of at least 2048 bits.");
}

}  // namespace
}  // namespace otto::crypto
