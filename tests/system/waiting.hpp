// Waiting for what other processes do, and talking HTTP with them, on one loop of the test's own.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "otto/base/json.hpp"
#include "otto/net/http_client.hpp"

namespace otto::system_test {

/// The loop of this program. Whatever a test spawns on it (a server, say) runs while the test waits or asks.
Loop& loop();

/// Looks again every 10 ms; false when `limit` has passed.
bool wait_until(const std::function<bool()>& condition, milliseconds limit);

struct Answer {
  int status = 0;  ///< 0: no answer
  net::Headers headers;
  std::string text;
  Json body;  ///< null when the text is no JSON
};
/// All at once, each on its own connection; in the order of the requests.
std::vector<Answer> ask_all(std::vector<net::ClientRequest> requests);
Answer ask(net::ClientRequest request);

/// Runs one task to its end.
void run(Task<void> task);

}  // namespace otto::system_test
