#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "otto/model/campaign.hpp"

namespace otto::test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

std::vector<FieldError> errors_of(const Json& object) {
  std::vector<FieldError> errors;
  std::ignore = read_settings(&object, errors);
  return errors;
}

CampaignSettings settings_of(const Json& object) {
  std::vector<FieldError> errors;
  auto settings = read_settings(&object, errors);
  for (const FieldError& error : errors) ADD_FAILURE() << error.field << " " << error.message;
  return settings;
}

std::string only_error(const Json& object) {
  const auto errors = errors_of(object);
  return errors.size() == 1 ? errors[0].field + " " + errors[0].message
                            : std::to_string(errors.size()) + " errors for " + object.dump();
}

TEST(Settings, HaveTheContractsDefaults) {
  std::vector<FieldError> errors;
  const auto settings = read_settings(nullptr, errors);

  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(settings, CampaignSettings{});
  EXPECT_EQ(settings_of(Json::object()), CampaignSettings{});
  EXPECT_EQ(settings.delay_between_calls, seconds{30});
  EXPECT_EQ(settings.retry_delay, seconds{3600});
  EXPECT_EQ(settings.max_call_duration, seconds{600});
  EXPECT_EQ(settings.hours.start_minute, 480);
  EXPECT_EQ(settings.hours.end_minute, 1260);
}

TEST(Settings, ReadEveryKey) {
  const auto settings =
      settings_of({{"delayBetweenCalls", 1.5},
                   {"callDuringHours",
                    {{"start", "09:05"}, {"end", "24:00"}, {"timezone", "America/New_York"}, {"days", {"MON", "fri"}}}},
                   {"maxAttemptsPerContact", 3},
                   {"retryDelay", 90},
                   {"recordCalls", false},
                   {"maxConcurrentCalls", 25},
                   {"maxCallDuration", 120},
                   {"voicemail", {{"action", "message"}, {"message", "Hello {{customerName}}"}, {"voice", "agent"}}},
                   {"callScreening", "hangup"},
                   {"agentId", "agent_1"},
                   {"callerId", "+14155550100"},
                   {"optOutKey", "9"},
                   {"transferNumbers", {{"sales", "+14155550190"}, {"Service desk", "+14155550191"}}},
                   {"toolWebhookUrl", "https://n8n.example.com/webhook/tool"}});

  EXPECT_EQ(settings.delay_between_calls, milliseconds{1500});
  EXPECT_EQ(settings.hours, (CallingHours{545, 1440, "America/New_York", 0b0010001}));
  EXPECT_EQ(settings.max_attempts, 3);
  EXPECT_EQ(settings.retry_delay, seconds{90});
  EXPECT_FALSE(settings.record_calls);
  EXPECT_EQ(settings.max_concurrent_calls, 25);
  EXPECT_EQ(settings.max_call_duration, seconds{120});
  EXPECT_EQ(settings.voicemail, VoicemailAction::Message);
  EXPECT_EQ(settings.voicemail_message, "Hello {{customerName}}");
  EXPECT_EQ(settings.voicemail_voice, VoicemailVoice::Agent);
  EXPECT_EQ(settings.call_screening, CallScreening::HangUp);
  EXPECT_EQ(settings.agent_id, "agent_1");
  EXPECT_EQ(settings.caller_id, "+14155550100");
  EXPECT_EQ(settings.opt_out_key, '9');
  EXPECT_THAT(settings.transfer_numbers,
              ElementsAre(Pair("Service desk", "+14155550191"), Pair("sales", "+14155550190")));
  EXPECT_EQ(settings.tool_webhook_url, "https://n8n.example.com/webhook/tool");
}

TEST(Settings, TransferOnlyToNumbersThatAreNamedInFull) {
  const auto numbers = [](Json object) { return only_error({{"transferNumbers", std::move(object)}}); };

  EXPECT_THAT(numbers({{"sales", "555-0190"}}), HasSubstr("settings.transferNumbers.sales must be a number in E.164"));
  EXPECT_THAT(numbers({{"sales", 14155550190}}), HasSubstr("E.164"));
  EXPECT_THAT(numbers({{"sales, service", "+14155550190"}}), HasSubstr("without commas"));
  EXPECT_THAT(numbers({{" ", "+14155550190"}}), HasSubstr("must be a name"));
  EXPECT_THAT(numbers(Json::array({"+14155550190"})), HasSubstr("settings.transferNumbers"));
  Json many = Json::object();
  for (int n = 0; n < 21; ++n) many["n" + std::to_string(n)] = "+14155550190";
  EXPECT_THAT(numbers(std::move(many)), HasSubstr("at most 20"));
}

TEST(Settings, TakeOneKeyForTheOptOut) {
  EXPECT_EQ(settings_of({{"optOutKey", "*"}}).opt_out_key, '*');
  for (const Json& wrong : {Json("A"), Json("99"), Json(""), Json(9)})
    EXPECT_THAT(only_error({{"optOutKey", wrong}}), HasSubstr("settings.optOutKey"));
}

TEST(Settings, ReadBackWhatTheyWrite) {
  CampaignSettings settings;
  EXPECT_EQ(settings_of(write_settings(settings)), settings);
  settings.delay_between_calls = milliseconds{250};
  settings.hours = {0, 1440, "Pacific/Honolulu", 0b1000000};
  settings.voicemail = VoicemailAction::Message;
  settings.voicemail_message = "Hi";
  settings.voicemail_voice = VoicemailVoice::Agent;
  settings.call_screening = CallScreening::Ignore;
  settings.agent_id = "a";
  settings.caller_id = "+442071838750";
  settings.opt_out_key = '9';
  settings.transfer_numbers = {{"sales", "+14155550190"}};
  settings.tool_webhook_url = "https://n8n.example.com/webhook/tool";
  EXPECT_EQ(settings_of(write_settings(settings)), settings);
  for (int day = 0; day < 7; ++day) {
    settings.hours.days = static_cast<std::uint8_t>(1U << static_cast<unsigned>(day));
    EXPECT_EQ(settings_of(write_settings(settings)), settings);
  }
}

TEST(Settings, NameTheUnitWhenMillisecondsWereMeant) {
  EXPECT_EQ(only_error({{"delayBetweenCalls", 30000}}),
            "settings.delayBetweenCalls is in seconds (0 to 3600); 30000 looks like milliseconds");
  EXPECT_EQ(only_error({{"delayBetweenCalls", 1e9}}), "settings.delayBetweenCalls is in seconds (0 to 3600)");
  EXPECT_EQ(only_error({{"delayBetweenCalls", -1}}), "settings.delayBetweenCalls is in seconds (0 to 3600)");
  EXPECT_EQ(only_error({{"retryDelay", 3'600'000}}),
            "settings.retryDelay is in seconds (0 to 604800); 3600000 looks like milliseconds");
  EXPECT_EQ(only_error({{"maxCallDuration", 600'000}}),
            "settings.maxCallDuration is in seconds (1 to 14400); 600000 looks like milliseconds");
  EXPECT_EQ(only_error({{"retryDelay", "60"}}), "settings.retryDelay is in seconds (0 to 604800) and must be a number");
}

TEST(Settings, TakeTheEdgesOfEveryRange) {
  for (const Json& fine :
       {Json{{"delayBetweenCalls", 0}}, Json{{"delayBetweenCalls", 3600}}, Json{{"maxAttemptsPerContact", 1}},
        Json{{"maxAttemptsPerContact", 10}}, Json{{"retryDelay", 0}}, Json{{"maxConcurrentCalls", 1}},
        Json{{"maxCallDuration", 1}}, Json{{"agentId", nullptr}}}) {
    EXPECT_TRUE(errors_of(fine).empty()) << fine.dump();
  }
  for (const Json& wrong :
       {Json{{"delayBetweenCalls", 3600.5}}, Json{{"maxAttemptsPerContact", 0}}, Json{{"maxAttemptsPerContact", 11}},
        Json{{"maxAttemptsPerContact", 1.5}}, Json{{"maxConcurrentCalls", 0}}, Json{{"maxCallDuration", 0}},
        Json{{"recordCalls", "yes"}}, Json{{"voicemail", "hangup"}}, Json{{"callDuringHours", "09:00-17:00"}},
        Json{{"callerId", "415-555-0100"}}, Json{{"agentId", 7}}}) {
    EXPECT_EQ(errors_of(wrong).size(), 1U) << wrong.dump();
  }
}

TEST(Settings, RefuseCallingHoursThatMakeNoSense) {
  const auto hours = [](Json object) { return only_error({{"callDuringHours", std::move(object)}}); };

  EXPECT_THAT(hours({{"start", "09:00"}, {"end", "09:00"}}), HasSubstr("callDuringHours.end must differ from start"));
  EXPECT_THAT(hours({{"start", "9:00"}, {"end", "17:00"}}), HasSubstr("callDuringHours.start must be a time of day"));
  EXPECT_THAT(hours({{"start", "24:00"}, {"end", "17:00"}}), HasSubstr("callDuringHours.start"));
  EXPECT_THAT(hours({{"start", "09:00"}, {"end", "24:01"}}), HasSubstr("callDuringHours.end"));
  EXPECT_THAT(hours({{"start", "09:60"}, {"end", "17:00"}}), HasSubstr("callDuringHours.start"));
  EXPECT_THAT(hours({{"end", "17:00"}}), HasSubstr("callDuringHours.start is required"));
  EXPECT_THAT(hours({{"start", "09:00"}, {"end", "17:00"}, {"days", Json::array()}}), HasSubstr("at least one day"));
  EXPECT_THAT(hours({{"start", "09:00"}, {"end", "17:00"}, {"days", {"MONDAY"}}}), HasSubstr("MON, TUE"));
  EXPECT_THAT(hours({{"start", "09:00"}, {"end", "17:00"}, {"days", {1}}}), HasSubstr("MON, TUE"));
}

TEST(Settings, AllowHoursOverMidnightAndTheWholeDay) {
  EXPECT_EQ(settings_of({{"callDuringHours", {{"start", "22:00"}, {"end", "06:00"}}}}).hours.end_minute, 360);
  EXPECT_EQ(settings_of({{"callDuringHours", {{"start", "00:00"}, {"end", "24:00"}}}}).hours.end_minute, 1440);
}

TEST(Settings, DemandAMessageWhenOneIsToBeLeft) {
  EXPECT_THAT(only_error({{"voicemail", {{"action", "message"}}}}), HasSubstr("voicemail.message is required"));
  EXPECT_THAT(only_error({{"voicemail", {{"action", "message"}, {"message", "  "}}}}), HasSubstr("is required"));
  EXPECT_THAT(only_error({{"voicemail", {{"action", "shout"}}}}), HasSubstr("hangup, message or agent"));
  EXPECT_THAT(only_error({{"voicemail", {{"voice", "loud"}}}}), HasSubstr("voicemail.voice must be line or agent"));
  EXPECT_THAT(only_error({{"callScreening", "often"}}), HasSubstr("callScreening must be"));
  EXPECT_EQ(settings_of({{"voicemail", {{"action", "agent"}}}}).voicemail, VoicemailAction::Agent);
}

TEST(Settings, NameTheNearestKnownKeyForAnUnknownOne) {
  EXPECT_EQ(only_error({{"delayBetweenCall", 5}}),
            "settings.delayBetweenCall is not a known setting; did you mean delayBetweenCalls?");
  EXPECT_EQ(only_error({{"maxAttempts", 5}}),
            "settings.maxAttempts is not a known setting; did you mean maxAttemptsPerContact?");
  EXPECT_EQ(only_error({{"callDuringHours", {{"start", "09:00"}, {"end", "17:00"}, {"timeZone", "UTC"}}}}),
            "settings.callDuringHours.timeZone is not a known setting; did you mean timezone?");
  EXPECT_EQ(only_error({{"callDuringHours", {{"start", "09:00"}, {"end", "17:00"}, {"colour", "red"}}}}),
            "settings.callDuringHours.colour is not a known setting; these are: start, end, timezone, days");
}

TEST(Settings, ReportEverythingThatIsWrongAtOnce) {
  EXPECT_EQ(errors_of({{"delayBetweenCalls", 30000}, {"retryDelay", -1}, {"colour", "red"}}).size(), 3U);
  EXPECT_EQ(errors_of(Json::array()).size(), 1U);
}

}  // namespace
}  // namespace otto::test
