#include "otto/twilio/rest.hpp"

#include <algorithm>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/twilio/parameter_names.hpp"

namespace otto::twilio {
namespace {

using testing::ElementsAre;

constexpr std::string_view kAttempt = "0190a000-0000-7000-8000-000000000001";

ports::PlaceRequest a_request() {
  ports::PlaceRequest request;
  request.attempt = AttemptId{std::string{kAttempt}};
  request.to = "+15555550101";
  request.from = "+15555550102";
  request.ring_timeout = seconds{25};
  request.time_limit = seconds{600};
  return request;
}

std::vector<std::string> values(const FormFields& form, std::string_view name) {
  std::vector<std::string> found;
  for (const auto& [key, value] : form)
    if (key == name) found.push_back(value);
  return found;
}

/// What Twilio's own library sends for a call like ours; the values that are not fixed are ours.
FormFields golden_create() {
  const std::string golden =
      "To=%2B15555550101&From=%2B15555550102&Method=POST&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing"
      "&StatusCallbackEvent=answered&StatusCallbackEvent=completed&StatusCallbackMethod=POST&Timeout=25&Record=true"
      "&RecordingChannels=dual&MachineDetection=DetectMessageEnd&RecordingStatusCallbackEvent=completed"
      "&RecordingStatusCallbackEvent=absent&Trim=do-not-trim&AsyncAmd=true&AsyncAmdStatusCallbackMethod=POST"
      "&RecordingStatusCallbackMethod=POST&RecordingTrack=both&TimeLimit=600"
      "&StatusCallback=https%3A%2F%2Fcalls.example.com%2Fapi%2Ftwilio%2Foutbound%2Fstatus-callback"
      "%3Fattempt%3D0190a000-0000-7000-8000-000000000001%23rc%3D3%26rp%3Dct%2Crt%2C5xx"
      "&AsyncAmdStatusCallback=https%3A%2F%2Fcalls.example.com%2Fapi%2Ftwilio%2Foutbound%2Famd-callback"
      "%3Fattempt%3D0190a000-0000-7000-8000-000000000001%23rc%3D3%26rp%3Dct%2Crt%2C5xx"
      "&RecordingStatusCallback=https%3A%2F%2Fcalls.example.com%2Fapi%2Ftwilio%2Foutbound%2Frecording-callback"
      "%3Fattempt%3D0190a000-0000-7000-8000-000000000001%23rc%3D3%26rp%3Dct%2Crt%2C5xx"
      "&Url=https%3A%2F%2Fcalls.example.com%2Fapi%2Ftwilio%2Foutbound%2Ftwiml"
      "%3Fattempt%3D0190a000-0000-7000-8000-000000000001%23rc%3D2%26rp%3Dct%2Crt%2C5xx";
  return *parse_form(golden);
}

TEST(CreateCallForm, IsFieldForFieldWhatTwiliosLibrarySends) {
  auto request = a_request();
  request.wait_for_machine_end = true;
  auto form = create_call_form(request, "https://calls.example.com");
  auto golden = golden_create();

  std::sort(form.begin(), form.end());
  std::sort(golden.begin(), golden.end());
  EXPECT_EQ(form, golden);
}

TEST(CreateCallForm, UsesNoNameThatTwilioDoesNotKnowAndRepeatsOnlyLists) {
  for (const bool record : {true, false}) {
    for (const bool wait : {true, false}) {
      auto request = a_request();
      request.record = record;
      request.wait_for_machine_end = wait;
      const auto form = create_call_form(request, "https://calls.example.com");
      for (const auto& [name, value] : form) {
        EXPECT_TRUE(kCreateCallParameters.contains(name)) << name;
        EXPECT_FALSE(value.empty()) << name;
        if (!name.ends_with("CallbackEvent")) {
          EXPECT_EQ(values(form, name).size(), 1u) << name;
        }
      }
    }
  }
}

TEST(CreateCallForm, AsksForAMachinesEndOnlyWhenAMessageWillBeLeft) {
  auto request = a_request();
  EXPECT_THAT(values(create_call_form(request, "https://x"), "MachineDetection"), ElementsAre("Enable"));
  request.wait_for_machine_end = true;
  EXPECT_THAT(values(create_call_form(request, "https://x"), "MachineDetection"), ElementsAre("DetectMessageEnd"));
}

TEST(CreateCallForm, SaysNothingOfRecordingWhenNothingIsRecorded) {
  auto request = a_request();
  request.record = false;
  for (const auto& [name, value] : create_call_form(request, "https://calls.example.com")) {
    EXPECT_EQ(name.find("Record"), std::string::npos) << name;
    EXPECT_NE(name, "Trim");
  }
}

TEST(CreateCallForm, CarriesTheAttemptInEveryUrl) {
  const auto form = create_call_form(a_request(), "https://calls.example.com/otto");
  int urls = 0;
  for (const auto& [name, value] : form) {
    if (!value.starts_with("https://")) continue;
    ++urls;
    EXPECT_TRUE(value.starts_with("https://calls.example.com/otto/api/twilio/outbound/")) << value;
    EXPECT_NE(value.find("?attempt=" + std::string{kAttempt} + "#rc="), std::string::npos) << value;
  }
  EXPECT_EQ(urls, 4);
}

Json a_call() {
  return Json{{"sid", "CA00000000000000000000000000000001"},
              {"status", "completed"},
              {"to", "+15555550101"},
              {"from", "+15555550102"},
              {"direction", "outbound-api"},
              {"date_created", "Fri, 18 Oct 2019 17:02:00 +0000"},
              {"start_time", "Fri, 18 Oct 2019 17:02:05 +0000"},
              {"end_time", "Fri, 18 Oct 2019 17:03:05 +0000"},
              {"duration", "60"},
              {"answered_by", "machine_start"},
              {"price", nullptr},
              {"queue_time", "0"}};
}

TEST(ParseCall, ReadsACallAsTwilioShowsIt) {
  const auto call = parse_call(a_call());

  ASSERT_TRUE(call);
  EXPECT_EQ(call->call_sid, "CA00000000000000000000000000000001");
  EXPECT_EQ(call->status, LegStatus::Completed);
  EXPECT_EQ(call->to, "+15555550101");
  EXPECT_EQ(call->from, "+15555550102");
  EXPECT_EQ(call->direction, "outbound-api");
  EXPECT_EQ(call->created_at, *parse_iso8601("2019-10-18T17:02:00Z"));
  EXPECT_EQ(call->started_at, *parse_iso8601("2019-10-18T17:02:05Z"));
  EXPECT_EQ(call->ended_at, *parse_iso8601("2019-10-18T17:03:05Z"));
  EXPECT_EQ(call->duration_seconds, 60);
  EXPECT_EQ(call->answered_by, AnsweredBy::MachineStart);
}

TEST(ParseCall, StandsNullInEveryFieldThatMayBeNull) {
  for (const auto* name :
       {"to", "from", "direction", "date_created", "start_time", "end_time", "duration", "answered_by"}) {
    auto json = a_call();
    json[name] = nullptr;
    EXPECT_TRUE(parse_call(json)) << name;
    json.erase(name);
    EXPECT_TRUE(parse_call(json)) << name;
  }
}

TEST(ParseCall, RefusesWhatIsNotACall) {
  auto without_sid = a_call();
  without_sid["sid"] = "CA1";
  auto odd_status = a_call();
  odd_status["status"] = "dreaming";
  for (const auto& json : {without_sid, odd_status, Json::array(), Json("x"), Json()}) {
    const auto call = parse_call(json);
    ASSERT_FALSE(call);
    EXPECT_EQ(call.error().code, Errc::Malformed);
  }
}

TEST(ParseCallPage, KeepsTheCallsThatWentOut) {
  auto inbound = a_call();
  inbound["direction"] = "inbound";
  auto queued = a_call();
  queued["status"] = "queued";
  queued["start_time"] = nullptr;

  const auto calls = parse_call_page(Json{{"calls", {a_call(), inbound, queued}}, {"next_page_uri", nullptr}});
  ASSERT_TRUE(calls);
  ASSERT_EQ(calls->size(), 2u);
  EXPECT_EQ(calls->at(1).status, LegStatus::Queued);
}

TEST(ParseCallPage, AnUnreadableCallIsAnErrorAndNoGap) {
  EXPECT_FALSE(parse_call_page(Json{{"calls", {a_call(), Json{{"sid", "x"}}}}}));
  EXPECT_FALSE(parse_call_page(Json{{"calls", "none"}}));
  EXPECT_FALSE(parse_call_page(Json::array()));
}

TEST(ParseRecordings, GivesEachItsOwnMediaUrl) {
  const std::string base = "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/Recordings/";
  const Json entry{{"sid", "RE00000000000000000000000000000001"},
                   {"status", "completed"},
                   {"duration", "47"},
                   {"media_url", "https://evil.example.com/x"}};
  const auto found = parse_recordings(Json{{"recordings", {entry}}}, base);

  ASSERT_TRUE(found);
  ASSERT_EQ(found->size(), 1u);
  EXPECT_EQ(found->front().url, base + "RE00000000000000000000000000000001");
  EXPECT_EQ(found->front().status, "completed");
  EXPECT_EQ(found->front().duration_seconds, 47);
  EXPECT_FALSE(parse_recordings(Json{{"recordings", {Json{{"sid", "../x"}}}}}, base));
  EXPECT_FALSE(parse_recordings(Json{{"recordings", {Json("x")}}}, base));
  EXPECT_FALSE(parse_recordings(Json::object(), base));
}

}  // namespace
}  // namespace otto::twilio
