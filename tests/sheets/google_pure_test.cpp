// What needs no connection: keys, assertions, ranges, refusals, the quota.
#include <fstream>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/crypto/digest.hpp"
#include "otto/crypto/rsa.hpp"
#include "otto/rt/group.hpp"
#include "otto/sheets/a1.hpp"
#include "otto/sheets/google_errors.hpp"
#include "otto/sheets/google_sheet.hpp"
#include "otto/sheets/quota.hpp"
#include "otto/sheets/token_source.hpp"

namespace otto::sheets {
namespace {

using testing::HasSubstr;

constexpr const char* kApi = "https://sheets.googleapis.com";

const crypto::RsaKeyPair& key() {
  static const crypto::RsaKeyPair pair = crypto::make_rsa_key();
  return pair;
}
Json key_json() {
  return {{"type", "service_account"},
          {"client_email", "otto@p.iam.gserviceaccount.com"},
          {"private_key", key().private_key},
          {"private_key_id", "0a1b2c3d4e5f"},
          {"token_uri", "https://oauth2.googleapis.com/token"},
          {"project_id", "p"}};
}

TEST(ServiceAccountKey, IsReadAsJsonAsBase64AndFromAFile) {
  const std::string text = key_json().dump(2);
  const std::string path = testing::TempDir() + "/otto-key-test.json";
  std::ofstream{path} << text;
  std::string doubly = text;
  for (auto at = doubly.find("\\n"); at != std::string::npos; at = doubly.find("\\n", at + 3))
    doubly.replace(at, 2, "\\\\n");

  for (const std::string& form : {text, crypto::base64_encode(text), path, doubly}) {
    const auto account = load_service_account(form, kApi);
    ASSERT_TRUE(account) << account.error().detail;
    EXPECT_EQ(account->client_email, "otto@p.iam.gserviceaccount.com");
    EXPECT_EQ(account->private_key, key().private_key);
  }
}

TEST(ServiceAccountKey, IsRefusedWithASentenceThatDoesNotRepeatIt) {
  const auto refused = [](const Json& json, const char* api = kApi) {
    const auto account = load_service_account(json.dump(), api);
    return account ? std::string{"taken"} : account.error().detail;
  };
  Json wrong = key_json();
  wrong["type"] = "authorized_user";
  EXPECT_THAT(refused(wrong), HasSubstr("authorized_user"));
  wrong = key_json();
  wrong.erase("client_email");
  EXPECT_THAT(refused(wrong), HasSubstr("client_email"));
  wrong = key_json();
  wrong["private_key"] = "-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n";
  EXPECT_THAT(refused(wrong), testing::AllOf(HasSubstr("private_key"), testing::Not(HasSubstr("c2Vjc"))));
  EXPECT_THAT(load_service_account("/does/not/exist.json", kApi).error().detail, HasSubstr("/does/not/exist.json"));
}

TEST(ServiceAccountKey, AnAssertionIsNeverSentWhereverPastedJsonSays) {
  Json elsewhere = key_json();
  elsewhere["token_uri"] = "https://oauth2.googleapis.com.example.com/token";
  EXPECT_FALSE(load_service_account(elsewhere.dump(), kApi));
  elsewhere["token_uri"] = "http://127.0.0.1:4010/token";
  EXPECT_FALSE(load_service_account(elsewhere.dump(), kApi));
  EXPECT_TRUE(load_service_account(elsewhere.dump(), "http://127.0.0.1:4010")) << "a stand-in for all of Google";
}

TEST(Assertion, IsSignedNamesItsPurposeAndLastsAnHourAtMost) {
  const auto account = load_service_account(key_json().dump(), kApi).value();
  const TimePoint now{seconds{1'770'000'000}};
  const std::string token = make_assertion(account, now).value();

  const auto first = token.find('.'), second = token.rfind('.');
  const Json header = Json::parse(crypto::base64url_decode(token.substr(0, first)).value());
  const Json claims = Json::parse(crypto::base64url_decode(token.substr(first + 1, second - first - 1)).value());
  EXPECT_EQ(header.dump(), R"({"alg":"RS256","kid":"0a1b2c3d4e5f","typ":"JWT"})");
  EXPECT_EQ(claims["aud"], "https://oauth2.googleapis.com/token");
  EXPECT_EQ(claims["scope"], kSheetsScope);
  EXPECT_EQ(claims["iat"], 1'769'999'940);
  EXPECT_EQ(claims["exp"], 1'770'003'540);
  EXPECT_TRUE(crypto::verify_rs256(key().public_key, token.substr(0, second),
                                   crypto::base64url_decode(token.substr(second + 1)).value()));
}

TEST(A1, TitlesAreQuotedAndApostrophesDoubled) {
  EXPECT_EQ(cell_range("Jon's Data", 7, 1), "'Jon''s Data'!B7");
  EXPECT_EQ(column_letters(25), "Z");
  EXPECT_EQ(column_letters(26), "AA");
  EXPECT_EQ(column_letters(701), "ZZ");
  EXPECT_EQ(column_letters(702), "AAA");
}

TEST(GoogleRefusals, AWrongClockIsToldWithItsDifference) {
  const auto account = load_service_account(key_json().dump(), kApi).value();
  const auto error = token_refusal(
      400,
      R"({"error":"invalid_grant","error_description":"Invalid JWT: Token must be a short-lived token and in a reasonable timeframe."})",
      account, seconds{-4000});
  EXPECT_EQ(error.code, Errc::Config);
  EXPECT_THAT(error.detail, HasSubstr("it is 4000 seconds ahead of Google's"));
}

TEST(GoogleRefusals, WhatIsNotGooglesOwnAnswerIsSaidToBeSo) {
  const auto account = load_service_account(key_json().dump(), kApi).value();
  EXPECT_EQ(api_refusal(502, "<html>proxy</html>", {}, account).code, Errc::ProviderUnavailable);
  EXPECT_EQ(api_refusal(429, "<html>sorry</html>", {}, account).code, Errc::RateLimited);
  EXPECT_EQ(token_refusal(502, "<html>", account, seconds{0}).code, Errc::ProviderUnavailable);
}

TEST(GoogleRefusals, AnOfficeFileIsToBeConverted) {
  const auto account = load_service_account(key_json().dump(), kApi).value();
  const auto error = api_refusal(400,
                                 R"({"error":{"code":400,"message":"This operation is not supported for this document",
                                     "status":"FAILED_PRECONDITION"}})",
                                 {}, account);
  EXPECT_THAT(error.detail, HasSubstr("Save as Google Sheets"));
}

TEST(Values, WhatIsNoRangeOfValuesIsRefused) {
  EXPECT_EQ(parse_values("[]").error().code, Errc::Protocol);
  EXPECT_EQ(parse_values(R"({"values": 5})").error().code, Errc::Protocol);
  EXPECT_EQ(parse_values(R"({"range": "'x'!A1:Z9"})").error().code, Errc::InvalidInput);
  const auto table = parse_values(R"({"values": [["Phone","N"],[4155550101, 1.25],[],[13125550103.0, null, false]]})");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows[0].cells, (std::vector<std::string>{"4155550101", "1.25"}));
  EXPECT_EQ(table->rows[1].number, 4);
  EXPECT_EQ(table->rows[1].cells, (std::vector<std::string>{"13125550103", "", "FALSE"}));
}

TEST(QuotaTest, NoSpanOfAMinuteHoldsMoreThanItsShare) {
  Loop loop{1};
  rt::VirtualTimers timers{loop, TimePoint{seconds{1'770'000'000}}};
  Quota quota{timers, 5};
  rt::Group tasks{loop, "test"};
  std::vector<SteadyPoint> taken;
  const auto take = [](Quota& q, rt::VirtualTimers& t, std::vector<SteadyPoint>& out) -> Task<void> {
    for (int i = 0; i < 17; ++i)
      if (co_await q.take(t.steady() + hours{1})) out.push_back(t.steady());
  };
  tasks.spawn("take", take(quota, timers, taken));
  timers.advance(minutes{5});

  ASSERT_EQ(taken.size(), 17u);
  for (std::size_t i = 5; i < taken.size(); ++i) EXPECT_GT(taken[i] - taken[i - 5], minutes{1});
  std::optional<bool> refused;
  const auto refuse = [](Quota& q, rt::VirtualTimers& t, std::optional<bool>& out) -> Task<void> {
    for (int i = 0; i < 5; ++i) std::ignore = co_await q.take(t.steady() + hours{1});
    out = co_await q.take(t.steady() + seconds{10});
  };
  timers.advance(minutes{2});
  tasks.spawn("refuse", refuse(quota, timers, refused));
  timers.advance(seconds{1});
  EXPECT_EQ(refused, false);
}

}  // namespace
}  // namespace otto::sheets
