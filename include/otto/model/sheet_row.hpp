// What a contact's row in its sheet shows of its latest call. Pure.
#pragma once

#include <string>

#include "otto/model/state.hpp"

namespace otto {

/// Status: CALLING, COMPLETED, DO_NOT_CALL, NO_ANSWER, BUSY, FAILED. Only COMPLETED and DO_NOT_CALL keep a later
/// campaign from calling the row. An empty field leaves the cell as it is.
struct SheetRowText {
  std::string status, last_called, notes;
  friend bool operator==(const SheetRowText&, const SheetRowText&) = default;
};

/// All empty while the call has not begun. `dialed_at` stands in for a start that the line has not told.
SheetRowText sheet_row_text(const CallState& call, TimePoint dialed_at);

}  // namespace otto
