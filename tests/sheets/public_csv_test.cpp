// The reader against a stand-in for Google on loopback.
#include "otto/sheets/public_csv.hpp"

#include <gtest/gtest.h>
#include <map>
#include <string>
#include <vector>

#include "otto/net/http_server.hpp"
#include "otto/rt/group.hpp"
#include "otto/sheets/csv.hpp"

namespace otto::sheets {
namespace {

const std::string kId = "1BxiMVs0XRA5nFMdKvBdBZjgmUUqptlbs74OgvE2upms";
const std::string kSheet = "/spreadsheets/d/" + kId;
const std::string kTable = "Name,Phone\r\nAnn,+1 212 555 0101\r\n";

/// Answers by exact target; records what was asked.
struct FakeGoogle final : net::HttpHandler {
  std::map<std::string, net::Response> answers;
  std::vector<std::string> asked;

  std::size_t max_body(const net::Request&) override { return 0; }
  Task<net::Response> handle(net::Request request) override {
    asked.push_back(request.target);
    const auto answer = answers.find(request.target);
    co_return answer == answers.end() ? net::Response{404, "text/html", "<html>"} : answer->second;
  }
  Task<Upgrade> upgrade(net::Request) override {
    Upgrade no;
    no.refuse = net::Response{400, "text/plain", ""};
    co_return no;
  }

  void csv(const std::string& target, const std::string& body, const std::string& file_name = {}) {
    net::Response response{200, "text/csv; charset=utf-8", body};
    if (!file_name.empty())
      response.headers.add("Content-Disposition", "attachment; filename*=UTF-8''" + percent_encode(file_name) + ".csv");
    answers.insert_or_assign(target, std::move(response));
  }
  void redirect(const std::string& target, const std::string& location, int status = 307) {
    net::Response response{status, "text/html", "<html>moved</html>"};
    response.headers.add("Location", location);
    answers.insert_or_assign(target, std::move(response));
  }
};

struct PublicCsvTest : testing::Test {
  Loop loop{1};
  FakeGoogle google;
  net::HttpServer server{loop, google};
  rt::Group group{loop, "test"};
  std::string base;
  std::optional<Result<ports::SheetTable>> table;
  boost::asio::thread_pool pool{1};
  bool is_pooled = false;

  PublicCsvTest() {
    const auto port = server.listen("127.0.0.1", 0);
    EXPECT_TRUE(port.has_value());
    base = "http://127.0.0.1:" + std::to_string(port ? *port : 0);
  }

  Task<void> reading(ports::Sheet& sheet, ports::SheetSource source) {
    table.emplace(co_await sheet.read(std::move(source)));
    co_await server.stop();
  }
  Result<ports::SheetTable> read(const std::string& tab, std::optional<std::string> gid = std::nullopt) {
    PublicSheetSettings settings;
    settings.export_base_url = base + "/";
    if (is_pooled) settings.pool = &pool;
    const auto sheet = make_public_sheet(std::move(settings));
    ports::SheetSource source;
    source.id = kId;
    source.tab = tab;
    source.gid = std::move(gid);
    group.spawn("server", server.run());
    group.spawn("read", reading(*sheet, std::move(source)));
    loop.run();
    return table ? *table : Result<ports::SheetTable>{Error{Errc::Internal, "read() never ended"}};
  }
  Error refused(const std::string& tab, std::optional<std::string> gid = std::nullopt) {
    const auto result = read(tab, std::move(gid));
    EXPECT_TRUE(result.has_error());
    return result ? Error{Errc::Internal, "was accepted"} : result.error();
  }
  /// The two answers that Google gives to a title and to none.
  void queries(const std::string& tab, const std::string& titled, const std::string& first) {
    google.csv(kSheet + "/gviz/tq?tqx=out:csv&headers=1&sheet=" + percent_encode(tab), titled);
    google.csv(kSheet + "/gviz/tq?tqx=out:csv&headers=1", first);
  }
};

TEST_F(PublicCsvTest, AGidIsExportedThroughTheRedirect) {
  google.redirect(kSheet + "/export?format=csv&gid=42", base + "/export/a/*/b?format=csv");
  google.csv("/export/a/*/b?format=csv", kTable);

  const auto result = read("Some title", "42");

  ASSERT_TRUE(result.has_value()) << result.error().detail;
  EXPECT_EQ(result->header, (std::vector<std::string>{"Name", "Phone"}));
  EXPECT_EQ(result->rows[0].cells[1], "+1 212 555 0101");
  EXPECT_EQ(google.asked.size(), 2u) << "a gid needs no look at titles";
}

TEST_F(PublicCsvTest, ATableIsParsedOnThePoolWhenThereIsOne) {
  is_pooled = true;
  google.csv(kSheet + "/export?format=csv&gid=42", kTable);
  const auto result = read("", "42");
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->rows.size(), 1u);
}

TEST_F(PublicCsvTest, WithoutTitleAndGidItIsTheFirstTab) {
  google.csv(kSheet + "/export?format=csv", kTable);
  EXPECT_TRUE(read("").has_value());
}

TEST_F(PublicCsvTest, AFirstTabOfThatNameIsTakenFromTheExport) {
  google.csv(kSheet + "/export?format=csv", kTable, "Spring - Outbound Campaigns");

  const auto result = read("Outbound Campaigns");

  ASSERT_TRUE(result.has_value()) << result.error().detail;
  EXPECT_EQ(google.asked.size(), 1u);
}

TEST_F(PublicCsvTest, AnotherTabIsQueriedByItsTitle) {
  google.csv(kSheet + "/export?format=csv", "Name,Phone\nWrong,1\n", "Spring - Do not call");
  queries("Out & bound", "\"Name\",\"Phone\"\n\"Ann\",\"+12125550101\"\n", "\"Name\",\"Phone\"\n\"Wrong\",\"1\"\n");

  const auto result = read("Out & bound");

  ASSERT_TRUE(result.has_value()) << result.error().detail;
  EXPECT_EQ(result->rows[0].cells[0], "Ann");
}

TEST_F(PublicCsvTest, AnUnknownTitleNeverYieldsTheFirstTab) {
  google.csv(kSheet + "/export?format=csv", "Name,Phone\nWrong,1\n", "Spring - Do not call");
  queries("Outbound Campaigns", "\"Name\",\"Phone\"\n\"Wrong\",\"1\"\n", "\"Name\",\"Phone\"\n\"Wrong\",\"1\"\n");

  const Error error = refused("Outbound Campaigns");

  EXPECT_EQ(error.code, Errc::NotFound);
  for (const std::string says : {"Outbound Campaigns", "Spring - Do not call", "gid", "GOOGLE_SHEETS_CREDENTIALS"})
    EXPECT_NE(error.detail.find(says), std::string::npos) << error.detail;
}

TEST_F(PublicCsvTest, ATitleThatCannotBeToldFromTheFirstTabIsRefused) {
  google.csv(kSheet + "/export?format=csv", kTable);
  queries("Outbound Campaigns", kTable, kTable);
  EXPECT_EQ(refused("Outbound Campaigns").code, Errc::NotFound);
}

TEST_F(PublicCsvTest, ANumberThatTheQueryBlankedIsNotSilentlyDropped) {
  google.csv(kSheet + "/export?format=csv", "A\nx\n", "Spring - Other");
  queries("June", "\"Name\",\"Mobile\"\n\"Ann\",\"2125550101\"\n\"Bob\",\"\"\n", "\"A\"\n\"x\"\n");

  const Error error = refused("June");

  EXPECT_EQ(error.code, Errc::InvalidInput);
  EXPECT_NE(error.detail.find("Row 3 "), std::string::npos) << error.detail;
}

TEST_F(PublicCsvTest, ASignInPageMeansThatTheSheetIsPrivate) {
  google.redirect(kSheet + "/export?format=csv", "https://accounts.google.com/ServiceLogin?continue=x", 302);
  EXPECT_EQ(refused("").code, Errc::Forbidden);
}

TEST_F(PublicCsvTest, ASignInPageWithStatus200MeansItToo) {
  google.answers.insert_or_assign(kSheet + "/export?format=csv",
                                  net::Response{200, "text/html; charset=utf-8", "<!DOCTYPE html><html>"});
  const Error error = refused("");
  EXPECT_EQ(error.code, Errc::Forbidden);
  EXPECT_NE(error.detail.find("Anyone with the link"), std::string::npos);
}

TEST_F(PublicCsvTest, AnUnknownIdIsNotFound) { EXPECT_EQ(refused("").code, Errc::NotFound); }

TEST_F(PublicCsvTest, RedirectsToOtherPlacesAreNotFollowed) {
  google.redirect(kSheet + "/export?format=csv", "http://127.0.0.1:1/x");
  EXPECT_EQ(refused("").code, Errc::ProviderUnavailable);
}

TEST_F(PublicCsvTest, FiveRedirectsAreFollowed) {
  google.redirect(kSheet + "/export?format=csv", "/1");
  for (int i = 1; i < 5; ++i) google.redirect("/" + std::to_string(i), "/" + std::to_string(i + 1));
  google.csv("/5", kTable);
  EXPECT_TRUE(read("").has_value());
}

TEST_F(PublicCsvTest, ACircleOfRedirectsEnds) {
  google.redirect(kSheet + "/export?format=csv", kSheet + "/export?format=csv");
  EXPECT_EQ(refused("").code, Errc::ProviderUnavailable);
  EXPECT_EQ(google.asked.size(), 6u);
}

TEST_F(PublicCsvTest, ASheetOverTheLimitIsRefused) {
  google.csv(kSheet + "/export?format=csv", std::string(kMaxSheetBytes + 1, 'x'));
  const Error error = refused("");
  EXPECT_EQ(error.code, Errc::TooLarge);
  EXPECT_NE(error.detail.find("32 MiB"), std::string::npos);
}

TEST_F(PublicCsvTest, WhatIsNoTableIsRefusedWithItsRow) {
  google.csv(kSheet + "/export?format=csv", "A,B\n\"x");
  EXPECT_EQ(refused("").code, Errc::InvalidInput);
}

TEST(PublicCsv, AnUnreachableHostIsAProvidersFailure) {
  Loop loop{1};
  rt::Group group{loop, "test"};
  PublicSheetSettings settings;
  settings.export_base_url = "http://127.0.0.1:1";
  const auto sheet = make_public_sheet(std::move(settings));
  std::optional<Result<ports::SheetTable>> table;
  std::optional<Result<std::string>> health;
  const auto ask = [](ports::Sheet& s, auto& t, auto& h) -> Task<void> {
    ports::SheetSource source;
    source.id = kId;
    t.emplace(co_await s.read(std::move(source)));
    h.emplace(co_await s.check());
  };
  group.spawn("ask", ask(*sheet, table, health));
  loop.run();

  ASSERT_TRUE(table && health);
  EXPECT_EQ(table->error().code, Errc::ProviderUnavailable);
  EXPECT_EQ(health->error().code, Errc::ProviderUnavailable);
}

}  // namespace
}  // namespace otto::sheets
