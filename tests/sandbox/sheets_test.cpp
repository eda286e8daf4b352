#include <gtest/gtest.h>

#include "otto/sandbox/sheets_host.hpp"

#include "tests/sandbox/world_fixture.hpp"

namespace otto::sandbox::test {
namespace {

struct Sheets : WorldFixture {
  void SetUp() override {
    Options options;
    options.samples = OTTO_SOURCE_DIR "/tests/data";
    const std::string csv = OTTO_SOURCE_DIR "/tests/data/campaign.csv";
    options.sheets = {"S1=" + csv, "S1:77:Other=" + csv, "P=private"};
    sandbox = Sandbox::make(loop, timers, options).value();
  }
  net::Response get(const std::string& target) {
    net::Request request;
    request.method = "GET";
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (request.path != target) request.query = target.substr(request.path.size() + 1);
    request.headers.add("Host", "127.0.0.1:1");
    return sandbox->sheets().handle(request);
  }
  static std::string local(const net::Response& response) {
    return std::string{response.headers.get("Location")}.substr(std::string{"http://127.0.0.1:1"}.size());
  }
};

TEST_F(Sheets, AnExportRedirectsToADownloadThatWorksOnce) {
  const auto first = get("/spreadsheets/d/S1/export?format=csv&gid=77");
  EXPECT_EQ(first.status, 307);
  const auto second = get(local(first));
  EXPECT_EQ(second.status, 200);
  EXPECT_EQ(second.headers.get("Content-Type"), "text/csv");
  EXPECT_TRUE(second.body.starts_with("\xEF\xBB\xBFName,Phone")) << second.body.substr(0, 20);
  EXPECT_EQ(get(local(first)).status, 403);
}

TEST_F(Sheets, APrivateSheetEndsInASignInPageWithStatus200) {
  const auto first = get("/spreadsheets/d/P/export?format=csv");
  EXPECT_EQ(first.status, 302);
  const auto second = get(local(first));
  EXPECT_EQ(second.status, 200);
  EXPECT_TRUE(second.headers.get("Content-Type").starts_with("text/html"));
}

TEST_F(Sheets, UnknownSheetsAndTabsAreHtmlErrors) {
  EXPECT_EQ(get("/spreadsheets/d/S2/export?format=csv").status, 404);
  EXPECT_EQ(get("/spreadsheets/d/S1/export?format=csv&gid=5").status, 400);
  EXPECT_EQ(get("/spreadsheets/d/S1/edit").status, 404);
}

TEST_F(Sheets, TheQueryQuotesEveryFieldAndFallsBackToTheFirstTab) {
  const auto csv = get("/spreadsheets/d/S1/gviz/tq?tqx=out:csv&headers=1&sheet=Nope");
  EXPECT_EQ(csv.status, 200);
  EXPECT_TRUE(csv.body.starts_with("\"Name\",\"Phone\",\"Email\"")) << csv.body.substr(0, 30);
  EXPECT_NE(csv.body.find("\"likes to be called \"\"Joe\"\"\""), std::string::npos);
  EXPECT_NE(csv.body.find("\"first line\nsecond line\""), std::string::npos);
  EXPECT_EQ(violations(), "[]");
  get("/spreadsheets/d/S1/gviz/tq?tqx=out:csv");
  EXPECT_NE(violations(), "[]") << "without headers=1 the service guesses";
}

TEST_F(Sheets, WrongOptionsAreNamed) {
  SheetsHost host{sandbox->world()};
  EXPECT_FALSE(host.add("no-equals-sign"));
  EXPECT_FALSE(host.add("X=/does/not/exist.csv"));
}

}  // namespace
}  // namespace otto::sandbox::test
