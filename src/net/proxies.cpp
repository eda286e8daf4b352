#include "otto/net/proxies.hpp"

#include <ranges>

#include "otto/base/text.hpp"
#include "otto/net/private_host.hpp"

namespace otto::net {

namespace {

/// Some proxies write a port behind the address.
std::string_view without_port(std::string_view entry) {
  if (entry.starts_with('[')) return entry.substr(1, entry.find(']') - 1);
  const auto colon = entry.find(':');
  return colon == entry.rfind(':') ? entry.substr(0, colon) : entry;
}

}  // namespace

std::string client_of(const std::string& peer, const Headers& headers, const TrustedProxies& proxies) {
  std::string named;
  for (const auto& [name, value] : headers.all())
    if (iequals(name, "X-Forwarded-For")) named += "," + value;
  if (named.empty() || !(proxies ? is_in(*proxies, peer) : names_private_host(peer))) return peer;
  std::string client = peer;
  const auto parts = split(named, ',');
  for (const std::string& part : parts | std::views::reverse) {
    const auto entry = without_port(trim(part));
    if (!parse_ip(entry)) break;  // whatever it is, nobody's address stands before it
    client = entry;
    if (!proxies || !is_in(*proxies, entry)) break;
  }
  return client;
}

}  // namespace otto::net
