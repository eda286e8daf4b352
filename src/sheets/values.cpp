// values.get's answer as a table.
#include <cmath>
#include <fmt/format.h>

#include "otto/base/json.hpp"
#include "otto/sheets/google_sheet.hpp"

#include "sheets/table_builder.hpp"

namespace otto::sheets {

namespace {

/// Unformatted values: numbers come as JSON numbers, whatever the cell's format would have made of their digits.
std::string cell_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "TRUE" : "FALSE";
  if (value.is_number_integer()) return value.dump();
  if (!value.is_number()) return {};
  constexpr double kExact = 9'007'199'254'740'992;  // 2^53
  const double number = value.get<double>();
  if (std::abs(number) < kExact && number == std::floor(number))
    return std::to_string(static_cast<std::int64_t>(number));
  return fmt::format("{}", number);
}

}  // namespace

Result<ports::SheetTable> parse_values(std::string_view body) {
  const auto json = parse_json(body);
  const Error strange{Errc::Protocol, "Google Sheets answered with something that is not a range of values."};
  if (!json || !json->is_object()) return strange;
  TableBuilder table;
  const auto values = json->find("values");
  if (values == json->end()) return table.take();  // absent when the whole range is blank
  if (!values->is_array()) return strange;
  for (const Json& row : *values) {
    if (!row.is_array()) return strange;
    for (const Json& cell : row) table.add_cell(cell_text(cell));
    table.end_row();
  }
  return table.take();
}

}  // namespace otto::sheets
