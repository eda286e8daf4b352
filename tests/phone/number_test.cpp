#include "otto/phone/number.hpp"

#include <gtest/gtest.h>
#include <phonenumbers/phonenumberutil.h>
#include <set>

#include "otto/phone/window.hpp"

namespace otto::phone {
namespace {

std::string parsed(std::string_view text, std::string_view region = "US") {
  const auto number = parse_number(text, region);
  return number ? *number : number.error().detail;
}

TEST(Number, ReadsTheSpellingsOfSheets) {
  for (const char* text : {"+14155550101",
                           "+1 415-555-0101",
                           "(415) 555-0101",
                           "14155550101",
                           "4155550101",
                           "415.555.0101",
                           "+1.415.555.0101",
                           "415/555/0101",
                           "1-415-555-0101",
                           " 415 555 0101\n",
                           "'4155550101",
                           "\xE2\x80\x98+14155550101",
                           "'+1 415 555 0101",
                           "4155550101.0",
                           "14155550101.00",
                           "+14155550101,0",
                           "tel:+1-415-555-0101",
                           "[415] 555 0101",
                           "\xC2\xA0"
                           "415\xC2\xA0"
                           "555\xC2\xA0"
                           "0101",
                           "415\xE2\x80\x91"
                           "555\xE2\x80\x93"
                           "0101",
                           "\xE2\x80\xAA+1 (415) 555-0101\xE2\x80\xAC",
                           "\xE2\x80\x8E"
                           "4155550101",
                           "\xEF\xBC\x8B\xEF\xBC\x91\xEF\xBC\x94\xEF\xBC\x91\xEF\xBC\x95\xEF\xBC\x95\xEF\xBC\x95"
                           "\xEF\xBC\x95\xEF\xBC\x90\xEF\xBC\x91\xEF\xBC\x90\xEF\xBC\x91",
                           "\xD9\xA4\xD9\xA1\xD9\xA5 \xD9\xA5\xD9\xA5\xD9\xA5 \xD9\xA0\xD9\xA1\xD9\xA0\xD9\xA1"}) {
    EXPECT_EQ(parsed(text), "+14155550101") << text;
  }
}

TEST(Number, ReadsTheSampleSheet) {
  EXPECT_EQ(parsed("(212) 555-0102"), "+12125550102");
  EXPECT_EQ(parsed("13125550103"), "+13125550103");
  EXPECT_EQ(parsed("+49 30 901820"), "+4930901820");
  EXPECT_EQ(parsed("+1.206.555.0109"), "+12065550109");
  EXPECT_EQ(parsed("555-0104"), "The phone number has 7 digits; its area code is missing.");
  EXPECT_EQ(parsed("n/a"), "The phone number holds something other than digits.");
}

TEST(Number, ForeignNumbersNeedTheirCountryCodeOrRegion) {
  EXPECT_EQ(parsed("+49 (0)30 901820"), "+4930901820");
  EXPECT_EQ(parsed("011 49 30 901820"), "+4930901820");
  EXPECT_EQ(parsed("0049 30 901820"), "+4930901820");
  EXPECT_EQ(parsed("030 901820", "DE"), "+4930901820");
  EXPECT_EQ(parsed("0049 30 901820", "DE"), "+4930901820");
  EXPECT_EQ(parsed("+39 06 69812345"), "+390669812345");  // Italy keeps its zero
  EXPECT_EQ(parsed("+1 415 555 0101", "DE"), "+14155550101");
}

TEST(Number, AreaCodesNewerThanTheLibraryAreTaken) {
  const auto& library = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  int newer = 0;
  for (const char* area : {"227", "235", "324", "350", "357", "369", "457", "621", "738", "748", "821", "835", "983"}) {
    const std::string number = "+1" + std::string{area} + "5550101";
    EXPECT_EQ(parsed(number), number);
    i18n::phonenumbers::PhoneNumber known;
    library.Parse(number, "US", &known);
    newer += library.IsValidNumber(known) ? 0 : 1;
  }
  EXPECT_GT(newer, 0) << "the library knows them all: this exception has had its day";
}

TEST(Number, NorthAmericanNumbersFollowThePlan) {
  for (const char* bad : {"+11155550101", "+10155550101", "115 555 0101", "+14151550101", "+14150550101"}) {
    EXPECT_EQ(parse_number(bad).error().code, Errc::InvalidInput) << bad;
  }
  EXPECT_NE(parsed("415 055 0101").find("begins with 0 or 1"), std::string::npos);
}

TEST(Number, CountsDigitsWhenTheyAreTooFewOrTooMany) {
  EXPECT_EQ(parsed("5"), "The phone number has 1 digit; a North American number has 10, area code included.");
  EXPECT_EQ(parsed("415555010"), "The phone number has 9 digits; a North American number has 10, area code included.");
  EXPECT_EQ(parsed("+1415555"), "The phone number has 6 digits after +1; a North American number has 10.");
  EXPECT_EQ(parsed("+1 415 555 01012"), "The phone number has 11 digits after +1; a North American number has 10.");
  EXPECT_EQ(parsed("12345", "DE"), "The phone number has 5 digits; the shortest numbers have 7.");
  EXPECT_EQ(parsed("4155550101 / 4155550102"), "The phone number has 20 digits; the longest numbers have 15.");
}

TEST(Number, ENotationIsToldFromLetters) {
  for (const char* text : {"4.15555E+09", "4,15555E+09", "1.41556e10", "+1.41556E+10", "4E9", "'1.4E+10"}) {
    EXPECT_NE(parsed(text).find("E-notation"), std::string::npos) << text;
  }
  for (const char* text : {"1-800-FLOWERS", "415-555-0101 x12", "415-555-0101;12", "call me",
                           "415-555-0101, 415-555-0102", "#N/A", "=A1", "e10", "\xFF"}) {
    EXPECT_EQ(parsed(text), "The phone number holds something other than digits.") << text;
  }
}

TEST(Number, RefusesTheRestWithASentence) {
  EXPECT_EQ(parsed(""), "The phone number is empty.");
  EXPECT_EQ(parsed(" \xC2\xA0\t"), "The phone number is empty.");
  EXPECT_EQ(parsed("()-"), "The phone number holds no digits.");
  EXPECT_EQ(parsed("+999 123456789"), "The phone number has no country code that exists.");
  EXPECT_EQ(parsed("+49 30 1"), "The phone number has 5 digits; the shortest numbers have 7.");
  EXPECT_NE(parsed("+33 000000000").find("not a number of its country, +33"), std::string::npos);
  EXPECT_NE(parsed("+881612345678").find("satellite"), std::string::npos);
  EXPECT_NE(parsed("+80012345678").find("worldwide"), std::string::npos);
}

// Whatever bytes come: either E.164 or one sentence without the digits in it.
TEST(Number, EveryAnswerIsANumberOrASentence) {
  std::uint32_t state = 1;
  const auto next = [&state](std::uint32_t bound) { return (state = state * 1664525u + 1013904223u) / 65536u % bound; };
  constexpr std::string_view kAlphabet = "0123456789012345678901234567890123456789+-(). eE'x\xC2\xA0\xEF\xBC\x91";
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (std::uint32_t length = next(20); length > 0; --length) {
      text += kAlphabet[next(static_cast<std::uint32_t>(kAlphabet.size()))];
    }
    const auto number = parse_number(text);
    if (number) {
      ASSERT_TRUE(is_e164(*number)) << text;
      ASSERT_EQ(parse_number(*number).value(), *number) << text;
      ASSERT_FALSE(zones_of(*number).empty()) << *number;
    } else {
      ASSERT_TRUE(number.error().detail.starts_with("The phone number ") && number.error().detail.ends_with('.'));
    }
  }
}

TEST(E164, IsAPlusAndSevenToFifteenDigits) {
  for (const char* good : {"+1234567", "+14155550101", "+123456789012345"}) EXPECT_TRUE(is_e164(good)) << good;
  for (const char* bad :
       {"", "+", "14155550101", "+01234567", "+123456", "+1234567890123456", "+1415555010a", "+1 4155550101"}) {
    EXPECT_FALSE(is_e164(bad)) << bad;
  }
}

TEST(Zones, FollowTheLongestPrefix) {
  using List = std::vector<std::string>;
  EXPECT_EQ(zones_of("+12125550102"), List{"America/New_York"});
  EXPECT_EQ(zones_of("+18085550106"), List{"Pacific/Honolulu"});
  EXPECT_EQ(zones_of("+16025550105"), List{"America/Phoenix"});
  EXPECT_EQ(zones_of("+4930901820"), List{"Europe/Berlin"});
  EXPECT_EQ(zones_of("+12275550101"), List{"America/New_York"});  // an area code of 2023
  EXPECT_EQ(zones_of("not a number"), List{});
}

TEST(Zones, ANumberOfNoPlaceGetsAllZonesOfItsCountry) {
  const auto toll_free = zones_of("+18005550199");
  EXPECT_GT(toll_free.size(), 20u);
  EXPECT_EQ(zones_of("+12995550101"), toll_free);  // an area code that nobody has yet
  const auto australian_mobile = zones_of("+61412345678");
  EXPECT_GT(australian_mobile.size(), 2u);
  EXPECT_EQ(zones_of("+61292345678"), std::vector<std::string>{"Australia/Sydney"});
}

TEST(Zones, EveryNumberOfEveryRegionHasZonesThatThisMachineKnows) {
  const auto& library = *i18n::phonenumbers::PhoneNumberUtil::GetInstance();
  std::set<std::string> regions;
  library.GetSupportedRegions(&regions);
  std::set<std::string> seen;
  for (const auto& region : regions) {
    for (const auto type :
         {i18n::phonenumbers::PhoneNumberUtil::FIXED_LINE, i18n::phonenumbers::PhoneNumberUtil::MOBILE,
          i18n::phonenumbers::PhoneNumberUtil::TOLL_FREE}) {
      i18n::phonenumbers::PhoneNumber example;
      if (!library.GetExampleNumberForType(region, type, &example)) continue;
      std::string e164;
      library.Format(example, i18n::phonenumbers::PhoneNumberUtil::E164, &e164);
      const auto zones = zones_of(e164);
      EXPECT_FALSE(zones.empty()) << region << ' ' << e164;
      seen.insert(zones.begin(), zones.end());
    }
  }
  EXPECT_GT(seen.size(), 200u);
  for (const auto& zone : seen) EXPECT_TRUE(is_zone(zone)) << zone;
}

}  // namespace
}  // namespace otto::phone
