// How people name a spreadsheet: parse_sheet_reference() of ports/sheet.hpp, and its parts. Only the text is read;
// nothing is contacted.
#pragma once

#include <string_view>

#include "otto/ports/sheet.hpp"

namespace otto::sheets {

/// 20 to 100 of [A-Za-z0-9_-].
bool is_sheet_id(std::string_view text) noexcept;
/// A tab's number: 1 to 12 digits.
bool is_gid(std::string_view text) noexcept;

}  // namespace otto::sheets
