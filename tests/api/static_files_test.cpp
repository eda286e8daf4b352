// The dashboard's page as files: encodings, caching, what is not there.
#include "otto/api/static_files.hpp"

#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "otto/api/front.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

namespace fs = std::filesystem;

struct StaticFilesTest : ApiTest {
  fs::path dir = fs::path{testing::TempDir()} / ("otto-web-" + std::to_string(::getpid()));

  StaticFilesTest() {
    fs::create_directories(dir / "assets");
    write("index.html", "<!doctype html><title>Otto</title>");
    write("icon.svg", "<svg/>");
    write("assets/app-1.js", "plain");
    write("assets/app-1.js.br", "brotli");
    write("assets/app-1.js.gz", "gzip");
    write("assets/stray.css.gz", "gzip only");
  }
  ~StaticFilesTest() override { fs::remove_all(dir); }
  void write(const std::string& name, const std::string& text) { std::ofstream{dir / name} << text; }

  net::Response get(const std::string& path, std::string_view encodings = {}, std::string_view etag = {}) {
    auto read = StaticFiles::read(dir.string());
    EXPECT_TRUE(read) << (read ? "" : read.error().detail);
    const StaticFiles files = std::move(*read);
    Deps with_page = deps;
    with_page.files = &files;
    net::Router pages{make_routes(with_page)};
    Front front{pages, doors, false};
    auto request = make("GET", path);
    if (!encodings.empty()) request.headers.add("Accept-Encoding", std::string{encodings});
    if (!etag.empty()) request.headers.add("If-None-Match", std::string{etag});
    if (auto refused = front.refuse(request)) return *refused;
    net::Response answer;
    group.spawn("get", [](Front& f, net::Request r, net::Response& a) -> Task<void> {
      a = co_await f.handle(std::move(r));
    }(front, std::move(request), answer));
    loop.restart();
    loop.poll();
    return answer;
  }
};

TEST_F(StaticFilesTest, EveryAddressOfThePageIsTheSameDocument) {
  for (const char* path : {"/", "/campaigns", "/campaigns/c1/contacts", "/calls", "/calls/x", "/live", "/do-not-call",
                           "/undelivered", "/audit", "/settings", "/sign-in", "/new"}) {
    const auto answer = get(path);
    EXPECT_EQ(answer.status, 200) << path;
    EXPECT_EQ(answer.headers.get("Content-Type"), "text/html; charset=utf-8") << path;
    EXPECT_EQ(answer.headers.get("Cache-Control"), "no-cache") << path;
    EXPECT_TRUE(answer.headers.get("Content-Security-Policy").starts_with("default-src 'none'; script-src 'self'"));
    EXPECT_EQ(answer.headers.get("Cross-Origin-Opener-Policy"), "same-origin");
    EXPECT_TRUE(answer.headers.has("Permissions-Policy"));
    EXPECT_FALSE(answer.headers.has("Strict-Transport-Security")) << "BASE_URL is http here";
  }
  EXPECT_EQ(get("/icon.svg").headers.get("Content-Type"), "image/svg+xml");
  EXPECT_EQ(get("/api/campaigns-that-do-not-exist").status, 404);
}

TEST_F(StaticFilesTest, AFileComesInTheBestEncodingThatIsTaken) {
  const auto asset = [&](std::string_view encodings) { return get("/assets/app-1.js", encodings); };

  EXPECT_EQ(asset("gzip, deflate, br").body, "brotli");
  EXPECT_EQ(asset("gzip, deflate, br").headers.get("Content-Encoding"), "br");
  EXPECT_EQ(asset("gzip").body, "gzip");
  EXPECT_EQ(asset("br;q=0, gzip;q=0.5").body, "gzip");
  EXPECT_EQ(asset("").body, "plain");
  EXPECT_FALSE(asset("").headers.has("Content-Encoding"));
  EXPECT_EQ(asset("").headers.get("Vary"), "Accept-Encoding");
  EXPECT_EQ(asset("br").headers.get("Cache-Control"), "public, max-age=31536000, immutable");
}

TEST_F(StaticFilesTest, WhatABrowserHasIsNotSentAgain) {
  const auto first = get("/", "gzip");
  const std::string etag{first.headers.get("ETag")};

  EXPECT_EQ(get("/", "gzip", etag).status, 304);
  EXPECT_EQ(get("/", "gzip", "W/\"x\", " + etag).body, "");
  EXPECT_EQ(get("/", "gzip", "\"other\"").status, 200);
}

TEST_F(StaticFilesTest, NothingElseIsServed) {
  for (const char* path : {"/assets/none.js", "/assets/../index.html", "/assets/..%2Findex.html", "/assets/stray.css",
                           "/assets/app-1.js.br", "/assets/", "/etc/passwd", "/index.html/x"})
    EXPECT_EQ(get(path).status, 404) << path;
}

TEST_F(StaticFilesTest, ADirectoryWithoutAPageIsNone) {
  fs::remove(dir / "index.html");
  EXPECT_FALSE(StaticFiles::read(dir.string()));
  EXPECT_FALSE(StaticFiles::read((dir / "none").string()));
}

}  // namespace
}  // namespace otto::api
