#include "otto/twilio/line.hpp"

#include <gmock/gmock.h>

#include "tests/twilio/line_fixture.hpp"

namespace otto::twilio {
namespace {

using testing::ElementsAre;

TEST_F(LineTest, HangsUpByCompletingTheCall) {
  api.then(answer(200, call_json()));
  with_line([&](ports::Line& line) -> Task<void> { EXPECT_TRUE(co_await line.hang_up(kCall)); });

  EXPECT_EQ(api.seen().at(0).method, "POST");
  EXPECT_EQ(api.seen().at(0).target, kCallPath + ".json");
  EXPECT_EQ(api.seen().at(0).body, "Status=completed");
}

TEST_F(LineTest, ACallThatHasEndedIsHungUp) {
  api.then(answer(400, error_json(21220, 400)));
  api.then(answer(404, error_json(20404, 404)));
  with_line([&](ports::Line& line) -> Task<void> {
    EXPECT_TRUE(co_await line.hang_up(kCall));
    EXPECT_TRUE(co_await line.hang_up(kCall));
  });
}

TEST_F(LineTest, AHangUpThatReachedSomethingElseIsNoHangUp) {
  api.then(answer(404, "<html>not here</html>"));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto result = co_await line.hang_up(kCall);
    EXPECT_FALSE(result);
  });
}

TEST_F(LineTest, RepeatsAHangUpThatDidNotGetThrough) {
  api.then(reset_now);
  api.then(answer(503, ""));
  api.then(answer(429, error_json(20429, 429)));
  api.then(answer(200, call_json()));
  with_line([&](ports::Line& line) -> Task<void> { EXPECT_TRUE(co_await line.hang_up(kCall)); });

  EXPECT_EQ(api.seen().size(), 4u);
  EXPECT_THAT(timers_.slept, ElementsAre(milliseconds{100}, milliseconds{200}, milliseconds{400}));
}

TEST_F(LineTest, GivesUpAfterFourTries) {
  for (int i = 0; i < 5; ++i) api.then(answer(503, ""));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto call = co_await line.fetch(kCall);
    EXPECT_EQ(call.error().code, Errc::ProviderUnavailable);
  });
  EXPECT_EQ(api.seen().size(), 4u);
}

TEST_F(LineTest, SpeaksAMessageAndHangsUp) {
  settings.voice = "";
  settings.language = "";
  api.then(answer(200, call_json()));
  with_line([&](ports::Line& line) -> Task<void> { EXPECT_TRUE(co_await line.say_and_hang_up(kCall, "Hi & bye")); });

  EXPECT_EQ(api.seen().at(0).target, kCallPath + ".json");
  EXPECT_EQ(api.seen().at(0).body,
            "Twiml=%3CResponse%3E%3CSay%3EHi%20%26amp%3B%20bye%3C%2FSay%3E%3CHangup%2F%3E%3C%2FResponse%3E");
}

TEST_F(LineTest, PlaysASoundAndHangsUp) {
  api.then(answer(200, call_json()));
  with_line([&](ports::Line& line) -> Task<void> {
    EXPECT_TRUE(co_await line.play_and_hang_up(kCall, "https://otto.example/a.wav"));
  });

  EXPECT_EQ(api.seen().at(0).target, kCallPath + ".json");
  EXPECT_EQ(api.seen().at(0).body,
            "Twiml=%3CResponse%3E%3CPlay%3Ehttps%3A%2F%2Fotto.example%2Fa.wav%3C%2FPlay%3E%3CHangup%2F%3E%3C%2F"
            "Response%3E");
}

TEST_F(LineTest, AMessageForACallThatHasEndedIsNotFound) {
  api.then(answer(400, error_json(21220, 400)));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto said = co_await line.say_and_hang_up(kCall, "Hi");
    EXPECT_EQ(said.error().code, Errc::NotFound);
  });
}

TEST_F(LineTest, AMessageThatMayHaveBeenHeardIsNotSaidAgain) {
  api.then(answer(500, ""));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto said = co_await line.say_and_hang_up(kCall, "Hi");
    EXPECT_EQ(said.error().code, Errc::ProviderUnavailable);
  });
  EXPECT_EQ(api.seen().size(), 1u);
}

TEST_F(LineTest, AMessageOfMoreThanFourThousandCharactersIsRefusedUnsent) {
  with_line([&](ports::Line& line) -> Task<void> {
    const auto said = co_await line.say_and_hang_up(kCall, std::string(4000, 'x'));
    EXPECT_EQ(said.error().code, Errc::TooLarge);
  });
  EXPECT_TRUE(api.seen().empty());
}

ports::TransferRequest a_transfer() {
  ports::TransferRequest transfer;
  transfer.call_sid = kCall;
  transfer.attempt = AttemptId{"0198b1a2-0000-7000-8000-000000000001"};
  transfer.to = "+14155550190";
  transfer.from = "+14155550100";
  return transfer;
}

TEST_F(LineTest, ATransferReplacesWhatTheCallDoesByADial) {
  api.then(answer(200, call_json()));
  with_line([&](ports::Line& line) -> Task<void> { EXPECT_TRUE(co_await line.transfer(a_transfer())); });

  EXPECT_EQ(api.seen().at(0).target, kCallPath + ".json");
  const auto form = parse_form(api.seen().at(0).body).value();
  EXPECT_EQ(form.size(), 2u);
  EXPECT_EQ(form_value(form, "TimeLimit"), "14400") << "the campaign's own limit was for the agent";
  EXPECT_EQ(form_value(form, "Twiml"),
            R"(<Response><Dial callerId="+14155550100" timeout="30" timeLimit="14400" action=")" + settings.base_url +
                R"(/api/twilio/outbound/stream-end?attempt=0198b1a2-0000-7000-8000-000000000001">)"
                R"(<Number>+14155550190</Number></Dial><Hangup/></Response>)");
}

TEST_F(LineTest, ATransferThatMayHaveHappenedIsNotRepeated) {
  api.then(answer(500, ""));
  api.then(answer(400, error_json(21220, 400)));
  with_line([&](ports::Line& line) -> Task<void> {
    EXPECT_EQ((co_await line.transfer(a_transfer())).error().code, Errc::ProviderUnavailable);
    EXPECT_EQ((co_await line.transfer(a_transfer())).error().code, Errc::NotFound);
  });
  EXPECT_EQ(api.seen().size(), 2u);
}

TEST_F(LineTest, PutsNothingIntoAPathThatIsNotASid) {
  with_line([&](ports::Line& line) -> Task<void> {
    for (const std::string sid : {"", "CA1", "../Accounts", "CA0000000000000000000000000000000/"}) {
      EXPECT_EQ((co_await line.hang_up(sid)).error().code, Errc::InvalidInput);
      EXPECT_EQ((co_await line.fetch(sid)).error().code, Errc::InvalidInput);
      EXPECT_EQ((co_await line.recordings(sid)).error().code, Errc::InvalidInput);
      EXPECT_EQ((co_await line.say_and_hang_up(sid, "x")).error().code, Errc::InvalidInput);
    }
  });
  EXPECT_TRUE(api.seen().empty());
}

TEST_F(LineTest, FetchesACall) {
  api.then(answer(200, call_json()));
  api.then(answer(404, error_json(20404, 404)));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto call = co_await line.fetch(kCall);
    EXPECT_EQ(call->status, LegStatus::Queued);
    const auto gone = co_await line.fetch(kCall);
    EXPECT_EQ(gone.error().code, Errc::NotFound);
  });
  EXPECT_EQ(api.seen().at(0).method, "GET");
  EXPECT_EQ(api.seen().at(0).target, kCallPath + ".json");
}

TEST_F(LineTest, AnswersEachRefusalWithItsOwnError) {
  const std::pair<int, Errc> cases[] = {{401, Errc::Unauthorized},
                                        {403, Errc::Unauthorized},
                                        {404, Errc::NotFound},
                                        {400, Errc::ProviderRefused},
                                        {302, Errc::ProviderUnavailable}};
  for (const auto& [status, code] : cases) api.then(answer(status, error_json(20001, status)));
  api.then(answer(200, "<html>"));
  with_line([&](ports::Line& line) -> Task<void> {
    for (const auto& [status, code] : cases) {
      const auto call = co_await line.fetch(kCall);
      EXPECT_EQ(call.error().code, code) << status;
    }
    const auto odd = co_await line.fetch(kCall);
    EXPECT_EQ(odd.error().code, Errc::ProviderUnavailable);
  });
}

std::string page_json(std::vector<std::string> calls, std::string next) {
  Json page{{"calls", Json::array()}, {"next_page_uri", next.empty() ? Json() : Json(next)}};
  for (const auto& call : calls) page["calls"].push_back(Json::parse(call));
  return page.dump();
}

TEST_F(LineTest, ListsAllPagesNewestFirst) {
  const std::string newest = "CA00000000000000000000000000000003";
  const std::string next = "/2010-04-01/Accounts/" + kAccount + "/Calls.json?Page=1&PageToken=PACA%2B1&PageSize=100";
  api.then(answer(200, page_json({call_json()}, next)));
  api.then(answer(200, page_json({call_json(newest, "Fri, 18 Oct 2019 18:00:00 +0000")}, "")));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto calls = co_await line.list("+15555550101", "+15555550102");
    if (!calls || calls->size() != 2) {
      ADD_FAILURE() << "wrong list";
      co_return;
    }
    EXPECT_EQ(calls->at(0).call_sid, newest);
    EXPECT_EQ(calls->at(1).call_sid, kCall);
  });
  EXPECT_EQ(api.seen().at(0).target,
            "/2010-04-01/Accounts/" + kAccount + "/Calls.json?To=%2B15555550101&From=%2B15555550102&PageSize=100");
  EXPECT_EQ(api.seen().at(1).target, next) << "the next page's URI must be followed byte for byte";
}

TEST_F(LineTest, TakesItsCredentialsToNoOtherHost) {
  for (const std::string next : {"https://evil.example.com/Calls.json", "//evil.example.com/Calls.json", "@evil"}) {
    api.then(answer(200, page_json({call_json()}, next)));
  }
  with_line([&](ports::Line& line) -> Task<void> {
    for (int i = 0; i < 3; ++i) {
      const auto calls = co_await line.list("+15555550101", "+15555550102");
      EXPECT_EQ(calls.error().code, Errc::Protocol);
    }
  });
  EXPECT_EQ(api.seen().size(), 3u);
}

TEST_F(LineTest, AnEndlessListEndsAtTwentyPages) {
  const std::string next = "/2010-04-01/Accounts/" + kAccount + "/Calls.json?Page=1";
  for (int i = 0; i < 21; ++i) api.then(answer(200, page_json({call_json()}, next)));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto calls = co_await line.list("+15555550101", "+15555550102");
    EXPECT_EQ(calls->size(), 20u);
  });
  EXPECT_EQ(api.seen().size(), 20u);
}

TEST_F(LineTest, FindsACallsRecordings) {
  const Json recording{{"sid", "RE00000000000000000000000000000001"}, {"status", "completed"}, {"duration", "12"}};
  api.then(answer(200, Json{{"recordings", {recording}}}.dump()));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto found = co_await line.recordings(kCall);
    EXPECT_EQ(found->at(0).url, settings.api_base_url + "/2010-04-01/Accounts/" + kAccount +
                                    "/Recordings/RE00000000000000000000000000000001");
  });
  EXPECT_EQ(api.seen().at(0).target, kCallPath + "/Recordings.json");
}

TEST_F(LineTest, ChecksTheTokenByTheAccountAndKeepsNothingOfIt) {
  api.then(answer(200, R"({"status":"active","type":"Full","auth_token":"hush"})"));
  api.then(answer(200, R"({"status":"active","type":"Trial","auth_token":"hush"})"));
  api.then(answer(200, R"({"status":"suspended","type":"Full","auth_token":"hush"})"));
  with_line([&](ports::Line& line) -> Task<void> {
    const auto full = co_await line.check();
    EXPECT_EQ(*full, "the account is active");
    const auto trial = co_await line.check();
    EXPECT_NE(trial->find("trial"), std::string::npos);
    const auto suspended = co_await line.check();
    EXPECT_EQ(suspended.error().code, Errc::ProviderRefused);
    EXPECT_EQ(suspended.error().detail, "The Twilio account is suspended: see the Twilio console.");
  });
  EXPECT_EQ(api.seen().at(0).target, "/2010-04-01/Accounts/" + kAccount + ".json");
}

TEST_F(LineTest, ChecksAnApiKeyByAListThatItMayRead) {
  settings.api_key_sid = "SK00000000000000000000000000000001";
  settings.api_key_secret = "key-secret";
  api.then(answer(200, R"({"incoming_phone_numbers":[]})"));
  api.then(answer(401, error_json(20003, 401)));
  with_line([&](ports::Line& line) -> Task<void> {
    EXPECT_TRUE(co_await line.check());
    const auto refused = co_await line.check();
    EXPECT_EQ(refused.error().code, Errc::Unauthorized);
  });
  EXPECT_EQ(api.seen().at(0).target, "/2010-04-01/Accounts/" + kAccount + "/IncomingPhoneNumbers.json?PageSize=1");
}

}  // namespace
}  // namespace otto::twilio
