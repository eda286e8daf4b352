// Whether the judge sees: a finished history that holds is made untrue in one place after the other.
#pragma once

#include "drill/history.hpp"

namespace otto::drill {

/// Prints each; how many were missed.
int falsify(House& house, Deeds deeds);

}  // namespace otto::drill
