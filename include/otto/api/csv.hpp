// CSV as we write it: RFC 4180, for spreadsheets and programs alike.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace otto::api {

/// Before the first line, so that spreadsheets read UTF-8.
inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// With its CRLF. A cell that begins like a formula is one to a spreadsheet, whoever typed it: an apostrophe makes it
/// text.
std::string csv_line(const std::vector<std::string>& cells);

}  // namespace otto::api
