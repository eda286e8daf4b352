// URLs are cut, not rewritten: a callback's URL may carry a signature over its own bytes (n8n), so path and query
// stay as given, even where RFC 3986 would want them escaped.
#include <algorithm>
#include <charconv>

#include "otto/net/message.hpp"

namespace otto::net {
namespace {

constexpr std::size_t kMaxUrl = 8 * 1024;  // longer ones fit no server's request line

std::uint16_t default_port(std::string_view scheme) { return scheme == "https" || scheme == "wss" ? 443 : 80; }

bool is_alnum(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'); }

bool is_host_name(std::string_view host) {
  return !host.empty() && host.size() <= 253 && host.front() != '.' &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_alnum(c) || c == '-' || c == '.' || c == '_'; });
}

bool is_bracketed_v6(std::string_view host) {
  return host.size() > 4 && host.front() == '[' && host.back() == ']' &&
         std::all_of(host.begin() + 1, host.end() - 1,
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == ':' || c == '.'; });
}

Error invalid(std::string_view what) { return Error{Errc::InvalidInput, "The URL " + std::string{what} + "."}; }

/// "host", "host:port", "[v6]:port" → into url.
Result<void> read_authority(std::string_view authority, Url& url) {
  if (authority.find('@') != std::string_view::npos) return invalid("must not carry a user name or password");
  const auto bracket = authority.rfind(']');
  const auto colon = authority.rfind(':');
  const bool has_port = colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  url.host = to_lower(authority.substr(0, has_port ? colon : authority.size()));
  if (!is_host_name(url.host) && !is_bracketed_v6(url.host)) return invalid("has no valid host name");
  url.port = default_port(url.scheme);
  if (!has_port) return {};
  const auto digits = authority.substr(colon + 1);
  if (digits.empty()) return {};
  const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
  if (ec != std::errc{} || end != digits.data() + digits.size() || url.port == 0) return invalid("has no valid port");
  return {};
}

}  // namespace

std::string Url::authority() const { return port == default_port(scheme) ? host : host + ":" + std::to_string(port); }

Result<Url> parse_url(std::string_view text) {
  if (text.size() > kMaxUrl) return invalid("is longer than 8 KB");
  // '\' is refused because other parsers (browsers) read it as '/', which would name another host.
  const bool clean = std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '\\'; });
  if (!clean) return invalid("may hold only visible ASCII characters and no backslash");
  const auto scheme_end = text.find("://");
  if (scheme_end == std::string_view::npos) return invalid("must begin with http://, https://, ws:// or wss://");
  Url url;
  url.scheme = to_lower(text.substr(0, scheme_end));
  if (url.scheme != "http" && url.scheme != "https" && url.scheme != "ws" && url.scheme != "wss") {
    return invalid("must begin with http://, https://, ws:// or wss://");
  }
  const auto rest = text.substr(scheme_end + 3);
  const auto authority_end = std::min(rest.find_first_of("/?#"), rest.size());
  if (auto read = read_authority(rest.substr(0, authority_end), url); !read) return read.error();
  auto target = rest.substr(authority_end);
  target = target.substr(0, target.find('#'));
  if (target.empty() || target.front() != '/') url.target = "/";
  url.target += target;
  return url;
}

}  // namespace otto::net
