#include "otto/base/json.hpp"

#include <gtest/gtest.h>

namespace otto {
namespace {

std::string detail_of(std::string_view text) {
  const auto parsed = parse_json(text);
  EXPECT_FALSE(parsed) << text;
  return parsed ? std::string{} : parsed.error().detail;
}

TEST(ParseJson, SaysWhereAndWhatWasExpectedWithoutQuotingTheInput) {
  EXPECT_EQ(parse_json(R"({"a":[1,2.5,null,"x"]})").value()["a"].size(), 4u);
  const auto detail = detail_of(R"({"phone":"+14155550101" "b":1})");

  EXPECT_NE(detail.find("byte 27"), std::string::npos) << detail;
  EXPECT_NE(detail.find("expected '}'"), std::string::npos) << detail;
  EXPECT_EQ(detail.find("4155550101"), std::string::npos) << detail;
  EXPECT_EQ(detail_of(" \n"), "There is no JSON: the text is empty.");
}

TEST(ParseJson, RefusesWhatTheStandardForbids) {
  for (const char* bad :
       {"", "{", "{'a':1}", "[1,]", "{\"a\":1,}", "NaN", "01", "\"\xFF\"", "[1] x", "1e999", "// c\n1"}) {
    const auto parsed = parse_json(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_EQ(parsed.error().code, Errc::Malformed);
  }
}

TEST(ParseJson, BoundsTheDepthButNotBracketsInText) {
  const auto nested = [](int depth) {
    return std::string(static_cast<std::size_t>(depth), '[') + std::string(static_cast<std::size_t>(depth), ']');
  };
  EXPECT_TRUE(parse_json(nested(32)));
  EXPECT_NE(detail_of(nested(33)).find("deeper than 32"), std::string::npos);
  EXPECT_FALSE(parse_json(std::string(1'000'000, '[')));
  EXPECT_TRUE(parse_json("\"" + std::string(100, '[') + "\\\"" + std::string(100, '{') + "\""));
}

TEST(DumpJson, ReplacesInvalidUtf8InsteadOfThrowing) {
  EXPECT_EQ(dump_json(Json("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(dump_json(Json{{"b", 1}, {"a", nullptr}}), R"({"a":null,"b":1})");
}

class FieldReaderTest : public testing::Test {
 protected:
  Json object = Json::parse(R"({"name":"José","empty":"","count":3.0,"half":2.5,"text":"3","flag":true,"none":null,
                                "list":[1,2],"inner":{"x":1},"nul":"a\u0000b"})");
  std::vector<FieldError> errors;
  FieldReader reader{object, errors, "settings"};
};

TEST_F(FieldReaderTest, ReadsWhatIsRight) {
  EXPECT_EQ(reader.string("name", 1, 4), "José");  // four characters, five bytes
  EXPECT_EQ(reader.required_string("name"), "José");
  EXPECT_EQ(reader.integer("count", 1, 10), 3);
  EXPECT_EQ(reader.number("half", 0, 3), 2.5);
  EXPECT_EQ(reader.boolean("flag"), true);
  EXPECT_EQ(reader.array("list", 2)->size(), 2u);
  EXPECT_EQ((*reader.object("inner"))["x"], 1);
  EXPECT_TRUE(errors.empty());
}

TEST_F(FieldReaderTest, AbsentAndNullAreTheSame) {
  for (const char* name : {"none", "missing"}) {
    EXPECT_FALSE(reader.has(name));
    EXPECT_EQ(reader.string(name), std::nullopt);
    EXPECT_EQ(reader.integer(name, 0, 1), std::nullopt);
    EXPECT_EQ(reader.object(name), nullptr);
  }
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(reader.required_string("none"), "");
  EXPECT_EQ(errors, (std::vector<FieldError>{{"settings.none", "is required"}}));
}

TEST_F(FieldReaderTest, CollectsEverythingThatIsWrong) {
  reader.string("count");
  reader.string("name", 1, 3);
  reader.string("nul");
  reader.number("text", 0, 3600, "seconds");
  reader.integer("half", 1, 10);
  reader.integer("count", 4, 10, "calls");
  reader.boolean("text");
  reader.object("list");
  reader.array("list", 1);
  reader.required_string("empty", 1, 200);

  EXPECT_EQ(errors, (std::vector<FieldError>{
                        {"settings.count", "must be text of at most 4096 characters"},
                        {"settings.name", "must be text of 1 to 3 characters"},
                        {"settings.nul", "must be text of at most 4096 characters"},
                        {"settings.text", "must be a number of seconds from 0 to 3600"},
                        {"settings.half", "must be a whole number from 1 to 10"},
                        {"settings.count", "must be a whole number of calls from 4 to 10"},
                        {"settings.text", "must be true or false"},
                        {"settings.list", "must be an object"},
                        {"settings.list", "must be a list of at most 1 entries"},
                        {"settings.empty", "must be text of 1 to 200 characters"},
                    }));
}

TEST(FieldReader, HugeNumbersAreOutOfRangeRatherThanWrapped) {
  const Json object =
      Json::parse(R"({"a":18446744073709551615,"b":1e300,"c":-9223372036854775808,"d":9007199254740993})");
  std::vector<FieldError> errors;
  FieldReader reader{object, errors};
  const auto max = std::numeric_limits<std::int64_t>::max();

  EXPECT_EQ(reader.integer("a", 0, max), std::nullopt);
  EXPECT_EQ(reader.integer("b", 0, max), std::nullopt);
  EXPECT_EQ(reader.integer("d", 0, max), 9007199254740993);
  EXPECT_EQ(errors.size(), 2u);
  EXPECT_EQ(errors[0].field, "a");
}

TEST(FieldReader, SomethingOtherThanAnObjectHasNoFields) {
  const Json array = Json::array({1});
  std::vector<FieldError> errors;
  FieldReader reader{array, errors};

  EXPECT_FALSE(reader.has("x"));
  reader.fail("x", "is required");
  EXPECT_EQ(errors.front().field, "x");
}

TEST(LenientReads, TakeNumbersAndTextAlike) {
  const Json object = Json::parse(R"({"s":"12","n":12,"f":12.0,"h":"12.5","b":true,"o":{},"z":null,"t":"12x","e":""})");

  EXPECT_EQ(text_at(object, "s"), "12");
  EXPECT_EQ(text_at(object, "n"), "12");
  EXPECT_EQ(text_at(object, "b"), "true");
  for (const char* name : {"o", "z", "missing"}) EXPECT_EQ(text_at(object, name), "");
  EXPECT_EQ(text_at(Json(3), "s"), "");
  for (const char* name : {"s", "n", "f"}) EXPECT_EQ(integer_at(object, name), 12) << name;
  for (const char* name : {"h", "b", "t", "e", "z"}) EXPECT_EQ(integer_at(object, name), std::nullopt) << name;
}

}  // namespace
}  // namespace otto
