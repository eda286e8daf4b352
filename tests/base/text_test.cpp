#include "otto/base/text.hpp"

#include <gtest/gtest.h>

namespace otto {
namespace {

TEST(Text, TrimTakesBlanksAndNoBreakSpacesFromBothEnds) {
  EXPECT_EQ(trim(" \t\r\n\xC2\xA0 a b\xC2\xA0\n"), "a b");
  EXPECT_EQ(trim("\xC2\xA0\xC2\xA0"), "");
  EXPECT_EQ(trim(""), "");
  EXPECT_EQ(trim("é"), "é");
}

TEST(Text, SplitKeepsEmptyParts) {
  EXPECT_EQ(split("a,,b,", ','), (std::vector<std::string>{"a", "", "b", ""}));
  EXPECT_EQ(split("", ','), std::vector<std::string>{""});
}

TEST(Text, CaseIsAsciiOnly) {
  EXPECT_EQ(to_lower("X-Twilio É"), "x-twilio É");
  EXPECT_TRUE(iequals("Content-Type", "content-TYPE"));
  EXPECT_FALSE(iequals("a", "ab"));
}

TEST(Text, PercentEncodingKeepsUnreservedOnly) {
  EXPECT_EQ(percent_encode("aZ09-_.~"), "aZ09-_.~");
  EXPECT_EQ(percent_encode("a b+c&é"), "a%20b%2Bc%26%C3%A9");
}

TEST(Text, EveryByteSurvivesPercentEncoding) {
  std::string all;
  for (int i = 0; i < 256; ++i) all += static_cast<char>(i);
  EXPECT_EQ(percent_decode(percent_encode(all)).value(), all);
  const FormFields fields{{all, all}, {"x", ""}};
  EXPECT_EQ(parse_form(format_form(fields)).value(), fields);
}

TEST(Text, BrokenEscapesAreRefused) {
  for (const char* bad : {"%", "%4", "abc%4", "%zz", "%4g", "%%41"}) {
    EXPECT_EQ(percent_decode(bad).error().code, Errc::Malformed) << bad;
    EXPECT_FALSE(parse_form(bad)) << bad;
  }
  EXPECT_EQ(percent_decode("%41+").value(), "A+");
}

TEST(Form, KeepsOrderAndRepeatsAndReadsBothKindsOfSpace) {
  const auto fields = parse_form("b=1&a=x+y%20z&b=2&&empty=&alone").value();

  EXPECT_EQ(fields, (FormFields{{"b", "1"}, {"a", "x y z"}, {"b", "2"}, {"empty", ""}, {"alone", ""}}));
  EXPECT_EQ(form_value(fields, "b"), "1");
  EXPECT_EQ(form_value(fields, "B"), "");
  EXPECT_TRUE(parse_form("").value().empty());
}

TEST(Form, RefusesMoreFieldsThanAllowed) {
  EXPECT_TRUE(parse_form("a=1&b=2", 2));
  EXPECT_EQ(parse_form("a=1&b=2&c=3", 2).error().code, Errc::TooLarge);
}

TEST(Xml, EscapesMarkupAndDropsWhatXmlForbids) {
  EXPECT_EQ(xml_escape("<a href=\"x\">'&'</a>"), "&lt;a href=&quot;x&quot;&gt;&apos;&amp;&apos;&lt;/a&gt;");
  EXPECT_EQ(xml_escape(std::string_view{"a\0\x01\x1F\t\n\x7F", 7}), "a\t\n\x7F");
  EXPECT_EQ(xml_escape("x\xEF\xBF\xBFy\xEF\xBF\xBEz"), "xyz");  // U+FFFF, U+FFFE
  EXPECT_EQ(xml_escape("José \xF0\x9F\x98\x80 \xFF\xC3"), "José \xF0\x9F\x98\x80 ");
}

TEST(Utf8, TellsValidFromInvalid) {
  for (const char* good : {"", "plain", "é", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_clean_utf8(good)) << good;
  }
  for (const char* bad : {"\x80", "\xC3", "\xC0\xAF", "\xE0\x80\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xE2\x82", "a\xFF"}) {
    EXPECT_FALSE(is_clean_utf8(bad));
  }
  EXPECT_FALSE(is_clean_utf8(std::string_view{"a\0b", 3}));
}

TEST(Utf8, TruncationNeverCutsACodePoint) {
  const std::string text = "aé€\xF0\x9F\x98\x80z";
  for (std::size_t max = 0; max <= text.size() + 1; ++max) {
    const auto cut = truncate_utf8(text, max);
    EXPECT_LE(cut.size(), max);
    EXPECT_TRUE(is_clean_utf8(cut)) << max;
    EXPECT_GT(cut.size() + 4, std::min(max, text.size()));
  }
}

TEST(Mask, PhoneNumbersKeepTheirEndsOnly) {
  EXPECT_EQ(mask_phone("+14155550101"), "+1415•••0101");
  EXPECT_EQ(mask_phone("(415) 555-0101"), "415•••0101");
  EXPECT_EQ(mask_phone("5550101"), "•••");
  EXPECT_EQ(mask_phone(""), "•••");
}

TEST(Mask, AtLeastThreeDigitsStayHidden) {
  std::string digits = "+";
  for (int i = 1; i <= 15; ++i) {
    digits += static_cast<char>('0' + i % 10);
    const auto masked = mask_phone(digits);
    const auto shown = std::count_if(masked.begin(), masked.end(), [](char c) { return c >= '0' && c <= '9'; });
    EXPECT_LE(shown, i >= 8 ? i - 3 : 0) << digits;
  }
}

TEST(Mask, UrlsLoseQueryFragmentAndUser) {
  EXPECT_EQ(mask_url("https://n8n.example.com/webhook-waiting/7?signature=abc#x"),
            "https://n8n.example.com/webhook-waiting/7?…");
  EXPECT_EQ(mask_url("postgresql://otto:secret@db:5432/otto"), "postgresql://db:5432/otto");
  EXPECT_EQ(mask_url("postgresql://otto:p@ss@db/otto"), "postgresql://db/otto");
  EXPECT_EQ(mask_url("https://host/a@b"), "https://host/a@b");
  EXPECT_EQ(mask_url("/path?x"), "/path?…");
}

}  // namespace
}  // namespace otto
