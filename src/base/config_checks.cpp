#include "base/config_checks.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <fmt/format.h>
#include <optional>

#include "otto/base/json.hpp"
#include "otto/base/text.hpp"

namespace otto::checks {
namespace {

struct UrlParts {
  bool tls = false;
  std::string host;  ///< lower case, brackets kept
};

bool is_host_char(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }

template <class T>
std::optional<T> whole(std::string_view text, T min, T max) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || !(value >= min && value <= max)) {
    return std::nullopt;  // written so that NaN fails too
  }
  return value;
}

/// "host", "host:443", "[::1]:8080" → the lower-case host; nullopt when it is none of these.
std::optional<std::string> host_of(std::string_view authority) {
  const std::string lower = to_lower(authority);
  std::string_view rest{lower};
  std::size_t length = 0;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos || close < 3) return std::nullopt;
    const auto inside = rest.substr(1, close - 1);
    if (inside.find_first_not_of("0123456789abcdef:.") != std::string_view::npos) return std::nullopt;
    length = close + 1;
  } else {
    while (length < rest.size() && is_host_char(rest[length])) ++length;
  }
  const std::string_view port = rest.substr(length);
  if (length == 0 || (!port.empty() && (port.front() != ':' || !whole<int>(port.substr(1), 1, 65535)))) {
    return std::nullopt;
  }
  return std::string{rest.substr(0, length)};
}

bool is_loopback(std::string_view host) {
  if (host == "localhost" || host.ends_with(".localhost") || host == "[::1]") return true;
  return host.starts_with("127.") &&
         std::all_of(host.begin(), host.end(), [](char c) { return is_digit(c) || c == '.'; });
}

std::optional<UrlParts> parse_url(std::string_view value) {
  UrlParts parts;
  if (value.starts_with("https://")) {
    parts.tls = true;
    value.remove_prefix(8);
  } else if (value.starts_with("http://")) {
    value.remove_prefix(7);
  } else {
    return std::nullopt;
  }
  const auto bad = [](unsigned char c) {
    return c <= ' ' || c >= 0x7F || c == '?' || c == '#' || c == '"' || c == '<';
  };
  if (std::any_of(value.begin(), value.end(), bad)) return std::nullopt;
  auto host = host_of(value.substr(0, value.find('/')));
  if (!host) return std::nullopt;
  parts.host = std::move(*host);
  return parts;
}

std::string without_trailing_slashes(std::string_view value) {
  while (value.ends_with('/')) value.remove_suffix(1);
  return std::string{value};
}

bool is_word(std::string_view text) {
  return !text.empty() && std::none_of(text.begin(), text.end(), [](unsigned char c) { return c <= ' ' || c == 0x7F; });
}

/// The comma-separated parts, trimmed; empty parts are left out.
std::vector<std::string> parts_of(std::string_view value) {
  std::vector<std::string> out;
  for (const auto& part : split(value, ',')) {
    if (const auto trimmed = trim(part); !trimmed.empty()) out.emplace_back(trimmed);
  }
  return out;
}

}  // namespace

std::string public_url(std::string_view value, std::string& out) {
  const auto parts = parse_url(value);
  if (!parts) return "must be a URL like https://otto.example.com, without query, user or fragment";
  if (!parts->tls && !is_loopback(parts->host)) {
    return "must begin with https://; http is for loopback hosts only, because Twilio's media would travel unencrypted";
  }
  out = without_trailing_slashes(value);
  return {};
}

std::string provider_url(std::string_view value, std::string& out) {
  const auto parts = parse_url(value);
  if (!parts) return "must be a URL like https://api.example.com, without query, user or fragment";
  if (!parts->tls && !is_loopback(parts->host) && parts->host.find('.') != std::string::npos) {
    return "must begin with https://, because credentials travel with every request";
  }
  out = without_trailing_slashes(value);
  return {};
}

std::string database_url(std::string_view value, std::string& out) {
  constexpr std::array<std::string_view, 9> kPrismaOnly{"schema",    "connection_limit", "pool_timeout",
                                                        "pgbouncer", "socket_timeout",   "statement_cache_size",
                                                        "sslaccept", "sslidentity",      "single_use_connections"};
  if (!value.starts_with("postgresql://") && !value.starts_with("postgres://")) {
    return "must begin with postgresql:// (or postgres://)";
  }
  if (!is_word(value)) return "must not hold blanks: write %20";
  const auto query = value.find('?');
  out = value.substr(0, query);
  if (query == std::string_view::npos) return {};
  char separator = '?';
  for (const auto& parameter : split(value.substr(query + 1), '&')) {
    const auto name = std::string_view{parameter}.substr(0, parameter.find('='));
    if (name.empty() || std::find(kPrismaOnly.begin(), kPrismaOnly.end(), name) != kPrismaOnly.end()) continue;
    out += separator;
    out += parameter;
    separator = '&';
  }
  return {};
}

std::string host(std::string_view value, std::string& out) {
  if (value.find_first_not_of("0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.:-_%") !=
      std::string_view::npos) {
    return "must be an address or a host name, like 127.0.0.1 or 0.0.0.0";
  }
  out = value;
  return {};
}

std::string port(std::string_view value, std::uint16_t& out) {
  const auto number = whole<int>(value, 0, 65535);
  if (!number) return "must be a whole number from 0 to 65535";
  out = static_cast<std::uint16_t>(*number);
  return {};
}

std::string twilio_sid(std::string_view prefix, std::string_view value, std::string& out) {
  const bool right = value.size() == 34 && value.starts_with(prefix) &&
                     value.find_first_not_of("0123456789abcdefABCDEF", 2) == std::string_view::npos;
  if (!right) return fmt::format("must be {} and 32 hex digits, as Twilio's console shows it", prefix);
  out = value;
  return {};
}

std::string word(std::string_view value, std::string& out) {
  if (!is_word(value)) return "must not hold blanks or line breaks";
  out = value;
  return {};
}

std::string words(std::string_view value, std::vector<std::string>& out) {
  auto parts = parts_of(value);
  if (parts.empty() || !std::all_of(parts.begin(), parts.end(), [](const auto& part) { return is_word(part); })) {
    return "must be one value, or several separated by commas, without blanks inside";
  }
  out = std::move(parts);
  return {};
}

std::string numbers(std::string_view value, std::vector<std::string>& out) {
  auto parts = parts_of(value);
  const auto is_number = [](const std::string& part) {
    return part.size() >= 8 && part.size() <= 16 && part[0] == '+' && part[1] != '0' &&
           std::all_of(part.begin() + 1, part.end(), is_digit);
  };
  if (parts.empty() || !std::all_of(parts.begin(), parts.end(), is_number)) {
    return "must be an E.164 number like +14155550100, or several separated by commas";
  }
  out = std::move(parts);
  return {};
}

std::string hosts(std::string_view value, std::vector<std::string>& out) {
  auto parts = parts_of(value);
  for (auto& part : parts) {
    if (!host_of(part)) return "must be hosts separated by commas, each as host or host:port, without http://";
    part = to_lower(part);
  }
  out = std::move(parts);
  return {};
}

std::string headers(std::string_view value, std::vector<std::pair<std::string, std::string>>& out) {
  constexpr std::string_view kWrong = "must be headers as name=value, separated by commas";
  out.clear();
  for (const auto& part : parts_of(value)) {
    const auto equals = part.find('=');
    if (equals == std::string::npos || equals == 0) return std::string{kWrong};
    auto text = percent_decode(trim(std::string_view{part}.substr(equals + 1)));
    const std::string name{trim(std::string_view{part}.substr(0, equals))};
    if (!text || !is_word(name) || std::ranges::any_of(*text, [](char c) { return c < ' ' || c == 127; }))
      return std::string{kWrong};
    out.emplace_back(name, std::move(*text));
  }
  return {};
}

std::string credentials(std::string_view value, std::string& out) {
  if (value.starts_with('{')) {
    const auto key = parse_json(value);
    if (!key) return "looks like JSON but cannot be parsed: paste the whole service-account key, or give a path to it";
    if (text_at(*key, "client_email").empty() || text_at(*key, "private_key").empty()) {
      return "is JSON without client_email or private_key: it must be a service-account key";
    }
  }
  out = value;
  return {};
}

std::string region(std::string_view value, std::string& out) {
  std::string upper{value};
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  if (upper.size() != 2 || !std::ranges::all_of(upper, [](char c) { return c >= 'A' && c <= 'Z'; }))
    return "must be a country's two letters, such as US, GB or DE";
  out = std::move(upper);
  return {};
}

std::string destinations(std::string_view value, std::vector<std::string>& out) {
  auto parts = parts_of(value);
  for (std::string& part : parts) {
    const bool is_beginning = part.size() >= 2 && part.size() <= 16 && part[0] == '+' && part[1] != '0' &&
                              std::all_of(part.begin() + 1, part.end(), is_digit);
    if (std::string country; !is_beginning && !region(part, country).empty())
      return "must be countries (two letters, such as US) and beginnings of numbers (such as +1787), separated by "
             "commas";
    else if (!is_beginning)
      part = std::move(country);
  }
  if (parts.empty()) return "must name at least one country";
  out = std::move(parts);
  return {};
}

std::string networks(std::string_view value, std::optional<std::vector<Network>>& out) {
  std::vector<Network> networks;
  if (!iequals(value, "none")) {
    for (const std::string& part : parts_of(value)) {
      const auto network = parse_network(part);
      if (!network)
        return "must be addresses and ranges such as 192.0.2.7 or 10.0.0.0/8, separated by commas, or the word none; a "
               "range begins with its first address";
      networks.push_back(*network);
    }
    if (networks.empty()) return "must name an address or a range, or be the word none";
  }
  out = std::move(networks);
  return {};
}

std::string base32(std::string_view value, std::string& out) {
  constexpr std::size_t kLeast = 26;  // characters: 128 bits, the least that RFC 4226 allows
  std::string secret;
  for (const char c : value)
    if (c != ' ') secret += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  while (secret.ends_with('=')) secret.pop_back();
  const bool is_base32 =
      std::ranges::all_of(secret, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= '2' && c <= '7'); });
  if (!is_base32 || secret.size() < kLeast || secret.size() > 128)
    return "must be base32 (A to Z, 2 to 7) of 26 to 128 characters, as `otto totp` prints it";
  out = std::move(secret);
  return {};
}

std::string keys(std::string_view value, std::vector<std::string>& out) {
  std::vector<std::string> keys;
  for (const std::string& part : parts_of(value)) {
    std::string key;
    for (std::size_t at = 0; part.size() == 64 && at < part.size(); at += 2) {
      unsigned byte = 0;
      const auto [end, error] = std::from_chars(part.data() + at, part.data() + at + 2, byte, 16);
      if (error != std::errc{} || end != part.data() + at + 2) break;
      key += static_cast<char>(byte);
    }
    if (key.size() != 32)
      return "must be 64 hex digits, as `openssl rand -hex 32` prints them, or several such keys separated by commas";
    keys.push_back(std::move(key));
  }
  out = std::move(keys);
  return {};
}

std::string rate(std::string_view value, double max, double& out) {
  const auto number = whole<double>(value, 0.01, max);
  if (!number) return fmt::format("must be a number of calls per second from 0.01 to {}", max);
  out = *number;
  return {};
}

std::string whole_seconds(std::string_view value, int min, int max, std::chrono::seconds& out) {
  const auto number = whole<int>(value, min, max);
  if (!number) return fmt::format("must be a whole number of seconds from {} to {}", min, max);
  out = std::chrono::seconds{*number};
  return {};
}

std::string whole_number(std::string_view value, int min, int max, int& out) {
  const auto number = whole<int>(value, min, max);
  if (!number) return fmt::format("must be a whole number from {} to {}", min, max);
  out = *number;
  return {};
}

std::string price(std::string_view value, double max, double& out) {
  const auto number = whole<double>(value, 0, max);
  if (!number) return fmt::format("must be a number from 0 to {}, per minute", max);
  out = *number;
  return {};
}

std::string flag(std::string_view value, bool& out) {
  const std::string lower = to_lower(value);
  const bool yes = lower == "true" || lower == "1" || lower == "yes" || lower == "on";
  const bool no = lower == "false" || lower == "0" || lower == "no" || lower == "off";
  if (!yes && !no) return "must be true or false";
  out = yes;
  return {};
}

std::string level(std::string_view value, log::Level& out) {
  for (const auto known : {log::Level::Debug, log::Level::Info, log::Level::Warn, log::Level::Error, log::Level::Off}) {
    if (!iequals(value, log::to_string(known))) continue;
    out = known;
    return {};
  }
  return "must be debug, info, warn, error or off";
}

std::string format(std::string_view value, log::Format& out) {
  const bool json = iequals(value, "json");
  if (!json && !iequals(value, "text")) return "must be text or json";
  out = json ? log::Format::Json : log::Format::Text;
  return {};
}

}  // namespace otto::checks
