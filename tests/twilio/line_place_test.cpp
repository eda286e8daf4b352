// Every way in which a create can go, against a real peer.
#include "otto/crypto/digest.hpp"

#include "tests/twilio/line_fixture.hpp"

namespace otto::twilio {
namespace {

using ports::PlaceVerdict;

TEST_F(LineTest, PlacesACallWithOneRequestAsTwiliosLibraryWouldSendIt) {
  api.then(answer(201, call_json()));
  const auto result = place(a_request());

  EXPECT_EQ(result.verdict, PlaceVerdict::Placed);
  EXPECT_EQ(result.call_sid, kCall);
  ASSERT_EQ(api.seen().size(), 1u);
  const auto& request = api.seen().front();
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/2010-04-01/Accounts/" + kAccount + "/Calls.json");
  EXPECT_EQ(request.header("Content-Type"), "application/x-www-form-urlencoded");
  EXPECT_EQ(request.header("Accept"), "application/json");
  EXPECT_EQ(request.header("Accept-Charset"), "utf-8");
  EXPECT_EQ(request.header("Authorization"), "Basic " + crypto::base64_encode(kAccount + ":secret"));
  EXPECT_EQ(form_value(request.form(), "To"), "+15555550101");
  EXPECT_NE(request.body.find("To=%2B15555550101"), std::string::npos);
  EXPECT_NE(request.body.find("%23rc%3D3%26rp%3Dct%2Crt%2C5xx"), std::string::npos);
}

TEST_F(LineTest, SignsInWithTheApiKeyWhenThereIsOneAndKeepsTheAccountInThePath) {
  settings.api_key_sid = "SK00000000000000000000000000000001";
  settings.api_key_secret = "key-secret";
  api.then(answer(201, call_json()));
  place(a_request());

  EXPECT_EQ(api.seen().at(0).header("Authorization"),
            "Basic " + crypto::base64_encode("SK00000000000000000000000000000001:key-secret"));
  EXPECT_EQ(api.seen().at(0).target, "/2010-04-01/Accounts/" + kAccount + "/Calls.json");
}

TEST_F(LineTest, ARefusedConnectionIsNotSent) {
  settings.api_base_url = "http://127.0.0.1:1";
  EXPECT_EQ(place(a_request()).verdict, PlaceVerdict::NotSent);
}

TEST_F(LineTest, ATlsFailureIsNotSent) {
  settings.api_base_url = "https" + api.url().substr(4);
  api.then_reset_before_the_request();
  EXPECT_EQ(place(a_request()).verdict, PlaceVerdict::NotSent);
}

TEST_F(LineTest, MaySendIsAskedBeforeTheFirstByteAndCanForbidIt) {
  api.then(answer(201, call_json()));
  int asked = 0;
  auto request = a_request();
  request.may_send = [&asked] {
    ++asked;
    return false;
  };
  EXPECT_EQ(place(std::move(request)).verdict, PlaceVerdict::NotSent);
  EXPECT_EQ(asked, 1);
  EXPECT_TRUE(api.seen().empty());
}

TEST_F(LineTest, ATruncated201IsAmbiguous) {
  EXPECT_EQ(place_with(answer_cut(201, call_json(), 20)), PlaceVerdict::Ambiguous);
}

TEST_F(LineTest, AnUnreadable201IsAmbiguous) { EXPECT_EQ(place_with(answer(201, "<html>")), PlaceVerdict::Ambiguous); }

TEST_F(LineTest, A429IsThrottledWithTwiliosWait) {
  api.then(answer(429, error_json(20429, 429), "Retry-After: 3\r\n"));
  const auto result = place(a_request());

  EXPECT_EQ(result.verdict, PlaceVerdict::Throttled);
  EXPECT_EQ(result.retry_after, seconds{3});
  EXPECT_EQ(api.seen().size(), 1u) << "a create must not be repeated by the line itself";
}

TEST_F(LineTest, A400WithACodeIsRefused) {
  api.then(answer(400, error_json(21211, 400)));
  const auto result = place(a_request());

  EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
  EXPECT_EQ(result.scope, ports::RefusalScope::Contact);
  EXPECT_EQ(result.error_code, "21211");
}

TEST_F(LineTest, A401IsRefusedForTheWholeAccount) {
  api.then(answer(401, error_json(20003, 401)));
  const auto result = place(a_request());

  EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
  EXPECT_EQ(result.scope, ports::RefusalScope::Account);
  EXPECT_EQ(result.message.find("secret"), std::string::npos);
}

TEST_F(LineTest, AnInternalErrorIsAmbiguousAndNotRepeated) {
  EXPECT_EQ(place_with(answer(500, error_json(20500, 500))), PlaceVerdict::Ambiguous);
  EXPECT_EQ(api.seen().size(), 1u);
}

TEST_F(LineTest, ABadGatewayIsAmbiguous) { EXPECT_EQ(place_with(answer(502, "<html>")), PlaceVerdict::Ambiguous); }
TEST_F(LineTest, ARedirectIsAmbiguousAndNotFollowed) {
  EXPECT_EQ(place_with(answer(307, "", "Location: http://127.0.0.1:1/\r\n")), PlaceVerdict::Ambiguous);
}
TEST_F(LineTest, AResetAfterTheRequestIsAmbiguous) { EXPECT_EQ(place_with(reset_now), PlaceVerdict::Ambiguous); }
TEST_F(LineTest, AnEndAfterTheRequestIsAmbiguous) { EXPECT_EQ(place_with(close_now), PlaceVerdict::Ambiguous); }

TEST_F(LineTest, AResetBeforeTheRequestWasReadIsAmbiguousSinceBytesMayHaveLeft) {
  api.then_reset_before_the_request();
  EXPECT_EQ(place(a_request()).verdict, PlaceVerdict::Ambiguous);
}

TEST_F(LineTest, SilenceUntilTheDeadlineIsAmbiguous) {
  settings.create_deadline = milliseconds{80};
  EXPECT_EQ(place_with(say_nothing), PlaceVerdict::Ambiguous);
}

}  // namespace
}  // namespace otto::twilio
