#include "otto/crypto/stretch.hpp"

#include <charconv>
#include <openssl/evp.h>
#include <optional>
#include <stdexcept>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"

namespace otto::crypto {

namespace {

constexpr std::string_view kPrefix = "scrypt:";
constexpr std::size_t kHash = 32, kLeastSalt = 16, kMostSalt = 64;
constexpr std::uint64_t kMostMemory = std::uint64_t{160} << 20U;  // OpenSSL counts some more than 128 · r · N

std::optional<StretchCost> parse_cost(std::string_view text) {
  StretchCost cost;
  const auto parts = split(text, ',');
  if (parts.size() != 3) return std::nullopt;
  const auto take = [](std::string_view part, std::string_view name, unsigned& out) {
    if (!part.starts_with(name)) return false;
    part.remove_prefix(name.size());
    const auto [end, error] = std::from_chars(part.data(), part.data() + part.size(), out);
    return error == std::errc{} && end == part.data() + part.size();
  };
  if (!take(parts[0], "ln=", cost.log_n) || !take(parts[1], "r=", cost.r) || !take(parts[2], "p=", cost.p))
    return std::nullopt;
  return cost;
}

}  // namespace

std::string scrypt(std::string_view password, std::string_view salt, const StretchCost& cost) {
  std::string out(kHash, '\0');
  const int done = EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                  salt.size(), std::uint64_t{1} << cost.log_n, cost.r, cost.p, kMostMemory,
                                  reinterpret_cast<unsigned char*>(out.data()), out.size());
  if (done != 1) throw std::runtime_error{"OpenSSL failed: EVP_PBE_scrypt"};
  return out;
}

Stretched stretch(std::string_view password, std::string salt, const StretchCost& cost) {
  Stretched out;
  out.cost = cost;
  out.hash = scrypt(password, salt, cost);
  out.salt = std::move(salt);
  return out;
}

std::string format_stretched(const Stretched& password) {
  std::string text{kPrefix};
  text += "ln=" + std::to_string(password.cost.log_n) + ",r=" + std::to_string(password.cost.r);
  text += ",p=" + std::to_string(password.cost.p) + ":" + base64url_encode(password.salt);
  return text + ":" + base64url_encode(password.hash);
}

bool is_stretched(std::string_view text) noexcept { return text.starts_with(kPrefix); }

Result<Stretched> parse_stretched(std::string_view text) {
  const auto broken = [] {
    return Error{Errc::InvalidInput,
                 "begins with scrypt: and is not whole: take the line as `otto password` prints it"};
  };
  const auto parts = split(text, ':');
  if (!is_stretched(text) || parts.size() != 4) return broken();
  const auto cost = parse_cost(parts[1]);
  auto salt = base64url_decode(parts[2]), hash = base64url_decode(parts[3]);
  if (!cost || !salt || !hash || salt->size() < kLeastSalt || salt->size() > kMostSalt || hash->size() != kHash)
    return broken();
  if (cost->log_n < 14 || cost->log_n > 17 || cost->r != 8 || cost->p < 1 || cost->p > 16)
    return Error{Errc::InvalidInput, "must have ln from 14 to 17, r=8 and p from 1 to 16, as `otto password` makes it"};
  Stretched out;
  out.cost = *cost;
  out.salt = std::move(*salt);
  out.hash = std::move(*hash);
  return out;
}

}  // namespace otto::crypto
