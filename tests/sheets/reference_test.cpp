#include "otto/sheets/reference.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace otto {
namespace {

const std::string kId = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";

TEST(SheetReference, ABareIdKeepsTheTabByTitle) {
  const auto source = ports::parse_sheet_reference("  " + kId + "\n", " Outbound Campaigns ");

  ASSERT_TRUE(source.has_value());
  EXPECT_EQ(source->id, kId);
  EXPECT_FALSE(source->gid.has_value());
  EXPECT_EQ(source->tab, "Outbound Campaigns");
}

TEST(SheetReference, TheBrowsersAddressChoosesTheTabAndTheFragmentWins) {
  struct Case {
    std::string url;
    std::optional<std::string> gid;
  };
  const std::string base = "https://docs.google.com/spreadsheets/d/" + kId;
  const std::vector<Case> cases{
      {base, std::nullopt},
      {base + "/", std::nullopt},
      {base + "/edit", std::nullopt},
      {base + "/edit?usp=sharing", std::nullopt},
      {base + "/edit#gid=0", "0"},
      {base + "/edit?gid=12#gid=345", "345"},
      {base + "/edit?usp=sharing&gid=12", "12"},
      {base + "/edit?gid=12#range=A1", "12"},
      {base + "/edit#gid=7&range=B2:C3", "7"},
      {base + "/export?format=csv&gid=99", "99"},
      {"docs.google.com/spreadsheets/d/" + kId + "/edit#gid=5", "5"},
      {"HTTPS://Docs.Google.com/spreadsheets/d/" + kId + "/edit#gid=5", "5"},
      {"https://docs.google.com/spreadsheets/u/1/d/" + kId + "/edit#gid=5", "5"},
      {"https://docs.google.com/a/example.com/spreadsheets/d/" + kId + "/edit#gid=5", "5"},
  };
  for (const Case& c : cases) {
    const auto source = ports::parse_sheet_reference(c.url, "Tab");
    ASSERT_TRUE(source.has_value()) << c.url << ": " << source.error().detail;
    EXPECT_EQ(source->id, kId) << c.url;
    EXPECT_EQ(source->gid, c.gid) << c.url;
    EXPECT_EQ(source->tab, "Tab");
  }
}

TEST(SheetReference, WhatIsNotASheetIsRefusedWithASentence) {
  struct Case {
    std::string text, says;
  };
  const std::vector<Case> cases{
      {"", "GOOGLE_SHEETS_CAMPAIGN_ID"},
      {"  ", "GOOGLE_SHEETS_CAMPAIGN_ID"},
      {"my sheet", "googleSheetId"},
      {"abc", "googleSheetId"},
      {std::string(101, 'a'), "googleSheetId"},
      {"https://docs.google.com/spreadsheets/d/e/2PACX-1vQabcdefghijklmnop/pub?output=csv", "published"},
      {"2PACX-1vQabcdefghijklmnopqrstuvwxyz", "published"},
      {"https://example.com/spreadsheets/d/" + kId, "googleSheetId"},
      {"https://docs.google.com.evil.example/spreadsheets/d/" + kId, "googleSheetId"},
      {"https://docs.google.com/document/d/" + kId, "googleSheetId"},
      {"https://docs.google.com/spreadsheets/d/", "googleSheetId"},
      {"https://docs.google.com/spreadsheets/d", "googleSheetId"},
      {"https://docs.google.com/d/spreadsheets", "googleSheetId"},
      {"https://docs.google.com/spreadsheets/d/short/edit", "googleSheetId"},
      {"https://docs.google.com/spreadsheets/d/" + kId + "/edit#gid=abc", "gid"},
      {"https://docs.google.com/spreadsheets/d/" + kId + "/edit#gid=", "gid"},
      {kId + "/../x", "googleSheetId"},
  };
  for (const Case& c : cases) {
    const auto source = ports::parse_sheet_reference(c.text, "Tab");
    ASSERT_TRUE(source.has_error()) << c.text;
    EXPECT_EQ(source.error().code, Errc::InvalidInput);
    EXPECT_NE(source.error().detail.find(c.says), std::string::npos) << c.text << ": " << source.error().detail;
  }
}

TEST(SheetReference, TheShortestAndLongestIdsAreAccepted) {
  EXPECT_TRUE(ports::parse_sheet_reference(std::string(20, 'a'), "").has_value());
  EXPECT_FALSE(ports::parse_sheet_reference(std::string(19, 'a'), "").has_value());
  EXPECT_TRUE(ports::parse_sheet_reference(std::string(100, '_'), "").has_value());
}

}  // namespace
}  // namespace otto
