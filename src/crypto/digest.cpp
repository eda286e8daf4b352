#include "otto/crypto/digest.hpp"

#include <limits>
#include <memory>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/rand.h>

#include "crypto/openssl.hpp"

namespace otto::crypto {
namespace {

struct FreeContext {
  void operator()(EVP_MAC_CTX* context) const noexcept { EVP_MAC_CTX_free(context); }
};

EVP_MAC* hmac_algorithm() {
  static EVP_MAC* const algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);  // fetching costs more than the MAC
  require(algorithm != nullptr, "EVP_MAC_fetch");
  return algorithm;
}

std::string hmac(const char* digest, std::size_t size, std::string_view key, std::string_view data) {
  const std::unique_ptr<EVP_MAC_CTX, FreeContext> context{EVP_MAC_CTX_new(hmac_algorithm())};
  require(context != nullptr, "EVP_MAC_CTX_new");
  std::string name{digest};
  const OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
                                   OSSL_PARAM_construct_end()};
  static constexpr unsigned char kNoKey = 0;  // a null key means "keep the last one" to EVP_MAC_init
  const unsigned char* key_bytes = key.empty() ? &kNoKey : as_bytes(key);
  std::string out(size, '\0');
  std::size_t written = 0;
  require(EVP_MAC_init(context.get(), key_bytes, key.size(), parameters) == 1, "EVP_MAC_init");
  require(EVP_MAC_update(context.get(), as_bytes(data), data.size()) == 1, "EVP_MAC_update");
  require(EVP_MAC_final(context.get(), as_bytes(out), &written, out.size()) == 1 && written == size, "EVP_MAC_final");
  return out;
}

std::string digest(const EVP_MD* algorithm, std::size_t size, std::string_view data) {
  std::string out(size, '\0');
  require(EVP_Digest(data.data(), data.size(), as_bytes(out), nullptr, algorithm, nullptr) == 1, "EVP_Digest");
  return out;
}

}  // namespace

std::string sha1(std::string_view data) { return digest(EVP_sha1(), 20, data); }
std::string sha256(std::string_view data) { return digest(EVP_sha256(), 32, data); }

std::string sha256_hex(std::string_view data) { return to_hex(sha256(data)); }

std::string hmac_sha1(std::string_view key, std::string_view data) { return hmac("SHA1", 20, key, data); }
std::string hmac_sha256(std::string_view key, std::string_view data) { return hmac("SHA256", 32, key, data); }

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  out.reserve(bytes.size() * 2);
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    out += kDigits[byte >> 4];
    out += kDigits[byte & 0x0F];
  }
  return out;
}

bool equal_constant_time(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

std::string random_bytes(std::size_t count) {
  std::string out(count, '\0');
  require(count <= static_cast<std::size_t>(std::numeric_limits<int>::max()), "too many random bytes");
  require(RAND_bytes(as_bytes(out), static_cast<int>(count)) == 1, "RAND_bytes");
  return out;
}

}  // namespace otto::crypto
