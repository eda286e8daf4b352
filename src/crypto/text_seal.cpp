#include "otto/crypto/text_seal.hpp"

#include <algorithm>
#include <memory>
#include <openssl/evp.h>
#include <optional>
#include <stdexcept>

#include "otto/crypto/digest.hpp"

#include "crypto/openssl.hpp"

namespace otto::crypto {

namespace {

constexpr std::string_view kPrefix = "sealed:v1:";
constexpr std::size_t kName = 8, kNonce = 12, kTag = 16;

struct FreeContext {
  void operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_CIPHER_CTX, FreeContext>;

/// The key's name is authenticated with the text.
Context begin(bool sealing, std::string_view key, std::string_view nonce, std::string_view name) {
  Context context{EVP_CIPHER_CTX_new()};
  require(context != nullptr, "EVP_CIPHER_CTX_new");
  require(EVP_CipherInit_ex(context.get(), EVP_aes_256_gcm(), nullptr, as_bytes(key), as_bytes(nonce),
                            sealing ? 1 : 0) == 1,
          "EVP_CipherInit_ex");
  int written = 0;
  require(EVP_CipherUpdate(context.get(), nullptr, &written, as_bytes(name), static_cast<int>(name.size())) == 1,
          "EVP_CipherUpdate");
  return context;
}

std::string seal(std::string_view key, std::string_view name, std::string_view text) {
  const std::string nonce = random_bytes(kNonce);
  const Context context = begin(true, key, nonce, name);
  std::string cipher(text.size(), '\0'), tag(kTag, '\0');
  int written = 0;
  require(
      EVP_CipherUpdate(context.get(), as_bytes(cipher), &written, as_bytes(text), static_cast<int>(text.size())) == 1,
      "EVP_CipherUpdate");
  require(EVP_CipherFinal_ex(context.get(), as_bytes(tag), &written) == 1, "EVP_CipherFinal_ex");
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, tag.data()) == 1, "EVP_CTRL_AEAD_GET_TAG");
  return nonce + cipher + tag;
}

std::optional<std::string> unseal(std::string_view key, std::string_view name, std::string_view sealed) {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  const Context context = begin(false, key, sealed.substr(0, kNonce), name);
  const auto cipher = sealed.substr(kNonce, sealed.size() - kNonce - kTag);
  std::string text(cipher.size(), '\0'), tag{sealed.substr(sealed.size() - kTag)};
  int written = 0;
  require(
      EVP_CipherUpdate(context.get(), as_bytes(text), &written, as_bytes(cipher), static_cast<int>(cipher.size())) == 1,
      "EVP_CipherUpdate");
  require(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1, "EVP_CTRL_AEAD_SET_TAG");
  unsigned char none = 0;  // a stream mode has nothing left to write
  if (EVP_CipherFinal_ex(context.get(), &none, &written) != 1) return std::nullopt;
  return text;
}

bool is_base64url(char c) noexcept {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

}  // namespace

TextSeal::TextSeal(const std::vector<std::string>& keys) {
  for (const std::string& key : keys) {
    if (key.size() != kKeyBytes) throw std::invalid_argument{"a key that seals texts has 32 bytes"};
    keys_.push_back({to_hex(hmac_sha256(key, "otto text seal v1")).substr(0, kName), key});
  }
}

std::string TextSeal::close(std::string_view text) const {
  if (keys_.empty() || text.empty()) return std::string{text};
  const Key& key = keys_.front();
  return std::string{kPrefix} + key.name + ":" + base64url_encode(seal(key.bytes, key.name, text));
}

std::string TextSeal::open(std::string_view text) const {
  std::string out;
  for (;;) {
    const auto at = text.find(kPrefix);
    out += text.substr(0, at);
    if (at == std::string_view::npos) return out;
    text.remove_prefix(at + kPrefix.size());
    const auto name = text.substr(0, kName);
    if (text.size() <= kName || text[kName] != ':') {
      out += kPrefix;
      continue;
    }
    text.remove_prefix(kName + 1);
    const auto end = static_cast<std::size_t>(std::ranges::find_if_not(text, is_base64url) - text.begin());
    out += open_one(name, text.substr(0, end));
    text.remove_prefix(end);
  }
}

std::string TextSeal::open_one(std::string_view name, std::string_view body) const {
  const auto key = std::ranges::find(keys_, name, &Key::name);
  if (key == keys_.end()) return "(encrypted with the key " + std::string{name} + ", which is not set)";
  const auto sealed = base64url_decode(body);
  auto text = sealed ? unseal(key->bytes, key->name, *sealed) : std::nullopt;
  return text ? std::move(*text) : "(encrypted, and altered since)";
}

}  // namespace otto::crypto
