#include "otto/twilio/signature.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "otto/crypto/digest.hpp"

namespace otto::twilio {

namespace {

/// "https" · "user:pass@host" · "8443" · "/path?query"; all views into the URL.
struct UrlParts {
  std::string_view scheme, host, port, rest;
};

UrlParts split_url(std::string_view url) {
  UrlParts parts;
  const auto scheme_end = url.find("://");
  if (scheme_end == std::string_view::npos) return {.scheme = {}, .host = url, .port = {}, .rest = {}};
  parts.scheme = url.substr(0, scheme_end);
  url.remove_prefix(scheme_end + 3);
  const auto authority = url.substr(0, url.find_first_of("/?"));
  parts.rest = url.substr(authority.size());
  const auto colon = authority.rfind(':');
  const bool has_port =
      colon != std::string_view::npos && authority.find_first_of("]@", colon) == std::string_view::npos;
  parts.host = authority.substr(0, has_port ? colon : authority.size());
  if (has_port) parts.port = authority.substr(colon + 1);
  return parts;
}

bool is_tls(std::string_view scheme) { return scheme == "https" || scheme == "wss"; }

/// The URL without a port, and with the configured one or else the scheme's default.
std::vector<std::string> port_variants(const UrlParts& url, std::string_view scheme, std::string_view rest) {
  const std::string_view port = !url.port.empty() ? url.port : is_tls(scheme) ? "443" : "80";
  const std::string start = std::string{scheme} + "://" + std::string{url.host};
  return {start + std::string{rest}, start + ":" + std::string{port} + std::string{rest}};
}

bool signed_by_any(std::span<const std::string> tokens, std::string_view url, const FormFields& form,
                   std::string_view signature) {
  bool matches = false;
  for (const auto& token : tokens) {
    if (token.empty()) continue;  // anyone can sign with an empty key
    matches |= crypto::equal_constant_time(compute_signature(token, url, form), signature);
  }
  return matches;
}

std::optional<std::string_view> body_digest_in(std::string_view target) {
  const auto question = target.find('?');
  if (question == std::string_view::npos) return std::nullopt;
  auto query = target.substr(question + 1);
  while (!query.empty()) {
    const auto field = query.substr(0, query.find('&'));
    constexpr std::string_view kName = "bodySHA256=";
    if (field.starts_with(kName)) return field.substr(kName.size());
    query.remove_prefix(std::min(query.size(), field.size() + 1));
  }
  return std::nullopt;
}

std::string full_url(const SignedRequest& request) {
  return std::string{request.base_url} + std::string{request.target};
}

}  // namespace

std::string compute_signature(std::string_view token, std::string_view url, const FormFields& form) {
  std::vector<std::pair<std::string_view, std::string_view>> fields{form.begin(), form.end()};
  std::sort(fields.begin(), fields.end());
  fields.erase(std::unique(fields.begin(), fields.end()), fields.end());  // a repeated value counts once
  std::string text{url.substr(0, url.find('#'))};
  for (const auto& [name, value] : fields) text.append(name).append(value);
  return crypto::base64_encode(crypto::hmac_sha1(token, text));
}

bool verify_webhook(std::span<const std::string> tokens, const SignedRequest& request) {
  const auto url = full_url(request);
  if (request.form == nullptr) {
    const auto digest = body_digest_in(request.target);
    if (!digest && !request.body.empty()) return false;  // nothing would vouch for the body
    if (digest && !crypto::equal_constant_time(crypto::sha256_hex(request.body), *digest)) return false;
  }
  const FormFields none;
  const FormFields& form = request.form != nullptr ? *request.form : none;
  const auto parts = split_url(url);
  bool matches = false;
  for (const auto& variant : port_variants(parts, parts.scheme, parts.rest))
    matches |= signed_by_any(tokens, variant, form, request.signature);
  return matches;
}

std::string verify_media_upgrade(std::span<const std::string> tokens, const SignedRequest& request) {
  const auto url = full_url(request);
  const auto parts = split_url(url);
  const bool tls = is_tls(parts.scheme);
  std::string other_slash{parts.rest};
  if (other_slash.ends_with('/')) {
    other_slash.pop_back();
  } else {
    other_slash += '/';
  }
  for (const std::string_view scheme : {tls ? "wss" : "ws", tls ? "https" : "http"}) {
    for (const std::string_view rest : {parts.rest, std::string_view{other_slash}}) {
      for (auto& variant : port_variants(parts, scheme, rest))
        if (signed_by_any(tokens, variant, {}, request.signature)) return variant;
    }
  }
  return {};
}

}  // namespace otto::twilio
