#include "otto/twilio/line_outcome.hpp"

#include <gtest/gtest.h>
#include <set>

#include "otto/base/json.hpp"

namespace otto::twilio {
namespace {

using ports::PlaceVerdict;
using ports::RefusalScope;

constexpr std::string_view kTo = "+15555550101";
constexpr std::string_view kSid = "CA00000000000000000000000000000001";

CreateAnswer answer(int status, std::string body) {
  CreateAnswer a;
  a.sent_any = true;
  a.status = status;
  a.body = std::move(body);
  a.to = kTo;
  a.now = *parse_iso8601("2026-04-14T17:03:05Z");
  return a;
}

CreateAnswer failure(Errc code, bool sent_any) {
  auto a = answer(0, "");
  a.sent_any = sent_any;
  a.error = Error{code, "The connection to api.twilio.com failed."};
  return a;
}

std::string created(std::string_view sid = kSid, std::string_view to = kTo) {
  return Json{{"sid", sid}, {"to", to}, {"status", "queued"}}.dump();
}

std::string twilio_error(int code, int status, std::string message = "Twilio's own words.") {
  return Json{{"code", code}, {"message", message}, {"more_info", "https://www.twilio.com/docs"}, {"status", status}}
      .dump();
}

PlaceVerdict verdict_of(const CreateAnswer& a) { return classify(a).verdict; }

TEST(CreateOutcome, EveryFailureBeforeTheFirstByteIsNotSent) {
  for (const Errc code :
       {Errc::ConnectFailed, Errc::TimedOut, Errc::Cancelled, Errc::InvalidInput, Errc::ConnectionLost})
    EXPECT_EQ(verdict_of(failure(code, false)), PlaceVerdict::NotSent) << to_string(code);
}

TEST(CreateOutcome, EveryFailureAfterTheFirstByteIsAmbiguous) {
  for (const Errc code : {Errc::TimedOut, Errc::ConnectionLost, Errc::Closed, Errc::Protocol, Errc::TooLarge,
                          Errc::Cancelled, Errc::ConnectFailed})
    EXPECT_EQ(verdict_of(failure(code, true)), PlaceVerdict::Ambiguous) << to_string(code);
}

TEST(CreateOutcome, A201WithASidIsPlaced) {
  const auto result = classify(answer(201, created()));

  EXPECT_EQ(result.verdict, PlaceVerdict::Placed);
  EXPECT_EQ(result.call_sid, kSid);
  EXPECT_EQ(verdict_of(answer(200, created())), PlaceVerdict::Placed);
  EXPECT_EQ(verdict_of(answer(201, Json{{"sid", kSid}, {"to", nullptr}}.dump())), PlaceVerdict::Placed);
}

TEST(CreateOutcome, A201CutAnywhereIsAmbiguous) {
  const auto whole = created();
  for (std::size_t length = 0; length < whole.size(); ++length)
    EXPECT_EQ(verdict_of(answer(201, whole.substr(0, length))), PlaceVerdict::Ambiguous) << length;
}

TEST(CreateOutcome, A201ThatIsNotOurCallIsAmbiguous) {
  EXPECT_EQ(verdict_of(answer(201, created(kSid, "+15555550199"))), PlaceVerdict::Ambiguous);
  EXPECT_EQ(verdict_of(answer(201, created("RE00000000000000000000000000000001"))), PlaceVerdict::Ambiguous);
  EXPECT_EQ(verdict_of(answer(201, created("CA1"))), PlaceVerdict::Ambiguous);
  EXPECT_EQ(verdict_of(answer(201, "[]")), PlaceVerdict::Ambiguous);
  EXPECT_EQ(verdict_of(answer(201, "<html>ok</html>")), PlaceVerdict::Ambiguous);
}

TEST(CreateOutcome, A429WasNeverProcessed) {
  for (const auto& body : {twilio_error(20429, 429), std::string{"Too Many Requests"}, std::string{}, std::string{"{}"},
                           twilio_error(99999, 429), twilio_error(10004, 429)}) {
    EXPECT_EQ(verdict_of(answer(429, body)), PlaceVerdict::Throttled) << body;
  }
  EXPECT_EQ(verdict_of(answer(400, twilio_error(10004, 400))), PlaceVerdict::Throttled);
  EXPECT_EQ(verdict_of(answer(403, twilio_error(10004, 403))), PlaceVerdict::Throttled);
}

TEST(CreateOutcome, HonoursRetryAfterInSecondsOrAsADateUpToThirtySeconds) {
  const std::pair<const char*, milliseconds> cases[] = {
      {"", milliseconds{0}},
      {"2", seconds{2}},
      {" 7 ", seconds{7}},
      {"3600", seconds{30}},
      {"-5", milliseconds{0}},
      {"soon", milliseconds{0}},
      {"1.5", milliseconds{0}},
      {"Tue, 14 Apr 2026 17:03:09 GMT", seconds{4}},
      {"Tue, 14 Apr 2026 17:03:01 GMT", milliseconds{0}},
      {"Wed, 15 Apr 2026 17:03:05 GMT", seconds{30}},
  };
  for (const auto& [text, wait] : cases) {
    auto a = answer(429, twilio_error(20429, 429));
    a.retry_after = text;
    EXPECT_EQ(classify(a).retry_after, wait) << text;
  }
}

TEST(CreateOutcome, A400Or404WithTwiliosCodeIsRefused) {
  for (const int status : {400, 404}) {
    const auto result = classify(answer(status, twilio_error(21211, status, "The 'To' number is not valid.")));
    EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
    EXPECT_EQ(result.error_code, "21211");
    EXPECT_EQ(result.scope, RefusalScope::Contact);
  }
}

TEST(CreateOutcome, ACodeThatNobodyKnowsRefusesTheContactOnly) {
  const auto result = classify(answer(400, twilio_error(54321, 400)));

  EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
  EXPECT_EQ(result.scope, RefusalScope::Contact);
  EXPECT_EQ(result.error_code, "54321");
}

TEST(CreateOutcome, ARefusalWithoutACodeGoesByItsStatus) {
  const auto result = classify(answer(400, R"({"message":"Bad","status":400})"));

  EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
  EXPECT_EQ(result.error_code, "");
  EXPECT_EQ(result.message, "Twilio refused the call (Twilio: HTTP 400: Bad).");
}

TEST(CreateOutcome, A4xxThatIsNotTwiliosProvesNothing) {
  for (const auto* body : {"", "<html>Bad Request</html>", "{}", "[1]", "\"no\"", R"({"error":"nope"})"}) {
    for (const int status : {400, 404, 405, 413, 431})
      EXPECT_EQ(verdict_of(answer(status, body)), PlaceVerdict::Ambiguous) << status << body;
  }
  EXPECT_EQ(verdict_of(answer(408, twilio_error(21211, 408))), PlaceVerdict::Ambiguous);
}

TEST(CreateOutcome, A401Or403ConcernsTheAccountWhateverTheBodySays) {
  for (const int status : {401, 403}) {
    for (const auto& body :
         {twilio_error(20003, status), std::string{}, std::string{"<html>"}, twilio_error(99998, status)}) {
      const auto result = classify(answer(status, body));
      EXPECT_EQ(result.verdict, PlaceVerdict::Refused);
      EXPECT_EQ(result.scope, RefusalScope::Account);
      EXPECT_NE(result.message.find("TWILIO_ACCOUNT_SID"), std::string::npos);
    }
  }
}

TEST(CreateOutcome, A403ThatNamesItsContactConcernsTheContact) {
  EXPECT_EQ(classify(answer(403, twilio_error(21608, 403))).scope, RefusalScope::Contact);
  EXPECT_EQ(classify(answer(403, twilio_error(21215, 403))).scope, RefusalScope::Country);
}

TEST(CreateOutcome, EveryOtherStatusIsAmbiguousEvenWithAKnownCode) {
  for (int status = 100; status < 600; ++status) {
    if (status == 200 || status == 201 || (status >= 400 && status < 500 && status != 408)) continue;
    EXPECT_EQ(verdict_of(answer(status, twilio_error(21211, status))), PlaceVerdict::Ambiguous) << status;
    EXPECT_EQ(verdict_of(answer(status, created())), PlaceVerdict::Ambiguous) << status;
  }
}

struct Expected {
  int code, status;
  RefusalScope scope;
};
/// Every code that can answer a create, whom it concerns, with the status it comes with.
const Expected kExpected[] = {
    {20003, 401, RefusalScope::Account},  {20005, 403, RefusalScope::Account},  {10001, 401, RefusalScope::Account},
    {20006, 403, RefusalScope::Account},  {20403, 403, RefusalScope::Account},  {70051, 403, RefusalScope::Account},
    {20008, 403, RefusalScope::Account},  {10002, 403, RefusalScope::Account},  {20404, 404, RefusalScope::Account},
    {22005, 400, RefusalScope::Account},  {22005, 429, RefusalScope::Account},  {21201, 400, RefusalScope::Contact},
    {21213, 400, RefusalScope::CallerId}, {21202, 400, RefusalScope::Contact},  {21203, 400, RefusalScope::Country},
    {21215, 400, RefusalScope::Country},  {13227, 400, RefusalScope::Country},  {32205, 400, RefusalScope::Country},
    {21205, 400, RefusalScope::Campaign}, {21206, 400, RefusalScope::Campaign}, {21208, 400, RefusalScope::Campaign},
    {21209, 400, RefusalScope::Campaign}, {21218, 400, RefusalScope::Campaign}, {21234, 400, RefusalScope::Campaign},
    {21263, 400, RefusalScope::Campaign}, {21210, 400, RefusalScope::CallerId}, {21211, 400, RefusalScope::Contact},
    {21212, 400, RefusalScope::CallerId}, {21214, 400, RefusalScope::Contact},  {21216, 400, RefusalScope::Contact},
    {13225, 400, RefusalScope::Contact},  {32203, 400, RefusalScope::Contact},  {21217, 400, RefusalScope::Contact},
    {13223, 400, RefusalScope::Contact},  {13224, 400, RefusalScope::Contact},  {13226, 400, RefusalScope::Contact},
    {21219, 400, RefusalScope::Contact},  {21608, 403, RefusalScope::Contact},  {21609, 400, RefusalScope::Campaign},
};

TEST(CreateOutcome, EveryCodeHasItsScopeAndOneSentenceWithTwiliosOwnWordsAndNumber) {
  for (const auto& [code, status, scope] : kExpected) {
    const auto result = classify(answer(status, twilio_error(code, status, "Twilio's own words.")));
    EXPECT_EQ(result.verdict, PlaceVerdict::Refused) << code;
    EXPECT_EQ(result.scope, scope) << code;
    EXPECT_EQ(result.error_code, std::to_string(code));
    EXPECT_NE(result.message.find("(Twilio error " + std::to_string(code) + ": Twilio's own words)."),
              std::string::npos)
        << result.message;
    EXPECT_EQ(result.retry_after.count(), 0);
  }
}

TEST(ErrorCodes, AreUniqueFindableAndEachAdviceIsTheStartOfOneSentence) {
  std::set<int> seen;
  for (const auto& entry : error_codes()) {
    EXPECT_TRUE(seen.insert(entry.code).second) << entry.code;
    EXPECT_EQ(find_error_code(entry.code), &entry);
    EXPECT_GT(entry.advice.size(), 30u) << entry.code;
    EXPECT_FALSE(entry.advice.ends_with('.')) << entry.code;
    EXPECT_EQ(entry.advice.find(". "), std::string_view::npos) << entry.code;
    EXPECT_TRUE(entry.advice.front() >= 'A' && entry.advice.front() <= 'Z') << entry.code;
  }
  for (const auto& expected : kExpected) EXPECT_TRUE(seen.contains(expected.code)) << expected.code;
  EXPECT_EQ(find_error_code(0), nullptr);
  EXPECT_EQ(find_error_code(99999), nullptr);
}

TEST(ErrorCodes, OnlyWhatWasNotProcessedMayBeRetried) {
  for (const auto& entry : error_codes())
    EXPECT_EQ(entry.may_retry, entry.code == 20429 || entry.code == 10004) << entry.code;
}

TEST(ErrorBody, MasksPhoneNumbersInTwiliosWords) {
  const auto message = [](std::string text) {
    return parse_error_body(twilio_error(1, 400, std::move(text)))->message;
  };

  EXPECT_EQ(message("The 'To' number +15555550101 is not valid."), "The 'To' number +1555•••0101 is not valid");
  EXPECT_EQ(message("15555550101"), "1555•••0101");
  EXPECT_EQ(message("+15555550101,+15555550102"), "+1555•••0101,+1555•••0102");
  EXPECT_EQ(message("Error 21211 for AC00000000000000000000000000000001"),
            "Error 21211 for AC00000000000000000000000000000001");
  EXPECT_EQ(message("+ and 1234567 and ü12345678"), "+ and 1234567 and ü1•••5678");
}

TEST(ErrorBody, IsReadInBothOfTwiliosShapesAndCutWhenLong) {
  EXPECT_EQ(parse_error_body(R"({"code":"20404","message":"gone"})")->code, 20404);
  EXPECT_EQ(parse_error_body(R"({"title":"Not found","status":404})")->message, "Not found");
  EXPECT_EQ(parse_error_body(R"({"title":"t","detail":"more exactly","code":20404})")->message, "more exactly");
  EXPECT_FALSE(parse_error_body(R"({"code":null})")->code);
  EXPECT_FALSE(parse_error_body(R"({"code":-1})")->code);
  EXPECT_LE(parse_error_body(twilio_error(1, 400, std::string(5000, 'x')))->message.size(), 300u);
  EXPECT_FALSE(parse_error_body("<html>"));
  EXPECT_FALSE(parse_error_body("[]"));
}

TEST(CreateOutcome, SpeaksInOneSentenceWithoutTheWholeNumber) {
  const auto refused = classify(answer(400, twilio_error(21211, 400, "Number +15555550101 is bad.")));
  EXPECT_EQ(refused.message,
            "The contact's number is not a valid phone number: correct it in the contact list (Twilio error 21211: "
            "Number +1555•••0101 is bad).");
  EXPECT_EQ(classify(failure(Errc::ConnectFailed, false)).message,
            "Nothing was sent to Twilio: The connection to api.twilio.com failed.");
  for (const auto& a : {answer(201, "x"), answer(503, ""), answer(400, ""), failure(Errc::TimedOut, true)}) {
    const auto message = classify(a).message;
    EXPECT_TRUE(message.starts_with("Twilio may or may not have placed the call, since ")) << message;
    EXPECT_TRUE(message.ends_with("Otto is finding out.")) << message;
  }
}

}  // namespace
}  // namespace otto::twilio
