// The "Call Log" tab: one line per finished call. Pure.
#pragma once

#include <string>
#include <vector>

#include "otto/ports/sheet_store.hpp"

namespace otto::campaign {

inline constexpr const char* kCallLogTab = "Call Log";

/// The header that a new tab gets. The last column is what tells whether a line stands there already.
std::vector<std::string> call_log_header();

/// A line under the tab's own header, which people may have put into another order; columns that they have added stay
/// blank.
std::vector<std::string> call_log_line(const std::vector<std::string>& header, const ports::SheetLogEntry& entry);

/// The entries that are not in the tab yet.
std::vector<ports::SheetLogEntry> missing_lines(const ports::SheetTable& log,
                                                const std::vector<ports::SheetLogEntry>& entries);

}  // namespace otto::campaign
