// RSASSA-PKCS1-v1_5 with SHA-256 (JOSE's RS256), from OpenSSL: signing for service accounts, verification and key
// making for whoever plays their other side.
#pragma once

#include <string>
#include <string_view>

#include "otto/base/error.hpp"

namespace otto::crypto {

/// `private_key`: PEM, PKCS#8 or PKCS#1, unencrypted. Config when it is not an RSA key of at least 2048 bits.
Result<std::string> sign_rs256(std::string_view private_key, std::string_view data);
/// `public_key`: PEM (SubjectPublicKeyInfo). False for any signature that is not exactly right.
bool verify_rs256(std::string_view public_key, std::string_view data, std::string_view signature);

struct RsaKeyPair {
  std::string private_key, public_key;  ///< PEM: PKCS#8 and SubjectPublicKeyInfo
};
/// 2048 bits; takes about a tenth of a second.
RsaKeyPair make_rsa_key();

}  // namespace otto::crypto
