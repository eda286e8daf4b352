// The finished history, judged: what the carrier saw against what is stored. Pure but for reading both.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "drill/house.hpp"

namespace otto::drill {

/// What the drill itself did and must hold the history to.
struct Deeds {
  int max_attempts = 2;
  std::map<std::string, TimePoint> stopped;     ///< campaigns, and when the stop was answered
  std::map<std::string, TimePoint> suppressed;  ///< numbers, and when the do-not-call request was answered
  std::vector<TimePoint> thawed;  ///< when a frozen instance went on: it sends at once what it had claimed
  bool doubles = false;           ///< an untruth: a call that was heard is judged as two of its attempt
  double calls_per_second = 0;    ///< the account's limit; 0: the house's
};

struct Findings {
  int contacts = 0, calls = 0, attempts = 0, callbacks = 0;
  int spoken_twice = 0, lost = 0, disagreeing = 0;
  int most_per_second = 0;             ///< of creates; also within a second after a thaw
  std::map<std::string, int> broken;   ///< invariant → how often
  std::vector<std::string> sentences;  ///< the first of each
  bool holds() const { return broken.empty(); }
};

/// I1 to I13; the campaigns must have ended and the carrier must have no live call.
Findings judge(House& house, const Deeds& deeds);
/// Which rows do not say what the carrier says; empty once all do.
std::vector<std::string> disagreements(House& house);

}  // namespace otto::drill
