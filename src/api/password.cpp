#include "otto/api/password.hpp"

#include <algorithm>
#include <array>
#include <zxcvbn.h>

#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/crypto/stretch.hpp"

namespace otto::api {

std::string_view breached_passwords();  // embedded at build time

namespace {

constexpr double kLeastBits = 28;  // at 30 tries a minute (SignInLimit) these last for 17 years
constexpr std::size_t kPrefix = 5;

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

/// Whether it is in the list: sorted first bytes of SHA-256, all in lower case.
bool is_breached(std::string_view password) {
  const std::string wanted = crypto::sha256(to_lower(password)).substr(0, kPrefix);
  const std::string_view list = breached_passwords();
  std::size_t from = 0, to = list.size() / kPrefix;
  while (from < to) {
    const std::size_t middle = (from + to) / 2;
    if (list.substr(middle * kPrefix, kPrefix) < wanted)
      from = middle + 1;
    else
      to = middle;
  }
  return list.substr(from * kPrefix, kPrefix) == wanted;
}

double bits_of(const std::string& password) {
  // What somebody who knows whose door this is tries first; docs/security.md lists them.
  std::array<const char*, 9> words{"otto",     "dashboard", "password", "twilio", "elevenlabs",
                                   "campaign", "operator",  "viewer",   nullptr};
  return ZxcvbnMatch(password.c_str(), words.data(), nullptr);
}

}  // namespace

std::string password_problem(std::string_view password) {
  if (characters(password) < kLeastCharacters)
    return "must have at least 8 characters; 15 and more are advised, generated ones (openssl rand -base64 18)";
  if (is_breached(password) || bits_of(std::string{password}) < kLeastBits)
    return "is too easy to guess: it is, or is made of, passwords and words that are tried first; take a generated one "
           "(openssl rand -base64 18)";
  return {};
}

std::vector<std::string> dashboard_problems(const Config& config) {
  std::vector<std::string> problems;
  const auto look = [&problems](std::string_view name, const std::string& setting) {
    if (setting.empty()) return;
    std::string problem;
    if (!crypto::is_stretched(setting))
      problem = password_problem(setting);
    else if (const auto stretched = crypto::parse_stretched(setting); !stretched)
      problem = stretched.error().detail;
    if (!problem.empty()) problems.push_back(std::string{name} + " " + problem + ".");
  };
  look("OTTO_DASHBOARD_PASSWORD", config.dashboard_password);
  look("OTTO_DASHBOARD_VIEW_PASSWORD", config.dashboard_view_password);
  return problems;
}

}  // namespace otto::api
