#include "otto/sheets/service_account.hpp"

#include <fstream>
#include <sstream>

#include "otto/base/json.hpp"
#include "otto/base/text.hpp"
#include "otto/crypto/digest.hpp"
#include "otto/crypto/rsa.hpp"
#include "otto/net/message.hpp"

namespace otto::sheets {

namespace {

constexpr std::size_t kMaxFile = 64 * 1024;  // a key has about 2.4 kB
constexpr std::string_view kGoogleToken = "https://oauth2.googleapis.com/token";
constexpr seconds kBackdated{60}, kLife{3600};

Result<std::string> read_key_file(const std::string& path) {
  std::ifstream file{path, std::ios::binary};
  if (!file)
    return Error{Errc::Config, "is neither a service account's key nor the path of a file that can be read: " + path};
  std::ostringstream text;
  text << file.rdbuf();
  if (text.str().size() > kMaxFile) return Error{Errc::Config, "names a file that is too large for a key: " + path};
  return text.str();
}

/// The JSON itself, out of whichever of the three forms.
Result<std::string> json_text(std::string_view setting) {
  std::string text{trim(setting)};
  for (bool may_be_path = true;; may_be_path = false) {
    if (text.starts_with('{')) return text;
    std::string packed = text;
    std::erase_if(packed, [](char c) { return c == '\n' || c == '\r' || c == ' '; });
    if (const auto decoded = crypto::base64_decode(packed); decoded && trim(*decoded).starts_with('{'))
      return std::string{trim(*decoded)};
    if (!may_be_path) return Error{Errc::Config, "names a file that holds no service account's key (JSON)"};
    auto file = read_key_file(text);
    if (!file) return file.error();
    text = std::string{trim(*file)};
  }
}

/// A key that went through an environment file once too often has its line ends as two characters.
std::string with_line_ends(std::string pem) {
  for (auto at = pem.find("\\n"); at != std::string::npos; at = pem.find("\\n", at)) pem.replace(at, 2, "\n");
  return pem;
}

bool is_trusted(const std::string& token_uri, std::string_view api_base_url) {
  const auto token = net::parse_url(token_uri);
  if (!token) return false;
  if (token->scheme == "https" && token->host.ends_with(".googleapis.com")) return true;
  const auto api = net::parse_url(api_base_url);
  return api && token->scheme == api->scheme && token->authority() == api->authority();
}

}  // namespace

Result<ServiceAccount> load_service_account(std::string_view setting, std::string_view api_base_url) {
  const auto text = json_text(setting);
  if (!text) return text.error();
  const auto json = parse_json(*text);
  if (!json || !json->is_object())
    return Error{Errc::Config, "cannot be parsed as JSON: paste the whole service-account key, or give a path to it"};
  const std::string type = text_at(*json, "type");
  if (!type.empty() && type != "service_account")
    return Error{Errc::Config, "holds credentials of the type \"" + std::string{truncate_utf8(type, 40)} +
                                   "\": it must be a service account's key (IAM, Service accounts, Keys)"};
  ServiceAccount account;
  account.client_email = text_at(*json, "client_email");
  account.private_key = with_line_ends(text_at(*json, "private_key"));
  account.private_key_id = text_at(*json, "private_key_id");
  account.project_id = text_at(*json, "project_id");
  account.token_uri = text_at(*json, "token_uri");
  if (account.token_uri.empty()) account.token_uri = kGoogleToken;
  if (account.client_email.empty() || account.private_key.empty())
    return Error{Errc::Config, "has no client_email or no private_key: it must be a service account's key"};
  if (!is_trusted(account.token_uri, api_base_url))
    return Error{Errc::Config, "has a token_uri that is not Google's: " + mask_url(account.token_uri)};
  if (const auto probe = make_assertion(account, TimePoint{}); !probe)
    return Error{Errc::Config, "has a private_key that cannot be used: " + probe.error().detail};
  return account;
}

Result<std::string> make_assertion(const ServiceAccount& account, TimePoint now) {
  const auto issued = std::chrono::floor<seconds>(now - kBackdated).time_since_epoch().count();
  Json header{{"alg", "RS256"}, {"typ", "JWT"}};
  if (!account.private_key_id.empty()) header["kid"] = account.private_key_id;
  const Json claims{{"iss", account.client_email},
                    {"scope", kSheetsScope},
                    {"aud", account.token_uri},
                    {"iat", issued},
                    {"exp", issued + kLife.count()}};
  const std::string text =
      crypto::base64url_encode(dump_json(header)) + "." + crypto::base64url_encode(dump_json(claims));
  auto signature = crypto::sign_rs256(account.private_key, text);
  if (!signature) return signature.error();
  return text + "." + crypto::base64url_encode(*signature);
}

}  // namespace otto::sheets
