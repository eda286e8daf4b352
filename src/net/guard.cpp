#include "guard.hpp"

#include <algorithm>

#include "otto/base/text.hpp"

namespace otto::net {
namespace {

constexpr Refusal bad(std::string_view message) { return Refusal{400, "bad_request", message}; }

bool is_token_char(char c) noexcept {
  if ((c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z')) return true;
  return c != '\0' && std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}
bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_token_char);
}
bool is_digits(std::string_view text) noexcept {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_hex(char c) noexcept { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }
std::string_view trim_blank(std::string_view text) noexcept {
  const auto first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

/// Takes the text up to the next CRLF off `rest`.
std::string_view take_line(std::string_view& rest) noexcept {
  const auto end = std::min(rest.find("\r\n"), rest.size());
  const auto line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 2, rest.size()));
  return line;
}

/// host or host:port as RFC 9110 §7.2 wants it: a name, an IPv4 address or [IPv6]; no user info, no blanks.
bool is_host(std::string_view host) noexcept {
  if (host.starts_with('[')) {
    const auto end = host.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    const auto inside = host.substr(1, end - 1);
    if (!std::all_of(inside.begin(), inside.end(), [](char c) { return is_hex(c) || c == ':' || c == '.'; }))
      return false;
    host.remove_prefix(end + 1);
    return host.empty() || (host.front() == ':' && is_digits(host.substr(1)));
  }
  const auto colon = host.find(':');
  if (colon != std::string_view::npos && (!is_digits(host.substr(colon + 1)) || host.size() - colon > 6)) return false;
  const auto name = host.substr(0, colon);
  return !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
    return c == '.' || c == '-' || c == '_' || c == '~' || (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
           (c >= 'a' && c <= 'z');
  });
}

/// Visible ASCII, no fragment, no backslash, every percent escape whole and none of them a NUL.
std::optional<Refusal> check_target_bytes(std::string_view target) noexcept {
  for (std::size_t i = 0; i < target.size(); ++i) {
    const char c = target[i];
    if (c <= ' ' || c >= '\x7f') return bad("The request target holds a byte that must be percent-encoded.");
    if (c == '#') return bad("The request target holds a fragment.");
    if (c == '\\') return bad("The request target holds a backslash.");
    if (c != '%') continue;
    if (i + 2 >= target.size() || !is_hex(target[i + 1]) || !is_hex(target[i + 2]))
      return bad("The request target holds a broken percent escape.");
    if (target[i + 1] == '0' && target[i + 2] == '0') return bad("The request target holds an encoded NUL.");
  }
  return std::nullopt;
}

struct Line {
  std::string_view method, target;
  bool is_1_1 = false;
};

std::optional<Refusal> check_request_line(std::string_view text, Line& line) noexcept {
  const auto first = text.find(' ');
  const auto last = text.rfind(' ');
  if (first == std::string_view::npos || first == last) return bad("The request line is not 'METHOD target HTTP/1.1'.");
  line.method = text.substr(0, first);
  line.target = text.substr(first + 1, last - first - 1);
  const auto version = text.substr(last + 1);
  if (!is_token(line.method) || line.method.size() > 32) return bad("The request method is not a token.");
  line.is_1_1 = version == "HTTP/1.1";
  if (!line.is_1_1 && version != "HTTP/1.0") {
    const bool other_version = version.size() == 8 && version.starts_with("HTTP/") && is_digits(version.substr(5, 1)) &&
                               version[6] == '.' && is_digits(version.substr(7));
    if (!other_version) return bad("The request line does not end in an HTTP version.");
    return Refusal{505, "http_version_not_supported", "Only HTTP/1.1 and HTTP/1.0 are spoken here."};
  }
  return check_target_bytes(line.target);
}

/// What the fields say about framing; each counted, so that a repeat is seen.
struct Framing {
  int hosts = 0, lengths = 0, codings = 0, expects = 0;
  std::string_view host, length, coding, expect;
};

std::optional<Refusal> check_field(std::string_view line, Framing& framing) noexcept {
  if (line.front() == ' ' || line.front() == '\t') return bad("A header field is folded over two lines.");
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return bad("A header line has no colon.");
  const auto name = line.substr(0, colon);
  if (!is_token(name)) return bad("A header field's name is not a token.");
  const auto value = trim_blank(line.substr(colon + 1));
  const auto note = [value](int& count, std::string_view& slot) {
    ++count;
    slot = value;
  };
  if (iequals(name, "Host")) note(framing.hosts, framing.host);
  if (iequals(name, "Content-Length")) note(framing.lengths, framing.length);
  if (iequals(name, "Transfer-Encoding")) note(framing.codings, framing.coding);
  if (iequals(name, "Expect")) note(framing.expects, framing.expect);
  return std::nullopt;
}

std::optional<Refusal> check_framing(const Line& line, const Framing& framing) noexcept {
  if (framing.hosts > 1 || (line.is_1_1 && framing.hosts == 0)) return bad("There must be exactly one Host field.");
  if (framing.hosts == 1 && !is_host(framing.host)) return bad("The Host field is not a host name.");
  if (framing.lengths > 1) return bad("There is more than one Content-Length.");
  // 18 digits stay below 2^63 whatever they are.
  if (framing.lengths == 1 && (!is_digits(framing.length) || framing.length.size() > 18))
    return bad("Content-Length is not a number.");
  if (framing.codings > 0) {
    if (!line.is_1_1) return bad("HTTP/1.0 has no Transfer-Encoding.");
    if (framing.lengths > 0) return bad("Transfer-Encoding and Content-Length exclude each other.");
    if (framing.codings > 1 || !iequals(framing.coding, "chunked"))
      return bad("The only Transfer-Encoding understood is one 'chunked'.");
  }
  if (framing.expects > 1 || (framing.expects == 1 && !iequals(framing.expect, "100-continue")))
    return Refusal{417, "expectation_failed", "The only expectation met here is 100-continue."};
  return std::nullopt;
}

/// origin-form; '*' for OPTIONS; absolute-form only when it names the same host as the Host field.
std::optional<Refusal> check_target_form(const Line& line, const Framing& framing) noexcept {
  if (line.target.starts_with('/')) return std::nullopt;
  if (line.target == "*" && line.method == "OPTIONS") return std::nullopt;
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (line.target.size() <= scheme.size() || !iequals(line.target.substr(0, scheme.size()), scheme)) continue;
    const auto rest = line.target.substr(scheme.size());
    const auto authority = rest.substr(0, std::min(rest.find_first_of("/?"), rest.size()));
    if (framing.hosts == 1 && iequals(authority, framing.host)) return std::nullopt;
    return bad("The request target names another host than the Host field.");
  }
  return bad("The request target is not a path.");
}

}  // namespace

HeadState find_head(std::string_view bytes, std::size_t limit, std::size_t& scanned, std::size_t& length) noexcept {
  const std::size_t end = std::min(bytes.size(), limit);
  for (; scanned < end; ++scanned) {
    const char c = bytes[scanned];
    if (c == '\n') {
      if (scanned == 0 || bytes[scanned - 1] != '\r') return HeadState::Bad;
      if (scanned >= 3 && bytes.substr(scanned - 3, 4) == "\r\n\r\n") {
        length = ++scanned;
        return HeadState::Complete;
      }
      continue;
    }
    if (scanned > 0 && bytes[scanned - 1] == '\r') return HeadState::Bad;
    if (c == '\r' || c == '\t') continue;
    if ((c >= '\0' && c < ' ') || c == '\x7f') return HeadState::Bad;
  }
  return bytes.size() >= limit ? HeadState::TooLarge : HeadState::Incomplete;
}

std::optional<Refusal> check_head(std::string_view head, std::size_t max_fields) noexcept {
  Line line;
  Framing framing;
  if (auto refused = check_request_line(take_line(head), line)) return refused;
  std::size_t fields = 0;
  for (auto text = take_line(head); !text.empty(); text = take_line(head)) {
    if (++fields > max_fields)
      return Refusal{431, "header_fields_too_large", "The request has more header fields than are taken."};
    if (auto refused = check_field(text, framing)) return refused;
  }
  if (auto refused = check_framing(line, framing)) return refused;
  return check_target_form(line, framing);
}

}  // namespace otto::net
