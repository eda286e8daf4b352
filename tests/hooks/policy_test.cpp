#include "otto/hooks/policy.hpp"

#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace otto::hooks {
namespace {

Judgement judged(int status, std::string body = {}, std::string content_type = "application/json") {
  ports::HookAnswer answer;
  answer.status = status;
  answer.body = std::move(body);
  answer.content_type = std::move(content_type);
  return judge(answer);
}

TEST(HookPolicy, N8nsAnswersAreUnderstood) {
  struct Case {
    int status;
    std::string type, body;
    Verdict verdict;
  };
  const std::string json = "application/json; charset=utf-8";
  const std::vector<Case> cases{
      {200, json, R"({"message":"Workflow was started"})", Verdict::Delivered},
      {409, json, R"({"code":409,"message":"The execution \"7\" is running already."})", Verdict::Retry},
      {409, json, R"({"code":409,"message":"The execution \"7\" has finished already."})", Verdict::Delivered},
      {409, json, R"({"code":409,"message":"The execution \"7\" has finished with error."})", Verdict::GiveUp},
      {404, json, R"({"code":404,"message":"The execution \"7\" does not exist."})", Verdict::RetryBriefly},
      {404, json,
       R"({"message":"The workflow for execution \"7\" does not contain a waiting webhook with a matching path/method."})",
       Verdict::GiveUp},
      {401, json, R"({"error":"Invalid token"})", Verdict::GiveUp},
      {403, "text/html; charset=utf-8", "Authorization data is wrong!", Verdict::GiveUp},
      {404, "text/html; charset=utf-8", "<!DOCTYPE html><pre>Cannot POST /webhook/x</pre>", Verdict::Retry},
      {404, "", "\n <html>", Verdict::Retry},
      {404, json, R"({"code":404,"message":"The requested webhook \"POST x\" is not registered."})",
       Verdict::RetryBriefly},
  };
  for (const Case& c : cases) EXPECT_EQ(judged(c.status, c.body, c.type).verdict, c.verdict) << c.body;
}

TEST(HookPolicy, EveryStatusHasAVerdictAndATellingReason) {
  for (int status = 100; status < 600; ++status) {
    const Judgement judgement = judged(status, "why");
    EXPECT_EQ(judgement.verdict == Verdict::Delivered, status >= 200 && status < 300) << status;
    EXPECT_NE(judgement.reason.find(std::to_string(status) + ": why"), std::string::npos) << judgement.reason;
    if (status >= 500) EXPECT_EQ(judgement.verdict, Verdict::Retry);
  }
  EXPECT_EQ(judged(302).verdict, Verdict::RetryBriefly);
  EXPECT_EQ(judged(410).verdict, Verdict::GiveUp);
  EXPECT_EQ(judged(422).verdict, Verdict::RetryBriefly);
  EXPECT_EQ(judged(429).verdict, Verdict::Retry);
}

TEST(HookPolicy, ALongAnswerIsCutInTheReason) { EXPECT_LT(judged(500, std::string(100'000, 'x')).reason.size(), 300u); }

TEST(HookPolicy, NoAnswerIsRetriedUnlessTheTargetItselfIsRefused) {
  for (const Errc code : {Errc::ConnectFailed, Errc::ConnectionLost, Errc::TimedOut, Errc::Protocol, Errc::TooLarge})
    EXPECT_EQ(judge(Error{code, "x"}).verdict, Verdict::Retry);
  EXPECT_EQ(judge(Error{Errc::Forbidden, "private"}).verdict, Verdict::GiveUp);
  EXPECT_EQ(judge(Error{Errc::InvalidInput, "no URL"}).verdict, Verdict::GiveUp);
}

TEST(HookPolicy, TheScheduleGoesFromSecondsToHoursAndEndsAfterAboutADay) {
  std::vector<milliseconds> waits;
  milliseconds total{0};
  for (int tries = 1; const auto wait = wait_after(tries, Verdict::Retry, 0.5); ++tries) {
    waits.push_back(*wait);
    total += *wait;
  }

  ASSERT_GE(waits.size(), 8u);
  EXPECT_EQ((std::vector<milliseconds>{waits.begin(), waits.begin() + 8}),
            (std::vector<milliseconds>{seconds{2}, seconds{5}, seconds{15}, minutes{1}, minutes{5}, minutes{30},
                                       hours{2}, hours{2}}));
  EXPECT_GE(total, hours{20});
  EXPECT_LE(total, hours{26});
}

TEST(HookPolicy, ABriefRetryEndsWithinMinutes) {
  milliseconds total{0};
  for (int tries = 1; const auto wait = wait_after(tries, Verdict::RetryBriefly, 0.5); ++tries) total += *wait;
  EXPECT_GE(total, minutes{5});
  EXPECT_LE(total, minutes{10});
}

TEST(HookPolicy, NothingIsWaitedForAfterADeliveryOrAnEnd) {
  EXPECT_FALSE(wait_after(1, Verdict::Delivered, 0.5).has_value());
  EXPECT_FALSE(wait_after(1, Verdict::GiveUp, 0.5).has_value());
}

TEST(HookPolicy, JitterIsAFifthEitherWayAndRetryAfterIsALowerBound) {
  EXPECT_EQ(wait_after(4, Verdict::Retry, 0.0), seconds{48});
  EXPECT_GT(*wait_after(4, Verdict::Retry, 0.999), seconds{71});
  EXPECT_LE(*wait_after(4, Verdict::Retry, 0.999), seconds{72});
  EXPECT_EQ(wait_after(1, Verdict::Retry, 0.5, seconds{90}), seconds{90});
  EXPECT_EQ(wait_after(1, Verdict::Retry, 0.5, seconds{1}), seconds{2});
  EXPECT_EQ(wait_after(1, Verdict::Retry, 0.5, hours{100}), hours{2});
}

TEST(HookPolicy, AllowedHostsMatchWholeNamesAndPorts) {
  const std::vector<std::string> allowed{"n8n.local", " 127.0.0.1:5678 ", "[::1]", "[fd00::2]:5678"};
  EXPECT_TRUE(is_allowed_host(allowed, "n8n.local", 80));
  EXPECT_TRUE(is_allowed_host(allowed, "N8N.LOCAL", 5678));
  EXPECT_TRUE(is_allowed_host(allowed, "127.0.0.1", 5678));
  EXPECT_TRUE(is_allowed_host(allowed, "::1", 1));
  EXPECT_TRUE(is_allowed_host(allowed, "[::1]", 1));
  EXPECT_TRUE(is_allowed_host(allowed, "fd00::2", 5678));
  EXPECT_FALSE(is_allowed_host(allowed, "127.0.0.1", 5679));
  EXPECT_FALSE(is_allowed_host(allowed, "127.0.0.1", 678));
  EXPECT_FALSE(is_allowed_host(allowed, "evil.n8n.local", 80));
  EXPECT_FALSE(is_allowed_host(allowed, "n8n.local.evil", 80));
  EXPECT_FALSE(is_allowed_host(allowed, "fd00::2", 80));
  EXPECT_FALSE(is_allowed_host({}, "localhost", 80));
  EXPECT_FALSE(is_allowed_host({""}, "localhost", 80));
}

}  // namespace
}  // namespace otto::hooks
