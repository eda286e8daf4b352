#include "otto/phone/region.hpp"

#include <algorithm>
#include <array>
#include <cstdint>

#include "otto/base/text.hpp"
#include "otto/phone/number.hpp"
#include "otto/phone/window.hpp"

namespace otto::phone {
namespace {

#include "phone/area_codes.inc"

struct EverydayZone {
  std::string_view words, zone;
};
/// What Americans write; each list holds the names for one zone.
constexpr std::array<EverydayZone, 8> kEverydayZones{{
    {"eastern est edt et us/eastern", "America/New_York"},
    {"central cst cdt ct us/central", "America/Chicago"},
    {"mountain mst mdt mt us/mountain", "America/Denver"},
    {"arizona us/arizona", "America/Phoenix"},
    {"pacific pst pdt pt us/pacific", "America/Los_Angeles"},
    {"alaska akst akdt us/alaska", "America/Anchorage"},
    {"hawaii hst us/hawaii", "Pacific/Honolulu"},
    {"atlantic ast", "America/Puerto_Rico"},
}};

bool holds_word(std::string_view list, std::string_view word) {
  for (std::size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const bool begins = at == 0 || list[at - 1] == ' ';
    const bool ends = at + word.size() == list.size() || list[at + word.size()] == ' ';
    if (begins && ends) return true;
  }
  return false;
}

constexpr std::size_t kCodes = 1000;
constexpr std::uint8_t kNone = 0xFF;

/// Index into kStates by area code.
const std::array<std::uint8_t, kCodes>& state_by_code() {
  static const std::array<std::uint8_t, kCodes> table = [] {
    std::array<std::uint8_t, kCodes> made{};
    made.fill(kNone);
    for (std::size_t i = 0; i < kStates.size(); ++i) {
      const std::string_view codes = kStates[i].area_codes;
      for (std::size_t at = 0; at + 3 <= codes.size(); at += 4)
        made[static_cast<std::size_t>((codes[at] - '0') * 100 + (codes[at + 1] - '0') * 10 + (codes[at + 2] - '0'))] =
            static_cast<std::uint8_t>(i);
    }
    return made;
  }();
  return table;
}

const StateRow* row_of(std::string_view state) {
  const auto found = std::ranges::find(kStates, state, &StateRow::code);
  return found == kStates.end() ? nullptr : &*found;
}

}  // namespace

std::optional<std::string_view> state_of(std::string_view e164) noexcept {
  if (!e164.starts_with("+1") || e164.size() != 12 || !is_e164(e164)) return std::nullopt;
  const auto digit = [e164](std::size_t i) { return static_cast<std::size_t>(e164[i] - '0'); };
  const std::uint8_t index = state_by_code()[digit(2) * 100 + digit(3) * 10 + digit(4)];
  if (index == kNone) return std::nullopt;
  return kStates[index].code;
}

bool is_us_number(std::string_view e164) noexcept { return state_of(e164).has_value(); }

std::optional<std::string_view> parse_state(std::string_view text) {
  text = trim(text);
  if (text.size() == 5 && iequals(text.substr(0, 3), "US-")) text.remove_prefix(3);
  const auto found = std::ranges::find_if(
      kStates, [text](const StateRow& row) { return iequals(row.code, text) || iequals(row.name, text); });
  if (found == kStates.end()) return std::nullopt;
  return found->code;
}

std::vector<std::string> zones_in_state(std::string_view state) {
  const StateRow* row = row_of(state);
  return row == nullptr ? std::vector<std::string>{} : split(row->zones, ' ');
}

std::optional<std::string> parse_zone(std::string_view text) {
  std::string name{trim(text)};
  std::string lower = to_lower(name);
  if (lower.empty()) return std::nullopt;
  if (lower.ends_with(" time")) lower.resize(lower.size() - 5);
  if (lower.ends_with(" standard") || lower.ends_with(" daylight")) lower.resize(lower.size() - 9);
  for (const EverydayZone& known : kEverydayZones)
    if (lower.find(' ') == std::string::npos && holds_word(known.words, lower)) return std::string{known.zone};
  if (is_zone(name)) return name;
  // "america/new york" as people type it: each word with a capital.
  std::replace(name.begin(), name.end(), ' ', '_');
  name = to_lower(name);
  bool first = true;
  for (char& c : name) {
    if (first && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    first = c == '/' || c == '_' || c == '-';
  }
  if (name.find('/') != std::string::npos && is_zone(name)) return name;
  return std::nullopt;
}

}  // namespace otto::phone
