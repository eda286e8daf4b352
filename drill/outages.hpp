// The database away, in each way that there is, while people talk.
#pragma once

#include <string>

namespace otto::drill {

struct OutageOptions {
  int calls = 0;
  int seconds = 60;
  std::string kind;  ///< empty: one after the other
};

/// Is a call cut, is anybody dialed meanwhile, when does dialing go on, is a fact lost? With the waits that every
/// daemon has. Prints a line per kind; true when all is as it must be.
bool outages_under_calls(const OutageOptions& options, const std::string& dir);

}  // namespace otto::drill
