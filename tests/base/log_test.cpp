#include "otto/base/log.hpp"

#include <cmath>
#include <gtest/gtest.h>
#include <regex>
#include <thread>

#include "otto/base/json.hpp"

namespace otto::log {
namespace {

std::vector<std::string> lines;

class LogTest : public testing::Test {
 protected:
  void SetUp() override {
    lines.clear();
    capture_for_test([](std::string_view line) { lines.emplace_back(line); });
  }
  void TearDown() override {
    capture_for_test(nullptr);
    start(Level::Info, Format::Text);
  }
};

TEST_F(LogTest, TextLinesHaveDateLevelEventAndFields) {
  start(Level::Info, Format::Text);
  info("call.answered", {{"attempt", "abc"}, {"seconds", 1.5}, {"count", 3}, {"human", true}});

  ASSERT_EQ(lines.size(), 1u);
  const std::regex shape{
      R"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z info  call\.answered attempt=abc seconds=1\.5 count=3 human=true)"};
  EXPECT_TRUE(std::regex_match(lines[0], shape)) << lines[0];
}

TEST_F(LogTest, JsonLinesAreOneObjectWithTypes) {
  start(Level::Debug, Format::Json);
  debug("sheet.read", {{"rows", std::int64_t{12}}, {"title", "a \"b\"\n\xFF"}, {"ok", false}, {"rate", std::nan("")}});

  ASSERT_EQ(lines.size(), 1u);
  const auto object = parse_json(lines[0]).value();
  EXPECT_EQ(object["level"], "debug");
  EXPECT_EQ(object["event"], "sheet.read");
  EXPECT_EQ(object["rows"], 12);
  EXPECT_EQ(object["ok"], false);
  EXPECT_EQ(object["title"], "a \"b\"\n\xEF\xBF\xBD");
  EXPECT_EQ(object["rate"], "nan");
  EXPECT_EQ(object["ts"].get<std::string>().size(), 24u);
  EXPECT_EQ(lines[0].find('\n'), std::string::npos);
}

TEST_F(LogTest, PeopleAndSecretsStayOut) {
  for (const auto format : {Format::Text, Format::Json}) {
    lines.clear();
    start(Level::Info, format);
    warn("x", {{"to", "+14155550101"},
               {"From", "+14155550102"},
               {"phone", "415 555 0103"},
               {"auth_token", "hush1"},
               {"apiKey", "hush6"},
               {"api_key", "hush2"},
               {"Authorization", "hush3"},
               {"callback_url", "https://h/p?signature=hush4"},
               {"url", "https://u:hush5@h/p"}});
    ASSERT_EQ(lines.size(), 1u);
    for (const char* digits : {"5550", "555 0"})  // "555" alone may be the time's milliseconds
      EXPECT_EQ(lines[0].find(digits), std::string::npos) << lines[0];
    EXPECT_EQ(lines[0].find("hush"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("+1415•••0101"), std::string::npos) << lines[0];
    EXPECT_NE(lines[0].find("https://h/p?…"), std::string::npos) << lines[0];
  }
}

TEST_F(LogTest, AValueCannotForgeALineOrAField) {
  start(Level::Info, Format::Text);
  info("x", {{"a", "1\n2026 info fake"}, {"b", "c=d"}, {"e", ""}, {"f", "\x1b[31m\"\\"}});

  ASSERT_EQ(lines.size(), 1u);
  EXPECT_NE(lines[0].find(R"(a="1\n2026 info fake" b="c=d" e="" f="\x1b[31m\"\\")"), std::string::npos) << lines[0];
}

TEST_F(LogTest, LevelsBelowTheThresholdAreNotWritten) {
  start(Level::Warn, Format::Text);
  debug("d");
  info("i");
  warn("w");
  error("e");
  EXPECT_EQ(lines.size(), 2u);
  EXPECT_TRUE(enabled(Level::Error));
  EXPECT_FALSE(enabled(Level::Info));

  start(Level::Off, Format::Text);
  error("e");
  EXPECT_EQ(lines.size(), 2u);
}

TEST_F(LogTest, LinesOfSeveralThreadsGoToStderrWhole) {
  start(Level::Info, Format::Text);
  capture_for_test(nullptr);
  testing::internal::CaptureStderr();
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([] {
        for (int i = 0; i < 50; ++i) info("thread.line", {{"end", "here"}});
      });
    }
  }
  const std::string text = testing::internal::GetCapturedStderr();
  const std::regex shape{R"([^\n]*Z info  thread\.line end=here\n)"};
  EXPECT_EQ(std::distance(std::sregex_iterator{text.begin(), text.end(), shape}, {}), 200);
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 200);
}

}  // namespace
}  // namespace otto::log
