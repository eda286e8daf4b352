// Texts that stand encrypted where they are kept: AES-256-GCM, with the key's name in front, so that keys can be
// changed. Without a key every text passes as it is.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otto::crypto {

/// Const functions may be called on any thread.
class TextSeal {
 public:
  static constexpr std::size_t kKeyBytes = 32;

  TextSeal() = default;
  /// Keys of kKeyBytes: the first one seals, all of them open.
  explicit TextSeal(const std::vector<std::string>& keys);

  /// "sealed:v1:", eight hex digits of the key's name, ":", and in base64url a random nonce, the text and its tag. The
  /// nonces allow 2^32 texts under one key (NIST SP 800-38D, 8.3). An empty text stays empty.
  std::string close(std::string_view text) const;
  /// The text with every sealed one in it opened. What cannot be opened is replaced by words that say why: its key is
  /// not set, or it was altered.
  std::string open(std::string_view text) const;

 private:
  struct Key {
    std::string name, bytes;
  };
  std::string open_one(std::string_view name, std::string_view body) const;
  std::vector<Key> keys_;
};

}  // namespace otto::crypto
