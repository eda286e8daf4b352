#include "otto/dial/place.hpp"

#include <algorithm>

#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"
#include "otto/phone/region.hpp"
#include "otto/ports/sheet_columns.hpp"

namespace otto::dial {

namespace {

/// The first non-blank value of a column of that meaning.
std::string_view cell_of(const Variables& variables, ports::SheetColumn column) {
  for (const auto& [header, value] : variables)
    if (!trim(value).empty() && ports::column_meaning(header).column == column) return trim(value);
  return {};
}

bool is_among(const std::vector<std::string>& zones, const std::vector<std::string>& all) {
  return std::ranges::all_of(zones, [&](const std::string& zone) { return std::ranges::find(all, zone) != all.end(); });
}

}  // namespace

Place place_of(std::string_view phone, const Variables& variables) {
  Place place;
  place.zones = phone::zones_of(phone);
  std::vector<std::string> named;
  const std::string_view zone = cell_of(variables, ports::SheetColumn::TimeZone);
  if (const auto known = phone::parse_zone(zone)) {
    named = {*known};
  } else if (std::ranges::any_of(zone, [](char c) { return (c | 0x20) >= 'a' && (c | 0x20) <= 'z'; })) {
    place.complaint = "\"" + std::string{truncate_utf8(zone, 64)} +
                      "\" is no time zone such as America/New_York; the number's own is used.";
  }
  const auto in_sheet = phone::parse_state(cell_of(variables, ports::SheetColumn::State));
  if (in_sheet && named.empty()) named = phone::zones_in_state(*in_sheet);
  if (const auto state = in_sheet ? in_sheet : phone::state_of(phone)) place.state = *state;
  if (named.empty()) return place;
  if (is_among(named, place.zones)) {
    place.zones = std::move(named);
    return place;
  }
  for (std::string& zone_too : named)
    if (std::ranges::find(place.zones, zone_too) == place.zones.end()) place.zones.push_back(std::move(zone_too));
  return place;
}

}  // namespace otto::dial
