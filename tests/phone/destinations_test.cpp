#include "otto/phone/destinations.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>

#include "otto/phone/number.hpp"

namespace otto::phone {
namespace {

using testing::HasSubstr;

const std::vector<std::string> kAmerican{"+14155550100"};

Destinations to(std::vector<std::string> allowed) { return Destinations{allowed, kAmerican}; }

TEST(Country, OfTheNorthAmericanPlanFollowsFromTheAreaCode) {
  EXPECT_EQ(country_of("+14155550101"), "US");
  EXPECT_EQ(country_of("+17875550101"), "US") << "Puerto Rico";
  EXPECT_EQ(country_of("+14165550101"), "CA");
  EXPECT_EQ(country_of("+18765550101"), "JM");
  EXPECT_EQ(country_of("+18095550101"), "DO");
  EXPECT_EQ(country_of("+442071838750"), "GB");
  EXPECT_EQ(country_of("+447624000000"), "IM") << "which shares Britain's country code";
  for (const char* nowhere : {"+18005550101", "+15005550101", "+15555550101", "+881612345678", "nonsense", ""})
    EXPECT_EQ(country_of(nowhere), "") << nowhere;
}

/// Two tables of different origin: every area code that the library knows has its country here.
TEST(Country, AgreesWithTheLibraryOnEveryAreaCode) {
  const auto& library = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  int compared = 0;
  for (int code = 200; code < 1000; ++code) {
    const std::string number = "+1" + std::to_string(code) + "2345678";
    i18n::phonenumbers::PhoneNumber parsed;
    std::string theirs;
    library.Parse(number, "ZZ", &parsed);
    library.GetRegionCodeForNumber(parsed, &theirs);
    const auto kind = library.GetNumberType(parsed);
    const bool has_place = kind == library.FIXED_LINE || kind == library.FIXED_LINE_OR_MOBILE || kind == library.MOBILE;
    if (theirs == "ZZ" || !has_place) continue;
    for (const char* territory : {"PR", "VI", "GU", "AS", "MP"})
      if (theirs == territory) theirs = "US";
    ++compared;
    EXPECT_EQ(country_of(number), theirs) << code;
  }
  EXPECT_GT(compared, 380);
}

TEST(Destinations, AreTheCallersCountryUnlessSomethingElseIsSaid) {
  const auto home = to({});
  EXPECT_EQ(home.refusal("+12125550101"), "");
  EXPECT_EQ(home.refusal("+18005550101"), "") << "toll-free";
  EXPECT_EQ(home.refusal("+18765550101"),
            "The number is in JM (area code 876), and calls go to US only (OTTO_ALLOWED_DESTINATIONS).");
  EXPECT_THAT(home.refusal("+14165550101"), HasSubstr("is in CA"));
  EXPECT_THAT(home.refusal("+442071838750"), HasSubstr("is in GB, and"));
  EXPECT_THAT(home.refusal("+15555550101"), HasSubstr("belongs to no country that is known here (area code 555)"));

  const std::vector<std::string> callers{"+442071838750", "+14155550100"};
  const Destinations both{{}, callers};
  EXPECT_EQ(both.refusal("+442071838751"), "");
  EXPECT_EQ(both.refusal("+14155550101"), "");
  EXPECT_NE(both.refusal("+447624000000"), "") << "the Isle of Man";
  const std::vector<std::string> toll_free{"+18005550100"};
  EXPECT_EQ((Destinations{{}, toll_free}.refusal("+14155550101")), "");
}

TEST(Destinations, AreCountriesAndBeginningsOfNumbers) {
  const auto some = to({"CA", "+1876", "+4420"});
  EXPECT_EQ(some.refusal("+14165550101"), "");
  EXPECT_EQ(some.refusal("+18765550101"), "");
  EXPECT_EQ(some.refusal("+442071838750"), "");
  EXPECT_THAT(some.refusal("+14155550101"), HasSubstr("calls go to CA, +1876, +4420 only"));
  EXPECT_NE(some.refusal("+441212345678"), "");
}

TEST(Destinations, NeverAreNumbersThatEarnTheirOwnerMoney) {
  const auto wide = to({"US", "GB", "DE", "FR", "AT", "+1", "+44", "+49"});
  EXPECT_EQ(wide.refusal("+19005550101"), "The number is a premium-rate number, and such numbers are never called.");
  EXPECT_THAT(wide.refusal("+12129760101"), HasSubstr("premium-rate"));
  EXPECT_THAT(wide.refusal("+449098790000"), HasSubstr("premium-rate"));
  EXPECT_EQ(wide.refusal("+498001234567"), "") << "that costs the callee";
  EXPECT_THAT(wide.refusal("+499001234567"), HasSubstr("premium-rate"));
  EXPECT_THAT(wide.refusal("+33810123456"), HasSubstr("shared-cost"));
  EXPECT_THAT(wide.refusal("+447012345678"), HasSubstr("personal"));
  EXPECT_THAT(wide.refusal("+447640123456"), HasSubstr("pager"));
}

/// T30: from a default installation none of the plan's expensive or placeless codes is reached.
TEST(Destinations, LeaveOutTheCaribbeanPaidSatelliteAndPlacelessNumbers) {
  const auto home = to({});
  int refused = 0;
  for (const char* code : {"242", "246", "264", "268", "284", "345", "441", "473", "649", "658", "664", "721", "758",
                           "767", "784", "809", "829", "849", "868", "869", "876", "900", "500", "521", "522", "533",
                           "544", "566", "577", "588", "600", "700", "710", "211", "311", "411", "511", "611", "911"})
    for (const char* rest : {"2000100", "5550101", "5559999", "9760000", "2345678", "8765432", "3000000", "4567890",
                             "9999999", "7001234", "6543210", "2112111", "5551212"}) {
      EXPECT_NE(home.refusal(std::string{"+1"} + code + rest), "") << code << rest;
      ++refused;
    }
  for (const char* number : {"+881612345678", "+882123456789", "+883510012345", "+8835100123456", "+979123456789",
                             "+870773123456", "+878101234567", "+80012345678", "+80812345678", "+37160000000"})
    EXPECT_NE(home.refusal(number), "") << number;
  EXPECT_GE(refused, 500);
}

}  // namespace
}  // namespace otto::phone
