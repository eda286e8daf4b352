// Five set pieces, each with its own question; each prints what it saw and tells whether it went right.
#pragma once

#include <string>

namespace otto::drill {

/// Three instances share one campaign; two are killed on the way. Has each contact one outcome, and how long did
/// nobody dial? With the waits that every daemon has.
bool share_campaign(int contacts, const std::string& dir);
/// kill -9 with live calls: how many does the other instance take up again, and after which silence?
bool crash_under_calls(int calls, const std::string& dir);
/// An instance that leads a campaign and has live calls is frozen for longer than its lease, given up by the balancer,
/// and wakes when another one has taken all of it up: does it cut a call, or dial anybody?
bool freeze_under_calls(int calls, const std::string& dir);
/// SIGTERM with live calls, and the next process on the same port: is one cut, does the next one dial meanwhile?
bool drain_under_calls(int calls, const std::string& dir);
/// A third of the callbacks lost, a third three times, all out of order, one in twenty a minute late.
bool lose_callbacks(int calls, const std::string& dir);

}  // namespace otto::drill
