// What the receiver of the campaigns' events was told, against what is stored.
#pragma once

#include <string>
#include <vector>

#include "drill/house.hpp"

namespace otto::drill {

/// One sentence for each event that is missing, out of order, told in two ways or not signed. Once nothing is pending.
std::vector<std::string> wrongly_told(House& house);

}  // namespace otto::drill
