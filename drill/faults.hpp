// A seeded schedule of faults over running campaigns.
#pragma once

#include <cstdint>
#include <set>
#include <string>

#include "drill/history.hpp"
#include "drill/house.hpp"

namespace otto::drill {

struct FaultOptions {
  int faults = 1000;
  std::uint64_t seed = 1;
  int instances = 3;
  std::string broken;           ///< a rule of the protocol that is to be broken: "once", "fence" or "rescue"
  std::set<std::string> until;  ///< invariants: ends as soon as one of them is found broken, with nothing settled
  bool falsifies = false;       ///< afterwards the history is falsified, to see that the judge sees (falsify.hpp)
  std::string dir;
};

struct FaultReport {
  Findings findings;
  std::map<std::string, int> faults;     ///< of processes and of the database, by kind
  std::map<std::string, int> providers;  ///< of the carrier, by kind
  int missed = 0;                        ///< falsifications that were not seen
  int violations = 0;                    ///< of the carrier's rules
  std::vector<std::string> crashes;      ///< daemons that have ended by themselves
  seconds took{0}, settled{0};           ///< until the last fault, until all had come to rest
  bool ended = false;                    ///< all campaigns came to their ends
  std::string unfinished;                ///< what did not
};

FaultReport drill_faults(const FaultOptions& options);

}  // namespace otto::drill
