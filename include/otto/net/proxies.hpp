// Who sends a request that comes through a proxy of ours.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "otto/base/network.hpp"
#include "otto/net/message.hpp"

namespace otto::net {

/// Unset: of a peer with a private address the last address of X-Forwarded-For is believed, which is its own word.
using TrustedProxies = std::optional<std::vector<Network>>;

/// The peer itself, unless it is one of `proxies`: then the last address of X-Forwarded-For that is none of them, since
/// what stands before it anybody may have written. `peer` is the socket's address.
std::string client_of(const std::string& peer, const Headers& headers, const TrustedProxies& proxies);

}  // namespace otto::net
