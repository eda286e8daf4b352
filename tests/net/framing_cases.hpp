// Raw requests and what a strict server makes of them: the acceptances measured on stock Beast 1.81, RFC 9112's MUSTs,
// and the groups of llhttp's suite. Every case runs through the guard and, over a socket, through the whole server.
#pragma once

#include <string>
#include <vector>

namespace otto::net {

struct FramingCase {
  const char* name;
  std::string bytes;
  std::vector<int> answers;  ///< the statuses, in order; the server closes after the last
  int handled = 0;           ///< how many requests reach the handler
};

/// All end in a closed connection: the good ones ask for it.
std::vector<FramingCase> framing_cases();

}  // namespace otto::net
