#include "src/cli/output.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace otto::cli {
namespace {

using testing::HasSubstr;
using testing::internal::CaptureStderr;
using testing::internal::CaptureStdout;
using testing::internal::GetCapturedStderr;
using testing::internal::GetCapturedStdout;

TEST(Printable, NothingThatOthersWroteMovesTheCursor) {
  EXPECT_EQ(printable("Maria \x1b[2J\x07\n Alvarez\x7f"), "Maria  [2J   Alvarez ");
  EXPECT_EQ(printable("Jos\xc3\xa9 O\xe2\x80\x99Neill"), "Jos\xc3\xa9 O\xe2\x80\x99Neill");
  EXPECT_EQ(printable("a\xc2\x9b"
                      "31mb\xc2\xa0"
                      "c"),
            "a 31mb\xc2\xa0"
            "c")
      << "C1 in UTF-8, and a no-break space";
  EXPECT_EQ(printable("\xc2"), "\xc2");
  for (int byte = 0; byte < 256; ++byte) {
    const std::string clean = printable(std::string(1, static_cast<char>(byte)));
    EXPECT_TRUE(byte >= ' ' && byte != 0x7F ? clean[0] == static_cast<char>(byte) : clean == " ") << byte;
  }
}

TEST(Table, ColumnsAreAsWideAsTheirWidestCharacterForCharacter) {
  CaptureStdout();
  Table table{{"NAME", "PHONE"}};
  table.add({"Jos\xc3\xa9", "+1"});
  table.add({"Bo", "+22"});
  table.print();
  table.add({"Maximiliane", "+3"});
  table.print();
  EXPECT_EQ(GetCapturedStdout(), "NAME  PHONE\nJos\xc3\xa9  +1\nBo    +22\nMaximiliane  +3\n");
}

TEST(Table, WithoutRowsNothingIsPrinted) {
  CaptureStdout();
  Table table{{"NAME"}};
  table.print();
  EXPECT_EQ(GetCapturedStdout(), "");
  EXPECT_TRUE(table.is_empty());
}

TEST(ListDocument, IsOneDocumentHoweverManyItemsCome) {
  for (const int items : {0, 1, 3}) {
    CaptureStdout();
    ListDocument list{Json{{"success", true}}, "calls"};
    for (int i = 0; i < items; ++i) list.add(Json{{"i", i}});
    list.end();
    const auto parsed = parse_json(GetCapturedStdout());
    ASSERT_TRUE(parsed);
    EXPECT_EQ((*parsed)["success"], true);
    EXPECT_EQ((*parsed)["calls"].size(), static_cast<std::size_t>(items));
  }
  CaptureStdout();
  ListDocument bare{Json::object(), "calls"};
  bare.end();
  EXPECT_TRUE(parse_json(GetCapturedStdout()));
}

TEST(Output, AFailureIsASentenceOnStderrAndWithJsonADocumentOnStdout) {
  for (const bool json : {false, true}) {
    CaptureStdout();
    CaptureStderr();
    EXPECT_EQ(Output{json}.fail(Error{Errc::NotFound, "There is no such campaign."}), 1);
    EXPECT_EQ(GetCapturedStderr(), "otto: There is no such campaign.\n");
    const std::string printed = GetCapturedStdout();
    if (!json) {
      EXPECT_EQ(printed, "");
      continue;
    }
    const auto parsed = parse_json(printed);
    ASSERT_TRUE(parsed) << printed;
    EXPECT_EQ((*parsed)["success"], false);
    EXPECT_EQ((*parsed)["error"]["code"], "not_found");
  }
}

TEST(Output, WhatIsWrongWithSettingsIsToldFieldByField) {
  CaptureStdout();
  CaptureStderr();
  EXPECT_EQ(Output{true}.fail(std::vector<std::string>{"PORT must be a number.", "BASE_URL is required."}), 1);
  EXPECT_EQ(GetCapturedStderr(), "otto: PORT must be a number.\notto: BASE_URL is required.\n");
  const auto parsed = parse_json(GetCapturedStdout());
  ASSERT_TRUE(parsed);
  EXPECT_EQ((*parsed)["error"]["details"][1], (Json{{"field", "BASE_URL"}, {"message", "is required."}}));
}

TEST(Output, AnEventIsALineAndNoSuccess) {
  CaptureStdout();
  Output{true}.event("turn", Json{{"success", true}, {"text", "two\nlines"}});
  const std::string line = GetCapturedStdout();
  EXPECT_EQ(std::count(line.begin(), line.end(), '\n'), 1);
  EXPECT_EQ(Json::parse(line), (Json{{"event", "turn"}, {"text", "two\nlines"}}));
}

}  // namespace
}  // namespace otto::cli
