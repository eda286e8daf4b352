// The routes through the router: guards, answers, errors, and that the OpenAPI document tells the truth.
#include <algorithm>
#include <set>

#include "otto/campaign/importer.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

Json good_trigger() {
  return Json{{"campaignName", "December"},
              {"campaignType", "GENERAL"},
              {"contacts",
               Json::array({{{"name", "Maria"}, {"phone", "+1 415-555-0101"}}, {{"name", "Tom"}, {"phone", "n/a"}}})}};
}

TEST_F(ApiTest, EveryRouteStatesWhoMayCallIt) {
  const std::set<std::string> known{"api_key_or_view",  "api_key_or_operate",   "api_key_or_summary", "sign_in",
                                    "twilio_signature", "elevenlabs_signature", "name_is_secret",     "none"};
  for (const net::Route& route : router.routes()) {
    EXPECT_TRUE(known.contains(route.guard)) << route.pattern;
    EXPECT_TRUE(route.check) << route.pattern;
    const bool is_private = route.pattern.starts_with("/api/") && route.guard == "none";
    EXPECT_FALSE(is_private) << route.pattern << " is open to everybody";
  }
}

TEST_F(ApiTest, NoGuardedRouteAnswersAStranger) {
  for (const net::Route& route : router.routes()) {
    if (route.guard == "none" || route.guard == "sign_in" || route.guard == "api_key_or_summary" || route.upgrade)
      continue;
    auto request = make(route.method, route.pattern, "{}");
    request.headers.add("X-API-Key", "wrong-key-0123456789");
    request.headers.add("X-Twilio-Signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    const auto answer = send(std::move(request));
    EXPECT_TRUE(answer.status == 401 || answer.status == 403 || answer.status == 404) << route.pattern << answer.status;
    EXPECT_FALSE(json_of(answer)["success"].get<bool>());
  }
  EXPECT_TRUE(fake.verbs.empty()) << "a refused request has reached the store";
}

TEST_F(ApiTest, TheOpenApiDocumentNamesEveryRouteAndNoOther) {
  const auto document = parse_json(openapi_json());
  ASSERT_TRUE(document);
  std::set<std::string> documented, served;
  for (const auto& [path, methods] : (*document)["paths"].items()) {
    for (const auto& [method, operation] : methods.items()) {
      std::string name = method;
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
      documented.insert(name + " " + path);
      EXPECT_TRUE(operation.contains("summary") && operation.contains("responses")) << path;
    }
  }
  for (const net::Route& route : router.routes()) {
    std::string path = route.pattern;
    for (auto colon = path.find(':'); colon != std::string::npos; colon = path.find(':')) {
      const auto end = std::min(path.find('/', colon), path.size());
      path = path.substr(0, colon) + "{" + path.substr(colon + 1, end - colon - 1) + "}" + path.substr(end);
    }
    served.insert(route.method + " " + path);
  }
  EXPECT_EQ(documented, served);
}

TEST_F(ApiTest, ATriggerStoresTheCampaignAndTellsWhatWillNotBeCalled) {
  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", good_trigger());

  ASSERT_EQ(answer.status, 202) << answer.body;
  const Json body = json_of(answer);
  EXPECT_EQ(body["totalContacts"], 1);
  EXPECT_EQ(body["status"], "PENDING");
  EXPECT_EQ(body["skippedContacts"][0]["row"], 2);
  EXPECT_EQ(body["skippedContacts"][0]["phone"], "n/a");
  ASSERT_EQ(fake.created.size(), 1u);
  EXPECT_EQ(body["campaignId"], fake.created[0].id.value);
  EXPECT_EQ(body["resultsUrl"], "https://calls.example.com/api/n8n/campaign-results/" + fake.created[0].id.value);
  EXPECT_EQ(fake.created_contacts[0][0].phone, "+14155550101");
}

TEST_F(ApiTest, ATriggerSkipsNumbersOnTheDoNotCallList) {
  ports::Suppression entry;
  entry.phone = "+14155550101";
  fake.suppressed.emplace(entry.phone, entry);
  Json body = good_trigger();
  body["contacts"].push_back({{"name", "Ann"}, {"phone", "+1 415-555-0102"}});

  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", body);

  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(json_of(answer)["totalContacts"], 1);
  EXPECT_EQ(json_of(answer)["skippedContacts"][0],
            (Json{{"row", 1}, {"phone", "+14155550101"}, {"reason", "The number is on the do-not-call list."}}));
  EXPECT_EQ(json_of(answer)["skippedContacts"][1]["row"], 2);
  EXPECT_EQ(fake.created_contacts[0][0].phone, "+14155550102");
}

TEST_F(ApiTest, NumbersThatMayCostAFortuneAreSkippedAndNeverTried) {
  Json body = good_trigger();
  body["contacts"].push_back({{"name", "Ann"}, {"phone", "+1 876-555-0102"}});
  body["contacts"].push_back({{"name", "Bob"}, {"phone", "(900) 555-0103"}});
  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", body);

  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(json_of(answer)["totalContacts"], 1);
  EXPECT_EQ(json_of(answer)["skippedContacts"][1]["reason"],
            "The number is in JM (area code 876), and calls go to US only (OTTO_ALLOWED_DESTINATIONS).");
  EXPECT_EQ(json_of(answer)["skippedContacts"][2]["reason"],
            "The number is a premium-rate number, and such numbers are never called.");

  const auto id = fake.created[0].id.value;
  const auto tried = api("POST", "/api/campaigns/" + id + "/test", {{"phone", "+1 876-555-0102"}});
  EXPECT_EQ(tried.status, 422) << tried.body;
  EXPECT_EQ(json_of(tried)["error"]["details"][0]["field"], "phone");
  Json with_test = good_trigger();
  with_test["testPhone"] = "+1 900 555 0103";
  EXPECT_EQ(api("POST", "/api/n8n/trigger-outbound-campaign", with_test).status, 422);
  const auto changed =
      api("PATCH", "/api/campaigns/" + id, {{"settings", {{"transferNumbers", {{"desk", "+18765550102"}}}}}});
  EXPECT_EQ(changed.status, 422) << changed.body;
  EXPECT_EQ(fake.created.size(), 1u);
}

TEST_F(ApiTest, ATriggerTellsWhatItsAgentLacks) {
  agent.answer->problems = {"The agent has no end_call tool."};
  Json body = good_trigger();
  body["settings"] = {{"agentId", "agent_7"}, {"maxCallDuration", 900}};
  body["contacts"][0]["Vehicle"] = "RAV4";

  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", body);

  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(json_of(answer)["warnings"], Json::array({"The agent has no end_call tool."}));
  EXPECT_EQ(agent.checked, std::vector<std::string>{"agent_7"});
  EXPECT_EQ(agent.needed.max_call_duration, seconds{900});
  EXPECT_EQ(agent.needed.variables, std::vector<std::string>{"Vehicle"});
}

TEST_F(ApiTest, ATriggerForAnAgentThatDoesNotExistIsRefused) {
  agent.answer = Error{Errc::NotFound, "ElevenLabs does not know it."};
  const auto refused = api("POST", "/api/n8n/trigger-outbound-campaign", good_trigger());
  agent.answer = Error{Errc::ProviderUnavailable, "it is out of order."};
  const auto taken = api("POST", "/api/n8n/trigger-outbound-campaign", good_trigger());

  EXPECT_EQ(refused.status, 422);
  EXPECT_EQ(json_of(refused)["error"]["details"][0]["field"], "settings.agentId");
  EXPECT_EQ(taken.status, 202) << "an outage of the provider stops no trigger";
  EXPECT_EQ(json_of(taken)["warnings"].size(), 1u);
}

TEST_F(ApiTest, TheDoNotCallListIsAddedToReadAndCorrected) {
  const auto campaign = fake.add_campaign(CampaignSettings{}, 2, timers.now());
  const std::string phone = fake.contacts[0].phone;

  const auto added = api("POST", "/api/do-not-call", {{"phone", phone}, {"reason", "asked by letter"}});
  const auto again = api("POST", "/api/do-not-call", {{"phone", phone}});
  api("POST", "/api/do-not-call", {{"phone", "+1 415-555-0177"}});
  const auto page = api("GET", "/api/do-not-call?limit=1");

  EXPECT_EQ(json_of(added),
            (Json{{"success", true}, {"phone", phone}, {"added", true}, {"contactsClosed", 1}, {"callsEnded", 0}}));
  EXPECT_EQ(json_of(again)["added"], false);
  EXPECT_EQ(fake.contacts[0].state, ContactState::Failed);
  EXPECT_EQ(json_of(page)["entries"].size(), 1u);
  EXPECT_FALSE(json_of(page)["next"].is_null());
  EXPECT_EQ(json_of(api("GET", "/api/do-not-call"))["entries"].size(), 2u);
  EXPECT_EQ(api("DELETE", "/api/do-not-call/%2B14155550177").status, 200);
  EXPECT_EQ(api("DELETE", "/api/do-not-call/%2B14155550177").status, 404);
  EXPECT_EQ(json_of(api("GET", "/api/do-not-call"))["entries"][0]["phone"], phone);
  EXPECT_EQ(json_of(api("GET", "/api/do-not-call"))["entries"][0]["source"], "api");
}

TEST_F(ApiTest, AnEntryOfTheDoNotCallListMustBeANumber) {
  EXPECT_EQ(api("POST", "/api/do-not-call", {{"phone", "555-0104"}}).status, 422);
  EXPECT_EQ(api("POST", "/api/do-not-call", {{"reason", "x"}}).status, 422);
  EXPECT_EQ(api("POST", "/api/do-not-call", Json::array()).status, 422);
  EXPECT_EQ(api("DELETE", "/api/do-not-call/nobody").status, 422);
  EXPECT_EQ(api("GET", "/api/do-not-call?limit=0").status, 422);
  EXPECT_TRUE(fake.suppressed.empty());
}

TEST_F(ApiTest, ARepeatedTriggerGetsTheFirstAnswerAndAnotherBodyIsRefused) {
  const auto trigger = [this](const Json& body) {
    auto request = make("POST", "/api/n8n/trigger-outbound-campaign", body.dump());
    request.headers.add("X-API-Key", kKey);
    request.headers.add("Content-Type", "application/json; charset=utf-8");
    request.headers.add("Idempotency-Key", "execution-7");
    return send(std::move(request));
  };
  const auto first = trigger(good_trigger()), second = trigger(good_trigger());
  Json other = good_trigger();
  other["campaignName"] = "January";
  const auto third = trigger(other);

  EXPECT_EQ(first.status, 202);
  EXPECT_EQ(second.status, 202);
  EXPECT_EQ(second.body, first.body);
  EXPECT_EQ(second.headers.get("Idempotent-Replay"), "true");
  EXPECT_EQ(third.status, 422);
  EXPECT_EQ(fake.created.size(), 1u);
}

TEST_F(ApiTest, BadBodiesGetOneSentenceEach) {
  const auto raw = [this](std::string body, std::string type) {
    auto request = make("POST", "/api/n8n/trigger-outbound-campaign", std::move(body));
    request.headers.add("X-API-Key", kKey);
    request.headers.add("Content-Type", std::move(type));
    return send(std::move(request));
  };
  EXPECT_EQ(raw("{\"campaignName\":", "application/json").status, 400);
  EXPECT_EQ(raw("campaignName=x", "application/x-www-form-urlencoded").status, 415);
  EXPECT_EQ(raw("[]", "application/json").status, 422);

  Json one_wrong = good_trigger();
  one_wrong["campaignType"] = "SALES";
  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", one_wrong);
  EXPECT_EQ(answer.status, 422);
  EXPECT_NE(message_of(answer).find("campaignType must be one of"), std::string::npos) << answer.body;
  EXPECT_EQ(json_of(answer)["error"]["details"][0]["field"], "campaignType");
  EXPECT_TRUE(fake.created.empty());
}

TEST_F(ApiTest, AListWithoutACallableContactIsRefusedRowByRow) {
  Json body = good_trigger();
  body["contacts"] = Json::array({{{"name", "Tom"}, {"phone", "n/a"}}, {{"name", "Ann"}, {"phone", "555-0104"}}});

  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", body);

  EXPECT_EQ(answer.status, 422);
  EXPECT_EQ(json_of(answer)["error"]["code"], "no_callable_contacts");
  EXPECT_EQ(json_of(answer)["error"]["details"].size(), 2u);
  EXPECT_EQ(json_of(answer)["error"]["details"][1]["field"], "row 2");
  body["contacts"].erase(1);
  EXPECT_NE(
      message_of(api("POST", "/api/n8n/trigger-outbound-campaign", body)).find("The only contact cannot be called"),
      std::string::npos);
}

TEST_F(ApiTest, TheSheetIsReadByItsAddressAndItsErrorsArePassedOn) {
  Json body{{"campaignName", "December"},
            {"campaignType", "GENERAL"},
            {"googleSheetId",
             "https://docs.google.com/spreadsheets/d/1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdEFGH/edit?gid=5#gid=7"}};
  sheet.table = Error{Errc::Forbidden, "The sheet is not readable by anyone with the link."};
  const auto refused = api("POST", "/api/n8n/trigger-outbound-campaign", body);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(message_of(refused), "The sheet is not readable by anyone with the link.");
  ASSERT_EQ(sheet.asked.size(), 1u);
  EXPECT_EQ(sheet.asked[0].gid, "7");

  ports::SheetTable table;
  table.header = {"Name", "Phone"};
  table.rows = {{2, {"Maria", "4155550101"}}};
  sheet.table = table;
  const auto answer = api("POST", "/api/n8n/trigger-outbound-campaign", body);
  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(fake.created[0].sheet_id, "1AbCdEfGhIjKlMnOpQrStUvWxYz0123456789abcdEFGH");

  body.erase("googleSheetId");
  const auto none = api("POST", "/api/n8n/trigger-outbound-campaign", body);
  EXPECT_EQ(none.status, 422);
  EXPECT_NE(message_of(none).find("GOOGLE_SHEETS_CAMPAIGN_ID"), std::string::npos);
}

TEST_F(ApiTest, WithoutADatabaseATriggerIsRefusedWith503) {
  fake.failures = 1;

  EXPECT_EQ(api("POST", "/api/n8n/trigger-outbound-campaign", good_trigger()).status, 503);
}

TEST_F(ApiTest, ADrainingInstanceTakesNoCampaignAndIsNotReady) {
  draining = true;

  EXPECT_EQ(api("POST", "/api/n8n/trigger-outbound-campaign", good_trigger()).status, 503);
  EXPECT_EQ(send(make("GET", "/readyz")).status, 503);
  EXPECT_EQ(send(make("GET", "/healthz")).status, 200);
}

TEST_F(ApiTest, ResultsAndStopKnowTheirCampaigns) {
  const auto id = fake.add_campaign(CampaignSettings{}, 4, timers.now());
  fake.campaigns[id].contacts_completed = 1;

  const Json results = json_of(api("GET", "/api/n8n/campaign-results/" + id.value + "?limit=1"));
  EXPECT_EQ(results["totalContacts"], 4);
  EXPECT_EQ(results["completionRate"], 25.0);
  EXPECT_TRUE(results["failureReason"].is_null());
  EXPECT_EQ(results["next"],
            "https://calls.example.com/api/n8n/campaign-results/" + id.value + "?limit=1&cursor=c%2F1");
  EXPECT_EQ(api("GET", "/api/n8n/campaign-results/nobody").status, 404);
  EXPECT_EQ(api("GET", "/api/n8n/campaign-results/" + id.value + "?limit=many").status, 422);

  EXPECT_EQ(json_of(api("POST", "/api/n8n/stop-campaign/" + id.value))["status"], "STOPPED");
  EXPECT_EQ(api("POST", "/api/n8n/stop-campaign/" + id.value, Json::object()).status, 200) << "stopping again";
  EXPECT_EQ(api("POST", "/api/n8n/stop-campaign/nobody").status, 404);
  fake.campaigns[id].status = CampaignStatus::Completed;
  EXPECT_EQ(api("POST", "/api/n8n/stop-campaign/" + id.value).status, 409);
}

TEST_F(ApiTest, ACallIsReportedWithItsFiguresAndWhoAnswered) {
  ports::CallReport report;
  report.call.id = "cm1";
  report.call.call_sid = "CA1";
  report.call.status = "COMPLETED";
  ports::CallFigures figures;
  figures.answer_to_audio = milliseconds{240};
  figures.turns = {milliseconds{700}};
  report.figures.push_back(figures);
  ports::Evidence evidence;
  evidence.answered_by = AnsweredBy::MachineStart;
  report.evidence.push_back(evidence);
  ports::CallDetail detail;
  detail.report = report;
  detail.line.id = "cm1";
  views.call_details.push_back(detail);

  const Json answer = json_of(api("GET", "/api/calls/cm1"));

  EXPECT_EQ(answer["call"]["callSid"], "CA1");
  EXPECT_EQ(answer["streams"][0]["answerToAudioMs"], 240);
  EXPECT_TRUE(answer["streams"][0]["answerToReadyMs"].is_null());
  EXPECT_EQ(answer["streams"][0]["turnLatenciesMs"], Json::array({700}));
  EXPECT_EQ(answer["evidence"][0]["kind"], "amd");
  EXPECT_EQ(answer["evidence"][0]["answeredBy"], "machine_start");
  EXPECT_EQ(api("GET", "/api/calls/cm2").status, 404);
  views.failure = Error{Errc::DatabaseUnavailable, "away"};
  EXPECT_EQ(api("GET", "/api/calls/cm1").status, 503);
}

TEST_F(ApiTest, TheStatusTellsStrangersLittleAndAWrongKeyNothing) {
  const Json open = json_of(send(make("GET", "/api/n8n/otto-status")));
  EXPECT_TRUE(open.contains("status"));
  EXPECT_FALSE(open.contains("version"));
  EXPECT_TRUE(json_of(api("GET", "/api/n8n/otto-status")).contains("version"));
  auto wrong = make("GET", "/api/n8n/otto-status");
  wrong.headers.add("X-API-Key", "wrong-key-0123456789");
  EXPECT_EQ(send(std::move(wrong)).status, 401);
}

}  // namespace
}  // namespace otto::api
