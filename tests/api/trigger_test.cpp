// What the trigger route takes and refuses, and the sentences that n8n's users read.
#include "otto/api/trigger.hpp"

#include <algorithm>
#include <gtest/gtest.h>

namespace otto::api {
namespace {

TriggerChecks checks() {
  TriggerChecks all;
  all.is_zone = [](const std::string& zone) { return zone == "America/New_York"; };
  all.callback_allowed = [](const std::string& url) { return url.find("127.0.0.1") == std::string::npos; };
  all.refusal = [](const std::string& number) { return std::string{number.starts_with("+1415") ? "" : "not there"}; };
  return all;
}

struct Read {
  Trigger trigger;
  std::vector<FieldError> errors;

  bool complains_about(std::string_view field, std::string_view words = {}) const {
    return std::ranges::any_of(
        errors, [&](const FieldError& e) { return e.field == field && e.message.find(words) != std::string::npos; });
  }
};

Read read(const Json& body) {
  Read result;
  result.trigger = read_trigger(body, checks(), result.errors);
  return result;
}

Json good() {
  return Json{{"campaignName", "December service"},
              {"campaignType", "SERVICE_FOLLOWUP"},
              {"contacts", Json::array({{{"name", "Maria"}, {"phone", "+14155550101"}}})}};
}

TEST(Trigger, TheLeastThatIsNeededIsEnough) {
  const auto result = read(good());

  EXPECT_TRUE(result.errors.empty()) << result.errors[0].field << ": " << result.errors[0].message;
  EXPECT_EQ(result.trigger.campaign.type, CampaignType::ServiceFollowup);
  EXPECT_EQ(result.trigger.campaign.settings, CampaignSettings{});
  ASSERT_TRUE(result.trigger.contacts);
  EXPECT_TRUE(result.trigger.campaign.settings_as_given.is_null());
}

TEST(Trigger, TransfersGoOnlyWhereCallsGo) {
  Json body = good();
  body["settings"]["transferNumbers"] = {{"sales", "+14155550190"}};
  EXPECT_TRUE(read(body).errors.empty());
  body["settings"]["transferNumbers"] = {{"sales", "+18765550190"}};
  EXPECT_TRUE(read(body).complains_about("settings.transferNumbers.sales", "not there"));
}

TEST(Trigger, AToolWebhookIsHeldToTheCallbacksRules) {
  Json body = good();
  body["settings"]["toolWebhookUrl"] = "https://n8n.example.com/webhook/tool";
  EXPECT_TRUE(read(body).errors.empty());
  body["settings"]["toolWebhookUrl"] = "http://127.0.0.1:5678/webhook/tool";
  EXPECT_TRUE(read(body).complains_about("settings.toolWebhookUrl", "OTTO_CALLBACK_HOSTS"));
  body["settings"]["toolWebhookUrl"] = "/webhook/tool";
  EXPECT_TRUE(read(body).complains_about("settings.toolWebhookUrl", "absolute"));
}

TEST(Trigger, EverythingOfTheContractIsRead) {
  Json body = good();
  body.erase("contacts");
  body["googleSheetId"] = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdEFGH";
  body["sheetName"] = "December";
  body["dealershipId"] = "dealer-7";
  body["scheduledTime"] = "2026-12-01T09:00:00-08:00";
  body["callbackUrl"] = "https://n8n.example.com/webhook-waiting/7?signature=ab%2Fcd";
  body["settings"] = {
      {"delayBetweenCalls", 2.5},
      {"callDuringHours",
       {{"start", "09:30"}, {"end", "24:00"}, {"timezone", "America/New_York"}, {"days", {"MON", "SUN"}}}},
      {"maxAttemptsPerContact", 3},
      {"voicemail", {{"action", "message"}, {"message", "Hello {{customerName}}"}}}};

  const auto result = read(body);
  const NewCampaign& campaign = result.trigger.campaign;

  EXPECT_TRUE(result.errors.empty()) << result.errors[0].field << ": " << result.errors[0].message;
  EXPECT_EQ(campaign.sheet_tab, "December");
  EXPECT_EQ(campaign.dealership_id, "dealer-7");
  EXPECT_EQ(format_iso8601(*campaign.scheduled_time), "2026-12-01T17:00:00.000Z");
  EXPECT_EQ(campaign.callback_url, "https://n8n.example.com/webhook-waiting/7?signature=ab%2Fcd") << "byte for byte";
  EXPECT_EQ(campaign.settings.delay_between_calls, milliseconds{2500});
  EXPECT_EQ(campaign.settings.hours.start_minute, 570);
  EXPECT_EQ(campaign.settings.hours.end_minute, 1440);
  EXPECT_EQ(campaign.settings.hours.days, 0b1000001);
  EXPECT_EQ(campaign.settings.voicemail, VoicemailAction::Message);
  EXPECT_EQ(campaign.settings_as_given, body["settings"]);
}

TEST(Trigger, EverythingThatIsWrongIsToldAtOnce) {
  const Json body{{"campaignName", ""},
                  {"campaignType", "SALES"},
                  {"scheduledTime", "tomorrow"},
                  {"callbackUrl", "http://127.0.0.1:5678/webhook"},
                  {"contacts", Json::array()},
                  {"settings",
                   {{"delayBetweenCalls", 30000},
                    {"callDuringHours", {{"start", "08:00"}, {"end", "20:00"}, {"timezone", "New York"}}}}},
                  {"colour", "blue"}};

  const auto result = read(body);

  EXPECT_TRUE(result.complains_about("campaignName"));
  EXPECT_TRUE(result.complains_about("campaignType", "APPOINTMENT_REMINDER"));
  EXPECT_TRUE(result.complains_about("scheduledTime", "ISO 8601"));
  EXPECT_TRUE(result.complains_about("callbackUrl", "OTTO_CALLBACK_HOSTS"));
  EXPECT_TRUE(result.complains_about("contacts", "at least one"));
  EXPECT_TRUE(result.complains_about("settings.delayBetweenCalls", "seconds"));
  EXPECT_TRUE(result.complains_about("settings.callDuringHours.timezone", "America/New_York"));
  EXPECT_TRUE(result.complains_about("colour"));
  EXPECT_EQ(result.errors.size(), 8u);
}

TEST(Trigger, WrongTypesAreNamedNotGuessed) {
  Json body = good();
  body["campaignName"] = 7;
  body["contacts"] = "many";
  body["settings"] = Json::array();

  const auto result = read(body);

  EXPECT_TRUE(result.complains_about("campaignName"));
  EXPECT_TRUE(result.complains_about("contacts"));
  EXPECT_TRUE(result.complains_about("settings"));
}

TEST(Trigger, AnEntryOfTheContactsThatIsNoObjectIsNamed) {
  Json body = good();
  body["contacts"].push_back("+14155550102");

  EXPECT_TRUE(read(body).complains_about("contacts[1]", "an object such as"));
}

TEST(Trigger, ABodyThatIsNoObjectIsRefused) {
  for (const Json& body : {Json::array(), Json("text"), Json(nullptr), Json(3)})
    EXPECT_EQ(read(body).errors.size(), 1u);
}

TEST(Trigger, ContactsAndASheetDoNotGoTogether) {
  Json body = good();
  body["googleSheetId"] = "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdEFGH";

  EXPECT_TRUE(read(body).complains_about("contacts", "together"));
}

TEST(Trigger, ATimeWithoutAnOffsetIsRefused) {
  Json body = good();
  body["scheduledTime"] = "2026-12-01T09:00:00";

  EXPECT_TRUE(read(body).complains_about("scheduledTime", "offset"));
}

}  // namespace
}  // namespace otto::api
