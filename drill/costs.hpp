// What a dial, a webhook and the rows of a call cost, measured in a running daemon and its database (docs/scaling.md).
#pragma once

#include <string>

namespace otto::drill {

/// Two campaigns of so many short calls on one instance, the second with each callback sent three times; prints the
/// processor time of the daemon and of PostgreSQL per call and per repeated callback, statements, log and rows.
bool measure_costs(int calls, const std::string& dir);

}  // namespace otto::drill
