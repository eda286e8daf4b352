// Who else listens on a port of this machine. With SO_REUSEPORT the kernel no longer says so itself.
#pragma once

#include <cstdint>

namespace otto::net {

/// Sockets that listen on `port`, whatever their address; 0 also where the kernel does not tell. Reads /proc: not for
/// the loop.
int listeners_on(std::uint16_t port);

}  // namespace otto::net
