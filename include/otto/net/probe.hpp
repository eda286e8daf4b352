// A look at a server as strangers have it: where its name leads and which certificate it shows. For checks that people
// read.
#pragma once

#include <string>
#include <vector>

#include "otto/base/clock.hpp"
#include "otto/base/error.hpp"
#include "otto/rt/task.hpp"

namespace otto::net {

struct HostAddress {
  std::string text;
  bool is_public = false;  ///< not private, loopback, link-local …
};
/// ConnectFailed: the name has no address; TimedOut.
Task<Result<std::vector<HostAddress>>> look_up_host(std::string url, milliseconds timeout);

struct ServerCertificate {
  std::string issuer;  ///< by its common name, else its organization
  TimePoint ends;
};
/// A handshake with an https or wss URL and nothing else, verified as every client of the house verifies. Protocol with
/// the certificate's fault in words; ConnectFailed, TimedOut.
Task<Result<ServerCertificate>> look_at_certificate(std::string url, milliseconds timeout);

}  // namespace otto::net
