// Ranges of IP addresses, as settings name them. Pure.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace otto {

/// An IPv6 address; IPv4 as ::ffff:a.b.c.d, so that both forms of one are the same.
using IpAddress = std::array<std::uint8_t, 16>;

/// nullopt for what is no address: a name, a port behind it, a zone.
std::optional<IpAddress> parse_ip(std::string_view text);

struct Network {
  IpAddress address{};
  int bits = 128;  ///< how many of the address's first ones count

  bool has(const IpAddress& other) const noexcept;
};

/// "10.0.0.0/8", "2001:db8::/32", or one address; nullopt for anything else, bits behind the range's end included.
std::optional<Network> parse_network(std::string_view text);

bool is_in(std::span<const Network> networks, std::string_view address);

}  // namespace otto
