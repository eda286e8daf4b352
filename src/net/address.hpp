// Which addresses belong to the public internet: the answer to "may a URL given by a stranger make us connect there?"
#pragma once

#include <boost/asio/ip/address.hpp>

namespace otto::net {

/// False for every range of IANA's special-purpose registries (RFC 6890 and its updates): loopback, private,
/// link-local with the clouds' metadata services, CGNAT, ULA, documentation, multicast, and IPv6 forms that carry such
/// an IPv4 address inside (mapped, NAT64). Tunnels (6to4, Teredo) count as not public.
bool is_public_address(const boost::asio::ip::address& address) noexcept;

}  // namespace otto::net
