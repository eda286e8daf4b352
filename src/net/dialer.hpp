// From a URL to a connected TCP socket: DNS, the address rule, one attempt per address, all under the caller's
// deadline.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/net/message.hpp"

#include "deadline.hpp"
#include "socket.hpp"

namespace otto::net {

struct AddressRule {
  bool public_only = false;
  std::function<bool(const std::string& host, std::uint16_t port)> allow_private;
};

/// Where the URL's host leads, an address once; `deadline` must be armed. ConnectFailed, TimedOut, Cancelled.
Task<Result<std::vector<Tcp::endpoint>>> look_up(const Url& url, Deadline& deadline);

/// `deadline` must be armed. ConnectFailed, TimedOut, Forbidden (an address that the rule refuses; none is connected
/// to when one of them is refused), Cancelled.
Task<Result<Socket>> dial(const Url& url, const AddressRule& rule, Deadline& deadline);

/// For tests: answers in the place of DNS; an empty function restores it.
using LookupForTest = std::function<std::vector<Tcp::endpoint>(const std::string& host, std::uint16_t port)>;
void resolve_for_test(LookupForTest lookup);

/// What a failed operation of ours meant: Cancelled when the task was stopped, TimedOut when the deadline passed,
/// `otherwise` else.
Error classify(const boost::system::error_code& ec, const Deadline& deadline, Errc otherwise, std::string sentence);

}  // namespace otto::net
