#include "otto/base/clock.hpp"

#include <gtest/gtest.h>

namespace otto {
namespace {

using std::chrono::sys_days;
using std::chrono::year;
using namespace std::chrono_literals;

const TimePoint kMoment = sys_days{year{2026} / 11 / 23} + 18h + 33min + 59s + 120ms;

TEST(Iso8601, FormatsInUtcWithMilliseconds) {
  EXPECT_EQ(format_iso8601(kMoment), "2026-11-23T18:33:59.120Z");
  EXPECT_EQ(format_iso8601(kMoment + 999us), "2026-11-23T18:33:59.120Z");
  EXPECT_EQ(format_iso8601(TimePoint{} - 1ms), "1969-12-31T23:59:59.999Z");
}

TEST(Iso8601, ReadsTheSpellingsThatClientsSend) {
  for (const char* text :
       {"2026-11-23T18:33:59.120Z", "2026-11-23t18:33:59.12z", "2026-11-23 18:33:59,120000000+00",
        "2026-11-23T19:33:59.120+01:00", "2026-11-23T13:33:59.120-0500", " 2026-11-24T00:03:59.120+05:30 "}) {
    EXPECT_EQ(parse_iso8601(text).value(), kMoment) << text;
  }
  EXPECT_EQ(parse_iso8601("2026-11-23T18:33Z").value(), kMoment - 59s - 120ms);
}

TEST(Iso8601, RefusesWhatIsNotOneMoment) {
  for (const char* text :
       {"", "2026-11-23", "2026-11-23T18:33:59", "2026-11-23T18:33:59.Z", "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z", "2026-11-23T24:00:00Z", "2026-11-23T18:60:00Z", "2026-11-23T18:33:60Z",
        "2026-11-23T18:33:59Z!", "2026-11-23T18:33:59+1", "2026-11-23T18:33:59+01:", "2026-11-23T18:33:59+24:00",
        "9999-01-01T00:00:00Z", "26-11-23T18:33:59Z", "2026-11-23T18:33:59 Europe/Berlin", "1795458839"}) {
    const auto parsed = parse_iso8601(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, Errc::InvalidInput);
  }
  EXPECT_NE(parse_iso8601("2026-11-23T18:33:59").error().detail.find("no offset"), std::string::npos);
}

TEST(Iso8601, EveryDaySurvivesTheRoundTrip) {
  for (TimePoint day = sys_days{year{1999} / 1 / 1}; day < sys_days{year{2101} / 1 / 1}; day += 24h + 61s + 7ms) {
    ASSERT_EQ(parse_iso8601(format_iso8601(day)).value(), day);
    ASSERT_EQ(parse_rfc2822(format_rfc2822(day)).value(), std::chrono::floor<seconds>(day));
  }
}

TEST(Rfc2822, ReadsWhatTheCarrierSends) {
  const TimePoint moment = sys_days{year{2026} / 4 / 14} + 17h + 3min + 5s;
  for (const char* text : {"Tue, 14 Apr 2026 17:03:05 +0000", "14 Apr 2026 17:03:05 GMT",
                           "Tue, 14 apr 2026 12:03:05 -0500", "Tue,14 Apr 2026 17:03:05 UTC"}) {
    EXPECT_EQ(parse_rfc2822(text).value(), moment) << text;
  }
  EXPECT_EQ(parse_rfc2822("Wed, 1 Apr 2026 00:00 +0000").value(), sys_days{year{2026} / 4 / 1});
  EXPECT_EQ(format_rfc2822(moment), "Tue, 14 Apr 2026 17:03:05 +0000");
}

TEST(Rfc2822, RefusesTheRest) {
  for (const char* text : {"", "Tue, 14 Apr 2026", "Tue, 31 Apr 2026 17:03:05 +0000", "Tue, 14 Foo 2026 17:03:05 +0000",
                           "Tue, 14 Apr 2026 17:03:05", "Tue, 14 Apr 2026 17:03:05 +0000 x",
                           "Tue 14 Apr 2026 17:03:05 +0000", "2026-04-14T17:03:05Z"}) {
    ASSERT_FALSE(parse_rfc2822(text)) << text;
    EXPECT_EQ(parse_rfc2822(text).error().code, Errc::Malformed);
  }
}

}  // namespace
}  // namespace otto
