#include "otto/elevenlabs/errors.hpp"

#include <gtest/gtest.h>

namespace otto::elevenlabs {
namespace {

struct Answer {
  int status;
  std::string body;
  Errc code;
  std::string code_shown, advice;
  bool passing;
};

// One line for each kind of refusal that ElevenLabs documents or that has been seen.
const std::vector<Answer> kAnswers{
    {401, R"({"detail":{"status":"invalid_api_key","message":"Invalid API key"}})", Errc::Unauthorized,
     "invalid_api_key", "ELEVENLABS_API_KEY", false},
    {401, R"({"detail":{"status":"quota_exceeded","message":"This request exceeds your quota limit."}})",
     Errc::ProviderRefused, "quota_exceeded", "credits", false},
    {401, R"({"detail":{"status":"missing_permissions","message":"The API key is missing convai_read"}})",
     Errc::Unauthorized, "missing_permissions", "permission", false},
    {403, R"({"detail":{"status":"only_for_creator+","message":"Upgrade"}})", Errc::Forbidden, "only_for_creator+",
     "plan", false},
    {404, R"({"detail":{"status":"document_not_found","message":"Document with id agent_x not found."}})",
     Errc::NotFound, "document_not_found", "does not know", false},
    {408, "", Errc::ProviderUnavailable, "", "gave up", true},
    {422, R"({"detail":[{"loc":["query","agent_id"],"msg":"field required","type":"value_error.missing"}]})",
     Errc::ProviderRefused, "query.agent_id: field required", "refused", false},
    {400,
     R"({"detail":{"type":"validation_error","code":"unsupported_model","message":"no","status":"unsupported_model",)"
     R"("param":"model_id","request_id":"r"}})",
     Errc::ProviderRefused, "unsupported_model", "refused", false},
    {429, R"({"detail":{"status":"too_many_concurrent_requests","message":"Too many concurrent requests"}})",
     Errc::RateLimited, "too_many_concurrent_requests", "concurrency", false},
    {429, R"({"detail":{"status":"system_busy","message":"The system is experiencing heavy traffic"}})",
     Errc::ProviderUnavailable, "system_busy", "busy", true},
    {500, R"({"detail":"Internal Server Error"})", Errc::ProviderUnavailable, "Internal Server Error", "failing", true},
    {503, "<html>\n<h1>Service\tUnavailable</h1>", Errc::ProviderUnavailable, "Service", "failing", true},
    {301, "", Errc::ProviderUnavailable, "", "not its own", false},
};

TEST(Errors, EachRefusalBecomesAnErrorThatSaysWhatToDo) {
  for (const auto& answer : kAnswers) {
    const auto refusal = parse_refusal(answer.status, answer.body);
    const auto error = to_error(refusal, "agent agent_x", "req-1");

    EXPECT_EQ(error.code, answer.code) << error.detail;
    EXPECT_NE(error.detail.find(answer.advice), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find(answer.code_shown), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("HTTP " + std::to_string(answer.status)), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("agent agent_x"), std::string::npos) << error.detail;
    EXPECT_NE(error.detail.find("req-1"), std::string::npos) << error.detail;
    EXPECT_EQ(error.detail.find('\n'), std::string::npos) << error.detail;
    EXPECT_EQ(is_passing(refusal), answer.passing) << error.detail;
  }
}

TEST(Errors, ALongBodyIsCut) {
  const auto error = to_error(parse_refusal(500, std::string(100'000, 'x')), "agent a");

  EXPECT_LT(error.detail.size(), 500u);
}

TEST(Errors, OddBodiesAreStillRefusals) {
  for (const std::string body :
       {"", "null", "[]", "{}", R"({"detail":null})", R"({"detail":7})", R"({"detail":[]})",
        R"({"detail":[1,null,{"loc":[1,"a"]}]})", R"({"detail":{"message":null}})", "\xff\xfe"})
    EXPECT_EQ(to_error(parse_refusal(404, body), "x").code, Errc::NotFound) << body;
}

TEST(Errors, AHandshakesRefusalIsAboutTheSignedUrl) {
  const auto refused = [](const std::string& rest) {
    return to_handshake_error(Error{Errc::ProviderRefused, "api.elevenlabs.io refused the WebSocket: HTTP " + rest});
  };

  EXPECT_EQ(refused("401").code, Errc::Unauthorized);
  EXPECT_NE(refused("403: forbidden").detail.find("signed URL"), std::string::npos);
  EXPECT_EQ(refused(R"(401: {"detail":{"status":"quota_exceeded","message":"quota"}})").code, Errc::ProviderRefused);
  EXPECT_EQ(refused("404").code, Errc::NotFound);
  EXPECT_EQ(refused("422").code, Errc::ProviderRefused);
  EXPECT_EQ(refused(R"(429: {"detail":{"status":"too_many_concurrent_requests"}})").code, Errc::RateLimited);
  EXPECT_EQ(refused("503: upstream").code, Errc::ProviderUnavailable);
}

TEST(Errors, OtherConnectErrorsPassUnchanged) {
  const Error timeout{Errc::TimedOut, "api.elevenlabs.io did not finish the WebSocket handshake in time."};
  const Error odd{Errc::ProviderRefused, "without a status"};

  EXPECT_EQ(to_handshake_error(timeout), timeout);
  EXPECT_EQ(to_handshake_error(odd), odd);
}

TEST(Errors, RetryAfterIsAWholeNumberOfSeconds) {
  const auto parsed = [](std::string value) {
    net::Headers headers;
    headers.add("retry-after", std::move(value));
    return retry_after(headers);
  };

  EXPECT_EQ(parsed("3"), std::chrono::seconds{3});
  EXPECT_EQ(parsed(" 0 "), std::chrono::seconds{0});
  for (const auto* bad : {"", "-1", "1.5", "soon", "Wed, 21 Oct 2026 07:28:00 GMT", "99999999999999999999"})
    EXPECT_EQ(parsed(bad), std::nullopt) << bad;
  EXPECT_EQ(retry_after(net::Headers{}), std::nullopt);
}

}  // namespace
}  // namespace otto::elevenlabs
