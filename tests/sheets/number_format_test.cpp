#include "src/sheets/number_format.hpp"

#include <gtest/gtest.h>

namespace otto::sheets {
namespace {

using Kind = NumberFormat::Kind;

std::string text(double number, const char* code, bool from_1904 = false) {
  return number_text(number, parse_number_format(code), from_1904);
}

TEST(NumberFormat, CodesTellDatesFromNumbers) {
  const std::pair<const char*, Kind> codes[]{{"General", Kind::Plain},
                                             {"0", Kind::Plain},
                                             {"#,##0.00", Kind::Plain},
                                             {"0.00E+00", Kind::Plain},
                                             {"0%", Kind::Plain},
                                             {"\"day\" 0", Kind::Plain},
                                             {"0\\d", Kind::Plain},
                                             {"_-* #,##0.00 _m;-0", Kind::Plain},
                                             {"[Red]0;[Blue]d", Kind::Plain},
                                             {"[<=9999999]###\\-####;\\(###\\)\\ ###\\-####", Kind::Plain},
                                             {"@", Kind::Plain},
                                             {"m/d/yyyy", Kind::Date},
                                             {"[$-409]d\\-mmm\\-yy;@", Kind::Date},
                                             {"mmm", Kind::Date},
                                             {"YYYY-MM-DD", Kind::Date},
                                             {"h:mm AM/PM", Kind::Time},
                                             {"mm:ss", Kind::Time},
                                             {"m/d/yy h:mm", Kind::DateTime},
                                             {"[$-F400]h:mm:ss\\ AM/PM", Kind::Time},
                                             {"[h]:mm", Kind::Elapsed},
                                             {"[mm]:ss", Kind::Elapsed},
                                             {"\"unclosed", Kind::Plain},
                                             {"[unclosed", Kind::Plain},
                                             {"0\\", Kind::Plain},
                                             {"", Kind::Plain}};
  for (const auto& [code, kind] : codes) EXPECT_EQ(parse_number_format(code).kind, kind) << code;
}

TEST(NumberFormat, NumbersAreWrittenOut) {
  EXPECT_EQ(text(15555550142.0, "General"), "15555550142");
  EXPECT_EQ(text(999999999999999.0, "General"), "999999999999999");
  EXPECT_EQ(text(-3, "0"), "-3");
  EXPECT_EQ(text(0.1 + 0.2, "General"), "0.3");
  EXPECT_EQ(text(1234.5, "#,##0.00"), "1234.5");
  EXPECT_EQ(text(2134, "00000"), "02134");
  EXPECT_EQ(text(0, "00000"), "00000");
  EXPECT_EQ(text(21.5, "00000"), "21.5");
}

TEST(NumberFormat, DatesAndTimesAreRead) {
  EXPECT_EQ(text(46358, "m/d/yyyy"), "2026-12-02");
  EXPECT_EQ(text(46358.99, "m/d/yyyy"), "2026-12-02");
  EXPECT_EQ(text(46358.395833333336, "d.m.yy h:mm"), "2026-12-02 09:30");
  EXPECT_EQ(text(46358, "d.m.yy h:mm"), "2026-12-02");
  EXPECT_EQ(text(46357.9999999, "d.m.yy h:mm"), "2026-12-02") << "half a second is rounded";
  EXPECT_EQ(text(0.5 + 5.0 / 86400, "h:mm:ss"), "12:00:05");
  EXPECT_EQ(text(1.1, "[h]:mm"), "26:24");
  EXPECT_EQ(text(59, "yyyy-mm-dd"), "1900-02-28");
  EXPECT_EQ(text(61, "yyyy-mm-dd"), "1900-03-01");
  EXPECT_EQ(text(0, "yyyy-mm-dd", true), "1904-01-01");
  EXPECT_EQ(text(2958465, "yyyy-mm-dd"), "9999-12-31");
  EXPECT_EQ(text(15555550142.0, "yyyy-mm-dd"), "15555550142") << "a phone number in a column of dates";
  EXPECT_EQ(text(-1, "yyyy-mm-dd"), "-1");
}

TEST(NumberFormat, FormatsWithoutACodeAreKnown) {
  EXPECT_EQ(builtin_format(0).kind, Kind::Plain);
  EXPECT_EQ(builtin_format(14).kind, Kind::Date);
  EXPECT_EQ(builtin_format(20).kind, Kind::Time);
  EXPECT_EQ(builtin_format(22).kind, Kind::DateTime);
  EXPECT_EQ(builtin_format(46).kind, Kind::Elapsed);
  EXPECT_EQ(builtin_format(49).kind, Kind::Plain);
}

}  // namespace
}  // namespace otto::sheets
