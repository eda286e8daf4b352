#include "otto/crypto/rsa.hpp"

#include <limits>
#include <memory>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <stdexcept>

namespace otto::crypto {
namespace {

constexpr int kBits = 2048;

struct Free {
  void operator()(BIO* bio) const noexcept { BIO_free(bio); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
  void operator()(EVP_MD_CTX* context) const noexcept { EVP_MD_CTX_free(context); }
};
using Bio = std::unique_ptr<BIO, Free>;
using Key = std::unique_ptr<EVP_PKEY, Free>;
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

const unsigned char* as_bytes(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

/// Without it OpenSSL would ask on the terminal for the passphrase of an encrypted key.
int no_passphrase(char*, int, int, void*) { return 0; }

Bio open(std::string_view pem) {
  if (pem.size() > static_cast<std::size_t>(std::numeric_limits<int>::max())) return nullptr;
  return Bio{BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()))};
}

std::string text_of(const Bio& bio) {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &bytes);
  return {bytes, static_cast<std::size_t>(size)};
}

void require(bool ok, const char* what) {
  if (!ok) throw std::runtime_error{std::string{"OpenSSL failed: "} + what};
}

}  // namespace

Result<std::string> sign_rs256(std::string_view private_key, std::string_view data) {
  const Bio bio = open(private_key);
  const Key key{bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr};
  ERR_clear_error();
  if (!key) return Error{Errc::Config, "The private key is not an unencrypted PEM key."};
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA || EVP_PKEY_get_bits(key.get()) < kBits)
    return Error{Errc::Config, "The private key is not an RSA key of at least 2048 bits."};
  const Context context{EVP_MD_CTX_new()};
  std::size_t size = 0;
  require(context && EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1, "sign");
  require(EVP_DigestSign(context.get(), nullptr, &size, as_bytes(data), data.size()) == 1, "sign");
  std::string signature(size, '\0');
  require(EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, as_bytes(data),
                         data.size()) == 1,
          "sign");
  signature.resize(size);
  return signature;
}

bool verify_rs256(std::string_view public_key, std::string_view data, std::string_view signature) {
  const Bio bio = open(public_key);
  const Key key{bio ? PEM_read_bio_PUBKEY(bio.get(), nullptr, no_passphrase, nullptr) : nullptr};
  const Context context{EVP_MD_CTX_new()};
  const bool right =
      key && context && EVP_PKEY_get_base_id(key.get()) == EVP_PKEY_RSA &&
      EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) == 1 &&
      EVP_DigestVerify(context.get(), as_bytes(signature), signature.size(), as_bytes(data), data.size()) == 1;
  ERR_clear_error();
  return right;
}

RsaKeyPair make_rsa_key() {
  const Key key{EVP_RSA_gen(kBits)};
  const Bio secret{BIO_new(BIO_s_mem())}, open{BIO_new(BIO_s_mem())};
  require(key && secret && open, "EVP_RSA_gen");
  require(PEM_write_bio_PKCS8PrivateKey(secret.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "PEM");
  require(PEM_write_bio_PUBKEY(open.get(), key.get()) == 1, "PEM");
  return {text_of(secret), text_of(open)};
}

}  // namespace otto::crypto
