// Whether a webhook is signed as the scheme wants it (Standard Webhooks): by its text and OpenSSL alone, nothing of
// Otto's.
#pragma once

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string>

#include "otto/net/message.hpp"

namespace otto::system_test {

/// `secret`: what follows "whsec_"; base64 with one "=" at its end.
inline bool is_signed(const net::Request& request, const std::string& secret) {
  std::string key(secret.size(), '\0');
  const int size =
      EVP_DecodeBlock(reinterpret_cast<unsigned char*>(key.data()),
                      reinterpret_cast<const unsigned char*>(secret.data()), static_cast<int>(secret.size()));
  const std::string content = std::string{request.headers.get("webhook-id")} + "." +
                              std::string{request.headers.get("webhook-timestamp")} + "." + request.body;
  unsigned char mac[EVP_MAX_MD_SIZE], text[2 * EVP_MAX_MD_SIZE];
  unsigned length = 0;
  HMAC(EVP_sha256(), key.data(), size - 1, reinterpret_cast<const unsigned char*>(content.data()), content.size(), mac,
       &length);  // one "=": the last of the decoded bytes is none
  EVP_EncodeBlock(text, mac, static_cast<int>(length));
  return request.headers.get("webhook-signature") == "v1," + std::string{reinterpret_cast<char*>(text)};
}

}  // namespace otto::system_test
