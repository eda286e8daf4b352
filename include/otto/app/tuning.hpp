// Waits of the engine that a drill shortens, so that a thousand faults take minutes. They are no settings: their ratios
// are what the protocol's safety rests on (docs/reliability.md), and the daemon that people run has these.
#pragma once

#include "otto/base/clock.hpp"

namespace otto::app {

struct Tuning {
  seconds lease{12};                               ///< of a campaign's leader
  milliseconds poll{1000};                         ///< for campaigns that nobody leads
  seconds create_deadline{12};                     ///< from ARM to the end of the create request
  seconds event_hold{60};                          ///< hooks::EventDispatcher::Options::hold
  seconds abandoned{60}, quiet{90};                ///< dial::Reconciler::Options
  seconds reconciler_lease{10};                    ///< dial::Reconciler::Options::lease
  milliseconds reconcile_every{3000};              ///< dial::Reconciler::Options::interval
  milliseconds first_look{3000}, rarest{180'000};  ///< dial::Reconciler::Options
};
inline Tuning tuning;  ///< set before serve(), if at all

}  // namespace otto::app
