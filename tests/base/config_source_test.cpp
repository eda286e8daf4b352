#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>
#include <iterator>
#include <regex>
#include <set>

#include "otto/base/config.hpp"

namespace otto {
namespace {

/// A file that is gone when the test ends.
class TempFile {
 public:
  explicit TempFile(std::string_view text) : path_{testing::TempDir() + "otto_config_source_test.env"} {
    std::ofstream{path_, std::ios::binary} << text;
  }
  ~TempFile() { std::remove(path_.c_str()); }
  TempFile(const TempFile&) = delete;
  TempFile& operator=(const TempFile&) = delete;
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

const std::string kExample = OTTO_SOURCE_DIR "/config/otto.example.env";

TEST(FileSource, ReadsWhatPeopleWriteIntoSuchFiles) {
  const TempFile file{
      "\xEF\xBB\xBF# comment\r\n"
      "PLAIN=value # why\r\n"
      "  export SPACED = a b  \n"
      "HASH=a#b\n"
      "EMPTY=\n"
      "\n"
      "DOUBLE=\"a \\\"b\\\" # no comment\\n\" # comment\n"
      "SINGLE='{\"k\":\"a\\nb\"}'\n"
      "MULTI=\"one\ntwo\"\n"
      "TWICE=first\n"
      "TWICE=second"};
  const auto source = file_source(file.path()).value();

  EXPECT_EQ(source("PLAIN"), "value");
  EXPECT_EQ(source("SPACED"), "a b");
  EXPECT_EQ(source("HASH"), "a#b");
  EXPECT_EQ(source("EMPTY"), "");
  EXPECT_EQ(source("DOUBLE"), "a \"b\" # no comment\n");
  EXPECT_EQ(source("SINGLE"), "{\"k\":\"a\\nb\"}");
  EXPECT_EQ(source("MULTI"), "one\ntwo");
  EXPECT_EQ(source("TWICE"), "second");
  EXPECT_EQ(source("MISSING"), std::nullopt);
}

TEST(FileSource, NamesFileAndLineButNeverTheValue) {
  const std::pair<const char*, const char*> cases[] = {
      {"A=1\nhush\n", ":2 is not NAME=value."},
      {"A=1\n\n=hush\n", ":3 is not NAME=value."},
      {"A=1\nB=\"hush\nhush\n", ":2 opens a quote that is never closed."},
      {"A=\"two\nlines\"\nB='x' hush\n", ":3 has text after the closing quote."},
  };
  for (const auto& [text, end] : cases) {
    const TempFile file{text};
    const auto source = file_source(file.path());
    ASSERT_FALSE(source) << text;
    EXPECT_EQ(source.error().code, Errc::Config);
    EXPECT_EQ(source.error().detail, file.path() + end);
  }
}

TEST(FileSource, AMissingFileIsNotFound) {
  const auto source = file_source("/nonexistent/otto.env");
  ASSERT_FALSE(source);
  EXPECT_EQ(source.error().code, Errc::NotFound);
}

TEST(Sources, TheFirstThatHasTheSettingWins) {
  ASSERT_EQ(::setenv("OTTO_SOURCE_TEST", "environment", 1), 0);
  const TempFile file{"OTTO_SOURCE_TEST=file\nONLY_IN_FILE=yes\n"};
  const auto source = layered({environment_source(), file_source(file.path()).value()});

  EXPECT_EQ(source("OTTO_SOURCE_TEST"), "environment");
  EXPECT_EQ(source("ONLY_IN_FILE"), "yes");
  EXPECT_EQ(source("NOWHERE"), std::nullopt);
  ::unsetenv("OTTO_SOURCE_TEST");
  EXPECT_EQ(source("OTTO_SOURCE_TEST"), "file");
}

TEST(ExampleFile, LoadsWithoutAProblem) {
  const auto config = load_config(file_source(kExample).value());
  if (!config) {
    for (const auto& problem : config.error()) ADD_FAILURE() << problem;
  }
}

TEST(ExampleFile, NamesEverySettingOnceAndShowsItsDefault) {
  std::ifstream file{kExample};
  const std::string text{std::istreambuf_iterator<char>{file}, {}};
  std::set<std::string> known;
  for (const auto& info : settings()) {
    const std::string name{info.name};
    known.insert(name);
    const std::string line = (info.required ? "" : "#") + name + "=" + std::string{info.fallback};
    EXPECT_NE(text.find("\n" + line), std::string::npos) << line;
    if (!info.fallback.empty()) EXPECT_NE(text.find("\n" + line + "\n"), std::string::npos) << line;
  }
  const std::regex assignment{"(^|\n)#?([A-Z0-9_]+)="};
  std::set<std::string> named;
  for (std::sregex_iterator it{text.begin(), text.end(), assignment}, end; it != end; ++it) {
    EXPECT_TRUE(named.insert((*it)[2]).second) << (*it)[2] << " appears twice";
  }
  EXPECT_EQ(named, known);
}

TEST(ExampleFile, ItsOptionalValuesAreRightToo) {
  std::ifstream file{kExample};
  std::string text{std::istreambuf_iterator<char>{file}, {}};
  const TempFile uncommented{std::regex_replace(text, std::regex{"\n#([A-Z0-9_]+=)"}, "\n$1")};
  const auto config = load_config(file_source(uncommented.path()).value());
  if (!config) {
    for (const auto& problem : config.error()) ADD_FAILURE() << problem;
  }
}

}  // namespace
}  // namespace otto
