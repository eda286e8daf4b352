#include "otto/phone/region.hpp"

#include <algorithm>
#include <gtest/gtest.h>
#include <set>

#include "otto/phone/number.hpp"
#include "otto/phone/window.hpp"

namespace otto::phone {
namespace {

TEST(State, FollowsFromTheAreaCode) {
  EXPECT_EQ(state_of("+13055550101"), "FL");
  EXPECT_EQ(state_of("+14155550101"), "CA");
  EXPECT_EQ(state_of("+12125550101"), "NY");
  EXPECT_EQ(state_of("+17875550101"), "PR");
  EXPECT_EQ(state_of("+18005550101"), std::nullopt) << "toll-free";
  EXPECT_EQ(state_of("+14165550101"), std::nullopt) << "Toronto";
  EXPECT_EQ(state_of("+18765550101"), std::nullopt) << "Jamaica";
  EXPECT_EQ(state_of("+442071838750"), std::nullopt);
  EXPECT_EQ(state_of("nonsense"), std::nullopt);
}

/// Two tables of different origin say the same: each area code's zones, from the numbering plan's data, lie in its
/// state.
TEST(State, EveryAreaCodesZonesLieInItsState) {
  int checked = 0;
  for (int code = 200; code < 1000; ++code) {
    const std::string number = "+1" + std::to_string(code) + "5550101";
    const auto state = state_of(number);
    if (!state) continue;
    const auto zones = zones_of(number), in_state = zones_in_state(*state);
    if (zones.size() > 3) continue;  // a code newer than that data
    ++checked;
    for (const std::string& zone : zones)
      EXPECT_NE(std::ranges::find(in_state, zone), in_state.end()) << code << " " << *state << " " << zone;
  }
  EXPECT_GT(checked, 300);
}

TEST(State, HasZonesOfTheDatabase) {
  for (const char* state : {"FL", "TX", "AK", "IN", "ND", "GU"}) {
    EXPECT_FALSE(zones_in_state(state).empty()) << state;
    for (const std::string& zone : zones_in_state(state)) EXPECT_TRUE(is_zone(zone)) << zone;
  }
  EXPECT_TRUE(zones_in_state("XX").empty());
}

TEST(State, IsReadAsPeopleWriteIt) {
  for (const char* text : {"FL", "fl", " Florida ", "FLORIDA", "US-FL"}) EXPECT_EQ(parse_state(text), "FL") << text;
  for (const char* text : {"", "F", "Floridaa", "COMPLETED", "12"}) EXPECT_EQ(parse_state(text), std::nullopt) << text;
}

TEST(ZoneName, IsReadAsPeopleWriteIt) {
  EXPECT_EQ(parse_zone("America/Chicago"), "America/Chicago");
  EXPECT_EQ(parse_zone("america/new york"), "America/New_York");
  EXPECT_EQ(parse_zone("CST"), "America/Chicago");
  EXPECT_EQ(parse_zone(" Central Time "), "America/Chicago");
  EXPECT_EQ(parse_zone("Pacific Standard Time"), "America/Los_Angeles");
  EXPECT_EQ(parse_zone("et"), "America/New_York");
  EXPECT_EQ(parse_zone("US/Mountain"), "America/Denver");
  EXPECT_EQ(parse_zone("Europe/Berlin"), "Europe/Berlin");
  for (const char* text : {"", "Zone 3", "North", "t", "/", "localtime"})
    EXPECT_EQ(parse_zone(text), std::nullopt) << text;
}

}  // namespace
}  // namespace otto::phone
