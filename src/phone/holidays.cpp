// The days on which some states let nobody be solicited: the federal holidays (5 U.S.C. 6103), Easter's neighbours by
// the Gregorian computus.
#include <chrono>

#include "otto/phone/window.hpp"

namespace otto::phone {
namespace {

namespace cal = std::chrono;
using cal::sys_days;

sys_days date_of(int year, unsigned month, unsigned day) {
  return sys_days{cal::year{year} / static_cast<int>(month) / static_cast<int>(day)};
}

bool is_fixed(sys_days date) {
  const cal::year_month_day ymd{date};
  const auto month = static_cast<unsigned>(ymd.month()), day = static_cast<unsigned>(ymd.day());
  const bool is_juneteenth = static_cast<int>(ymd.year()) >= 2021 && month == 6 && day == 19;
  return is_juneteenth || (month == 1 && day == 1) || (month == 7 && day == 4) || (month == 11 && day == 11) ||
         (month == 12 && day == 25);
}

bool is_floating(sys_days date) {
  const auto year = cal::year_month_day{date}.year();
  const auto is = [date](auto holiday) { return sys_days{holiday} == date; };
  return is(year / cal::January / cal::Monday[3]) || is(year / cal::February / cal::Monday[3]) ||
         is(year / cal::May / cal::Monday[cal::last]) || is(year / cal::September / cal::Monday[1]) ||
         is(year / cal::October / cal::Monday[2]) || is(year / cal::November / cal::Thursday[4]);
}

/// A holiday on a Sunday is observed on the Monday after it, one on a Saturday on the Friday before.
template <class Is>
bool is_or_observed(sys_days date, Is is) {
  const cal::weekday today{date};
  return is(date) || (today == cal::Monday && is(date - cal::days{1})) ||
         (today == cal::Friday && is(date + cal::days{1}));
}

/// Meeus, Astronomical Algorithms, chapter 8.
sys_days easter(int year) {
  const int a = year % 19, b = year / 100, c = year % 100;
  const int h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
  const int l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
  const int m = (a + 11 * h + 22 * l) / 451;
  const int sum = h + l - 7 * m + 114;
  return date_of(year, static_cast<unsigned>(sum / 31), static_cast<unsigned>(sum % 31 + 1));
}

}  // namespace

bool is_holiday(Holidays which, int year, int month, int day) {
  if (which == Holidays::None) return false;
  const sys_days date = date_of(year, static_cast<unsigned>(month), static_cast<unsigned>(day));
  if (is_floating(date) || is_or_observed(date, is_fixed)) return true;
  if (which == Holidays::FederalMardiGrasGoodFriday) {
    const sys_days sunday = easter(year);
    return date == sunday - cal::days{2} || date == sunday - cal::days{47};
  }
  if (which == Holidays::FederalPioneerDay)
    return is_or_observed(date, [year](sys_days d) { return d == date_of(year, 7, 24); });
  return false;
}

}  // namespace otto::phone
