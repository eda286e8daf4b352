#include "otto/sheets/export.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace otto::sheets {
namespace {

const std::string kId = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";

net::Url url(const std::string& text) {
  auto parsed = net::parse_url(text);
  EXPECT_TRUE(parsed.has_value()) << text;
  return parsed ? *parsed : net::Url{};
}

ports::SheetSource source(std::optional<std::string> gid = std::nullopt) {
  ports::SheetSource s;
  s.id = kId;
  s.gid = std::move(gid);
  return s;
}

TEST(SheetExport, AddressesAreGooglesOwn) {
  const std::string base = "https://docs.google.com";
  EXPECT_EQ(export_url(base, kId, std::nullopt), base + "/spreadsheets/d/" + kId + "/export?format=csv");
  EXPECT_EQ(export_url(base, kId, "42"), base + "/spreadsheets/d/" + kId + "/export?format=csv&gid=42");
  EXPECT_EQ(query_url(base, kId, "Mai & Juni/#1 é"),
            base + "/spreadsheets/d/" + kId + "/gviz/tq?tqx=out:csv&headers=1&sheet=Mai%20%26%20Juni%2F%231%20%C3%A9");
  EXPECT_EQ(query_url(base, kId, std::nullopt), base + "/spreadsheets/d/" + kId + "/gviz/tq?tqx=out:csv&headers=1");
}

TEST(SheetExport, GooglesRedirectsAreFollowedToGooglesHostsOnly) {
  struct Case {
    std::string location;
    std::optional<Errc> refused;
  };
  const net::Url base = url("https://docs.google.com");
  const net::Url from = url("https://docs.google.com/spreadsheets/d/x/export?format=csv");
  const std::vector<Case> cases{
      {"https://doc-0o-34-sheets.googleusercontent.com/export/a1/b2/1653739585000/1170/*/x?format=csv", std::nullopt},
      {"https://docs.google.com/other", std::nullopt},
      {"/spreadsheets/u/0/d/x/export", std::nullopt},
      {"https://accounts.google.com/ServiceLogin?continue=x&ltmpl=sheets", Errc::Forbidden},
      {"//accounts.google.com/v3/signin", Errc::Forbidden},
      {"https://www.google.com/sorry/index?continue=x", Errc::RateLimited},
      {"https://www.google.com/other", Errc::ProviderUnavailable},
      {"http://doc-1-sheets.googleusercontent.com/x", Errc::ProviderUnavailable},
      {"https://doc-1-sheets.googleusercontent.com:8443/x", Errc::ProviderUnavailable},
      {"https://googleusercontent.com.evil.example/x", Errc::ProviderUnavailable},
      {"https://evilgoogleusercontent.com/x", Errc::ProviderUnavailable},
      {"https://user@docs.google.com/x", Errc::ProviderUnavailable},
      {"http://127.0.0.1/x", Errc::ProviderUnavailable},
      {"http://169.254.169.254/latest/meta-data", Errc::ProviderUnavailable},
      {"file:///etc/passwd", Errc::ProviderUnavailable},
      {"", Errc::ProviderUnavailable},
  };
  for (const Case& c : cases) {
    const auto next = follow_redirect(base, from, c.location);
    EXPECT_EQ(next.has_value(), !c.refused.has_value()) << c.location;
    if (c.refused && next.has_error()) EXPECT_EQ(next.error().code, *c.refused) << c.location;
  }
  EXPECT_EQ(*follow_redirect(base, from, "/y?z"), "https://docs.google.com/y?z");
  EXPECT_EQ(*follow_redirect(base, from, "y?z"), "https://docs.google.com/spreadsheets/d/x/y?z");
}

TEST(SheetExport, AnotherBaseFollowsOnlyToItself) {
  const net::Url base = url("http://127.0.0.1:9100");
  EXPECT_EQ(*follow_redirect(base, base, "/x"), "http://127.0.0.1:9100/x");
  EXPECT_TRUE(follow_redirect(base, base, "http://127.0.0.1:9100/x").has_value());
  EXPECT_TRUE(follow_redirect(base, base, "http://127.0.0.1:9101/x").has_error());
  EXPECT_TRUE(follow_redirect(base, base, "https://127.0.0.1:9100/x").has_error());
  EXPECT_TRUE(follow_redirect(base, base, "https://docs.google.com/x").has_error());
  EXPECT_EQ(follow_redirect(base, base, "https://accounts.google.com/ServiceLogin").error().code, Errc::Forbidden);
}

TEST(SheetExport, OnlyCsvIsBelieved) {
  struct Case {
    int status;
    std::string type, body;
    std::optional<Errc> refused;
    std::string says;
  };
  const std::vector<Case> cases{
      {200, "text/csv", "A,B\n", std::nullopt, ""},
      {200, "text/csv; charset=utf-8",
       "\xEF\xBB\xBF"
       "A",
       std::nullopt, ""},
      {200, "Text/CSV ;header=present", "", std::nullopt, ""},
      {200, "text/html; charset=utf-8", "<!DOCTYPE html>", Errc::Forbidden, "GOOGLE_SHEETS_CREDENTIALS"},
      {200, "text/csv", " \n<html>", Errc::Forbidden, "Anyone with the link"},
      {200, "text/csv", "\xEF\xBB\xBF<html>", Errc::Forbidden, "Anyone with the link"},
      {200, "application/json", "{}", Errc::ProviderUnavailable, "application/json"},
      {200, "", "A,B\n", Errc::ProviderUnavailable, "text/csv"},
      {401, "text/html", "<html>", Errc::Forbidden, "Anyone with the link"},
      {403, "text/html", "<html>", Errc::Forbidden, "Anyone with the link"},
      {404, "text/html", "<html>", Errc::NotFound, kId},
      {400, "text/html", "<html>", Errc::NotFound, "gid 77"},
      {429, "text/html", "<html>", Errc::RateLimited, "minute"},
      {500, "text/html", "<html>", Errc::ProviderUnavailable, "500"},
      {503, "text/html", "<html>", Errc::ProviderUnavailable, "later"},
      {204, "", "", Errc::ProviderUnavailable, "204"},
  };
  for (const Case& c : cases) {
    const auto csv = csv_of(net::Response{c.status, c.type, c.body}, source("77"));
    ASSERT_EQ(csv.has_value(), !c.refused.has_value()) << c.status << " " << c.type;
    if (!c.refused) {
      EXPECT_EQ(*csv, c.body);
      continue;
    }
    EXPECT_EQ(csv.error().code, *c.refused) << c.status << " " << c.type;
    EXPECT_NE(csv.error().detail.find(c.says), std::string::npos) << csv.error().detail;
  }
}

TEST(SheetExport, ABadRequestWithoutAGidSpeaksOfExcelFilesOnly) {
  const auto csv = csv_of(net::Response{400, "text/html", ""}, source());
  EXPECT_EQ(csv.error().detail.find("gid"), std::string::npos);
  EXPECT_NE(csv.error().detail.find("Excel"), std::string::npos);
}

TEST(SheetExport, TheSuggestedFileNameNamesTheTab) {
  const std::string header =
      "attachment; filename=\"MyBudget-OutboundCampaigns.csv\"; "
      "filename*=UTF-8''My%20Budget%20-%20Outbound%20Campaigns.csv";
  EXPECT_EQ(suggested_name(header), "My Budget - Outbound Campaigns");
  EXPECT_TRUE(names_tab(suggested_name(header), "Outbound Campaigns"));
  EXPECT_TRUE(names_tab(suggested_name(header), "outbound campaigns"));
  EXPECT_FALSE(names_tab(suggested_name(header), "Campaigns"));
  EXPECT_FALSE(names_tab(suggested_name(header), "My Budget"));
  EXPECT_FALSE(names_tab(suggested_name(header), ""));
  EXPECT_TRUE(names_tab("A - Q1_2026", "Q1/2026")) << "what a file name cannot hold is replaced";
  EXPECT_TRUE(names_tab("Kunden - März é", "März é"));
}

TEST(SheetExport, WithoutAnExactFileNameNothingIsSuggested) {
  EXPECT_EQ(suggested_name(""), "");
  EXPECT_EQ(suggested_name("attachment"), "");
  EXPECT_EQ(suggested_name("attachment; filename=\"MyBudget-Sheet1.csv\""), "");
  EXPECT_EQ(suggested_name("attachment; filename*=UTF-8''bad%2"), "");
  EXPECT_FALSE(names_tab("", "Sheet1"));
}

}  // namespace
}  // namespace otto::sheets
