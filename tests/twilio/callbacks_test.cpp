#include "otto/twilio/callbacks.hpp"

#include <gtest/gtest.h>
#include <set>

#include "otto/crypto/digest.hpp"

namespace otto::twilio {
namespace {

constexpr std::string_view kAccount = "AC00000000000000000000000000000001";
constexpr std::string_view kCall = "CA00000000000000000000000000000001";
constexpr std::string_view kRecording = "RE00000000000000000000000000000001";
constexpr std::string_view kApi = "https://api.twilio.com";
const std::string kRecordingUrl =
    "https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000001/"
    "Recordings/RE00000000000000000000000000000001";
const TimePoint kNow = *parse_iso8601("2026-04-14T17:05:00Z");

struct Sent {
  FormFields form;
  std::string body, token;

  explicit Sent(FormFields extra, std::string idempotency_token = {})
      : form{{"AccountSid", std::string{kAccount}}, {"CallSid", std::string{kCall}}}, token{idempotency_token} {
    for (auto& field : extra) set(field.first, field.second);
    body = format_form(form);
  }
  void set(const std::string& name, const std::string& value) {
    for (auto& field : form) {
      if (field.first != name) continue;
      field.second = value;
      return;
    }
    form.emplace_back(name, value);
  }
  Callback callback() const {
    return Callback{.account_sid = kAccount,
                    .api_base_url = kApi,
                    .form = form,
                    .body = body,
                    .idempotency_token = token,
                    .now = kNow};
  }
};

const FormFields kBusy{
    {"ApiVersion", "2010-04-01"},
    {"CallStatus", "busy"},
    {"CallDuration", "49"},
    {"Duration", "1"},
    {"Direction", "outbound-api"},
    {"SequenceNumber", "2"},
    {"SipResponseCode", "486"},
    {"To", "+15555550101"},
    {"ToZip", ""},
    {"AnsweredBy", "machine_start"},
    {"ErrorCode", "32017"},
    {"ErrorMessage", "Blocked"},
    {"Timestamp", "Tue, 14 Apr 2026 17:03:05 +0000"},
    {"SomethingNew", "x"},
};

TEST(StatusCallback, GivesEveryFieldOfAnEndedCall) {
  const Sent sent{kBusy};
  const auto fact = parse_status(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->kind, FactKind::Status);
  EXPECT_EQ(fact->call_sid, kCall);
  EXPECT_EQ(fact->status, LegStatus::Busy);
  EXPECT_EQ(fact->sequence, 2);
  EXPECT_EQ(fact->duration_seconds, 49);
  EXPECT_EQ(fact->sip_code, 486);
  EXPECT_EQ(fact->answered_by, AnsweredBy::MachineStart);
  EXPECT_EQ(fact->error_code, "32017");
  EXPECT_EQ(fact->reason, "Blocked");
  EXPECT_EQ(fact->at, *parse_iso8601("2026-04-14T17:03:05Z"));
}

TEST(StatusCallback, NeverTakesTheBilledMinutesForSeconds) {
  const Sent sent{{{"CallStatus", "completed"}, {"Duration", "3"}}};
  const auto fact = parse_status(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_FALSE(fact->duration_seconds);
}

TEST(StatusCallback, KnowsEveryStatus) {
  const std::pair<const char*, LegStatus> all[] = {
      {"queued", LegStatus::Queued},          {"initiated", LegStatus::Initiated}, {"ringing", LegStatus::Ringing},
      {"in-progress", LegStatus::InProgress}, {"completed", LegStatus::Completed}, {"busy", LegStatus::Busy},
      {"no-answer", LegStatus::NoAnswer},     {"failed", LegStatus::Failed},       {"canceled", LegStatus::Canceled}};
  for (const auto& [text, status] : all) {
    const Sent sent{{{"CallStatus", text}}};
    const auto fact = parse_status(sent.callback());
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->status, status) << text;
  }
}

TEST(StatusCallback, KeepsAStatusItDoesNotKnowAsAReason) {
  const Sent sent{{{"CallStatus", "teleported"}}};
  const auto fact = parse_status(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_FALSE(fact->status);
  EXPECT_EQ(fact->reason, "teleported");
}

TEST(StatusCallback, StandsTheAbsenceOfAnyOfItsFields) {
  for (std::size_t missing = 0; missing < kBusy.size(); ++missing) {
    auto fields = kBusy;
    fields.erase(fields.begin() + static_cast<std::ptrdiff_t>(missing));
    const Sent sent{fields};
    const auto fact = parse_status(sent.callback());
    ASSERT_TRUE(fact) << kBusy[missing].first;
    EXPECT_FALSE(fact->dedupe_key.empty());
  }
}

TEST(StatusCallback, ReadsOddNumbersAsAbsent) {
  for (const auto* odd : {"", "-1", "abc", "4x", " 4", "99999999999999"}) {
    const Sent sent{
        {{"CallStatus", "completed"}, {"CallDuration", odd}, {"SequenceNumber", odd}, {"SipResponseCode", odd}}};
    const auto fact = parse_status(sent.callback());
    ASSERT_TRUE(fact);
    EXPECT_FALSE(fact->duration_seconds) << odd;
    EXPECT_FALSE(fact->sequence) << odd;
    EXPECT_FALSE(fact->sip_code) << odd;
  }
}

TEST(StatusCallback, TakesOurTimeWhereTwilioGivesNone) {
  for (const auto* odd : {"", "yesterday", "2026-04-14"}) {
    const Sent sent{{{"CallStatus", "ringing"}, {"Timestamp", odd}}};
    const auto fact = parse_status(sent.callback());
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->at, kNow);
  }
}

TEST(Callbacks, RefuseAForeignAccountAndAMissingOrOddCallSid) {
  using Parser = Result<Fact> (*)(const Callback&);
  const Parser parsers[] = {parse_status, parse_amd, parse_recording, parse_twiml_request, parse_stream_status};
  for (const auto parse : parsers) {
    const Sent foreign{{{"AccountSid", "AC00000000000000000000000000000002"}, {"StreamEvent", "stream-started"}}};
    const auto refused = parse(foreign.callback());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Errc::Forbidden);
    for (const auto* odd : {"", "CA1", "RE00000000000000000000000000000001", "CA0000000000000000000000000000000g",
                            "CA00000000000000000000000000000001/../x"}) {
      const Sent sent{{{"CallSid", odd}, {"StreamEvent", "stream-started"}}};
      const auto fact = parse(sent.callback());
      ASSERT_FALSE(fact) << odd;
      EXPECT_EQ(fact.error().code, Errc::Malformed);
    }
  }
}

TEST(Callbacks, AnAccountSidThatIsNotThereIsNoForeignOne) {
  const Sent sent{{{"AccountSid", ""}, {"AnsweredBy", "human"}}};
  EXPECT_TRUE(parse_amd(sent.callback()));
}

TEST(Callbacks, AreToldApartByTokenThenBySequenceThenByBody) {
  const auto key = [](const Sent& sent) { return parse_status(sent.callback())->dedupe_key; };

  EXPECT_EQ(key(Sent{{{"SequenceNumber", "1"}}, "tok"}), key(Sent{{{"SequenceNumber", "2"}}, "tok"}));
  EXPECT_NE(key(Sent{{{"SequenceNumber", "1"}}, "tok"}), key(Sent{{{"SequenceNumber", "1"}}, "tok2"}));
  EXPECT_EQ(key(Sent{{{"SequenceNumber", "1"}, {"A", "1"}}}), key(Sent{{{"SequenceNumber", "1"}, {"A", "2"}}}));
  EXPECT_NE(key(Sent{{{"SequenceNumber", "1"}}}), key(Sent{{{"SequenceNumber", "2"}}}));
  EXPECT_EQ(key(Sent{{{"A", "1"}}}), key(Sent{{{"A", "1"}}}));
  EXPECT_NE(key(Sent{{{"A", "1"}}}), key(Sent{{{"A", "2"}}}));

  const Sent plain{{{"A", "1"}}};
  EXPECT_EQ(key(plain), "status:sha256:" + crypto::sha256_hex(plain.body));
  EXPECT_NE(key(plain), parse_twiml_request(plain.callback())->dedupe_key);
  const Sent sequenced{{{"SequenceNumber", "7"}}};
  EXPECT_EQ(key(sequenced), std::string{kCall} + ":status:7");
}

TEST(AmdCallback, KnowsEveryVerdictAndTakesAnyOtherForUnknown) {
  const std::pair<const char*, AnsweredBy> all[] = {{"human", AnsweredBy::Human},
                                                    {"machine_start", AnsweredBy::MachineStart},
                                                    {"machine_end_beep", AnsweredBy::MachineEndBeep},
                                                    {"machine_end_silence", AnsweredBy::MachineEndSilence},
                                                    {"machine_end_other", AnsweredBy::MachineEndOther},
                                                    {"fax", AnsweredBy::Fax},
                                                    {"unknown", AnsweredBy::Unknown},
                                                    {"alien", AnsweredBy::Unknown},
                                                    {"", AnsweredBy::Unknown}};
  for (const auto& [text, who] : all) {
    const Sent sent{{{"AnsweredBy", text}, {"MachineDetectionDuration", "2940"}}};
    const auto fact = parse_amd(sent.callback());
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->kind, FactKind::Amd);
    EXPECT_EQ(fact->answered_by, who) << text;
    EXPECT_EQ(fact->at, kNow);
  }
}

FormFields recording(std::string url, std::string sid = std::string{kRecording}, std::string status = "completed") {
  return {{"RecordingSid", std::move(sid)},
          {"RecordingUrl", std::move(url)},
          {"RecordingStatus", std::move(status)},
          {"RecordingDuration", "47"},
          {"RecordingChannels", "2"}};
}

TEST(RecordingCallback, GivesTheRecording) {
  const Sent sent{recording(kRecordingUrl)};
  const auto fact = parse_recording(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->kind, FactKind::Recording);
  EXPECT_EQ(fact->recording_sid, kRecording);
  EXPECT_EQ(fact->recording_url, kRecordingUrl);
  EXPECT_EQ(fact->recording_status, "completed");
  EXPECT_EQ(fact->recording_seconds, 47);
}

TEST(RecordingCallback, BelievesNoUrlOutsideOurAccountOnOurApiHost) {
  for (const std::string& url :
       {std::string{}, std::string{"https://evil.example.com/x"}, "http" + kRecordingUrl.substr(5),
        "https://api.twilio.com.evil.example.com" + kRecordingUrl.substr(22),
        "https://api.twilio.com@evil.example.com" + kRecordingUrl.substr(22), kRecordingUrl + "/../../Calls",
        kRecordingUrl + "?x=1", kRecordingUrl + ".exe",
        std::string{"https://api.twilio.com/2010-04-01/Accounts/AC00000000000000000000000000000002/Recordings/"
                    "RE00000000000000000000000000000001"},
        kRecordingUrl.substr(0, kRecordingUrl.size() - 1) + "2"}) {
    const Sent sent{recording(url)};
    const auto fact = parse_recording(sent.callback());
    ASSERT_TRUE(fact);
    EXPECT_EQ(fact->recording_url, kRecordingUrl) << url;
  }
  for (const auto* suffix : {".wav", ".mp3"}) {
    const Sent sent{recording(kRecordingUrl + suffix)};
    EXPECT_EQ(parse_recording(sent.callback())->recording_url, kRecordingUrl + suffix);
  }
}

TEST(RecordingCallback, FindsTheSidInOurOwnUrlAndGivesNoUrlWithoutOne) {
  const Sent without_sid{recording(kRecordingUrl, "")};
  EXPECT_EQ(parse_recording(without_sid.callback())->recording_sid, kRecording);
  EXPECT_EQ(parse_recording(without_sid.callback())->recording_url, kRecordingUrl);

  const Sent nothing{recording("https://evil.example.com/x", "RE../../etc")};
  EXPECT_EQ(parse_recording(nothing.callback())->recording_sid, "");
  EXPECT_EQ(parse_recording(nothing.callback())->recording_url, "");
}

TEST(RecordingCallback, AnAbsentRecordingHasNoUrl) {
  auto fields = recording(kRecordingUrl, std::string{kRecording}, "absent");
  fields.emplace_back("ErrorCode", "16101");
  const Sent sent{fields};
  const auto fact = parse_recording(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->recording_url, "");
  EXPECT_EQ(fact->error_code, "16101");
  EXPECT_EQ(fact->recording_status, "absent");
}

TEST(TwimlRequest, MeansThatTheCallWasAnswered) {
  const Sent sent{{{"CallStatus", "in-progress"}, {"Direction", "outbound-api"}}};
  const auto fact = parse_twiml_request(sent.callback());

  ASSERT_TRUE(fact);
  EXPECT_EQ(fact->kind, FactKind::Answered);
  EXPECT_EQ(fact->call_sid, kCall);
  EXPECT_EQ(fact->status, LegStatus::InProgress);
}

TEST(StreamCallback, TellsTheStreamsStartAndEnd) {
  const Sent started{{{"StreamEvent", "stream-started"}, {"Timestamp", "2026-04-14T17:03:06.250Z"}}};
  EXPECT_EQ(parse_stream_status(started.callback())->kind, FactKind::StreamStarted);
  EXPECT_EQ(parse_stream_status(started.callback())->at, *parse_iso8601("2026-04-14T17:03:06.250Z"));

  const Sent stopped{{{"StreamEvent", "stream-stopped"}}};
  EXPECT_EQ(parse_stream_status(stopped.callback())->kind, FactKind::StreamEnded);
  EXPECT_EQ(parse_stream_status(stopped.callback())->reason, "stop");

  const Sent failed{{{"StreamEvent", "stream-error"}, {"StreamError", "31920 - Handshake Error"}}};
  EXPECT_EQ(parse_stream_status(failed.callback())->kind, FactKind::StreamEnded);
  EXPECT_EQ(parse_stream_status(failed.callback())->reason, "error: 31920 - Handshake Error");

  const Sent odd{{{"StreamEvent", "stream-painted"}}};
  EXPECT_EQ(parse_stream_status(odd.callback()).error().code, Errc::Malformed);
}

}  // namespace
}  // namespace otto::twilio
