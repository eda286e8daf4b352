// Where a contact is: by its sheet's columns (time zone, state) and its number. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "otto/model/campaign.hpp"

namespace otto::dial {

struct Place {
  std::vector<std::string> zones;  ///< IANA; calls are allowed when they are in all of them; never empty for a number
  std::string state;               ///< of the United States, "FL"; empty: none is known
  std::string complaint;           ///< a column that could not be read, as a sentence; empty: none
};

/// A zone that the sheet names narrows the number's own when it is one of them; else both must be open. Without a zone
/// its state's zones stand for it. The sheet's state decides whose law holds, else the area code does.
Place place_of(std::string_view phone, const Variables& variables);

}  // namespace otto::dial
