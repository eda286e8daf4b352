// What a workbook's numbers look like to people. Excel keeps dates and times as numbers of days; only the cell's format
// tells them from others. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace otto::sheets {

struct NumberFormat {
  enum class Kind : std::uint8_t {
    Plain,
    Date,
    Time,
    DateTime,
    Elapsed  ///< hours beyond a day: "[h]:mm"
  } kind = Kind::Plain;
  int digits = 0;  ///< whole numbers are padded to so many: "00000" is a ZIP code's
  friend bool operator==(const NumberFormat&, const NumberFormat&) = default;
};

/// ECMA-376 part 1, 18.8.30: the formats that have a number and no code in the file.
NumberFormat builtin_format(int id) noexcept;
/// Of a code such as "m/d/yyyy h:mm"; its first section decides. Codes are written in English whatever Excel speaks.
NumberFormat parse_number_format(std::string_view code);

/// `from_1904`: the workbook counts days from 1904, as old ones of the Mac do. A number that is no date of the years
/// 1900 to 9999 stays a number.
std::string number_text(double number, NumberFormat format, bool from_1904);

}  // namespace otto::sheets
