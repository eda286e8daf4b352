#include <gtest/gtest.h>
#include <set>

#include "otto/sandbox/carrier.hpp"

#include "tests/sandbox/world_fixture.hpp"

namespace otto::sandbox::test {
namespace {

using Rest = WorldFixture;

std::vector<Json> items(int count) {
  std::vector<Json> out;
  for (int i = 0; i < count; ++i) out.push_back({{"sid", "CA" + std::to_string(i)}});
  return out;
}

TEST(Paging, FollowingNextPageUriSeesEverythingOnce) {
  const auto all = items(7);
  std::set<std::string> seen;
  FormFields query{{"To", "+1"}, {"PageSize", "3"}};
  int pages = 0;
  for (;;) {
    const auto page = page_of(all, "calls", "/x/Calls.json", query);
    ++pages;
    for (const auto& call : page["calls"]) EXPECT_TRUE(seen.insert(call["sid"]).second);
    if (page["next_page_uri"].is_null()) break;
    const auto next = page["next_page_uri"].get<std::string>();
    EXPECT_TRUE(next.starts_with("/x/Calls.json?To=%2B1&PageSize=3&Page=")) << next;
    query = parse_form(next.substr(next.find('?') + 1)).value();
  }
  EXPECT_EQ(seen.size(), 7U);
  EXPECT_EQ(pages, 3);
}

TEST(Shapes, ACallHasEveryFieldOfTheResource) {
  CallRecord call;
  call.sid = "CA1";
  call.account_sid = "AC1";
  call.request.to = "+14155550101";
  const auto json = call_json(call);
  for (const auto* field : {"sid",
                            "account_sid",
                            "parent_call_sid",
                            "phone_number_sid",
                            "group_sid",
                            "trunk_sid",
                            "api_version",
                            "to",
                            "to_formatted",
                            "from",
                            "from_formatted",
                            "caller_name",
                            "forwarded_from",
                            "status",
                            "direction",
                            "start_time",
                            "end_time",
                            "date_created",
                            "date_updated",
                            "duration",
                            "price",
                            "price_unit",
                            "answered_by",
                            "queue_time",
                            "uri",
                            "subresource_uris"})
    EXPECT_TRUE(json.contains(field)) << field;
  EXPECT_EQ(json["to_formatted"], "(415) 555-0101");
  EXPECT_EQ(json["uri"], "/2010-04-01/Accounts/AC1/Calls/CA1.json");
  EXPECT_EQ(json["subresource_uris"]["user_defined_messages"],
            "/2010-04-01/Accounts/AC1/Calls/CA1/UserDefinedMessages.json");
}

TEST(Shapes, TerminalCallbacksSayMinutesBesideSeconds) {
  CallRecord call;
  call.duration_s = 61;
  call.sequence = 3;
  call.sip_code = 200;
  const TimePoint now = *parse_rfc2822("Tue, 14 Apr 2026 17:03:05 +0000");
  EXPECT_EQ(form_value(status_fields(call, "ringing", now), "CallDuration"), "") << "not over yet";
  call.ended = now;
  const auto fields = status_fields(call, "completed", now);
  EXPECT_EQ(form_value(fields, "CallDuration"), "61");
  EXPECT_EQ(form_value(fields, "Duration"), "2");
  EXPECT_EQ(form_value(fields, "Timestamp"), "Tue, 14 Apr 2026 17:03:05 +0000");
  EXPECT_EQ(form_value(fields, "CallbackSource"), "call-progress-events");
}

TEST(Shapes, ADualRecordingInterleavesItsChannels) {
  const auto wav = ulaw_wav({1, 2, 3}, nullptr);
  EXPECT_EQ(wav.size(), 46U + 3);
  const Ulaw right{9};
  const auto dual = ulaw_wav({1, 2}, &right);
  EXPECT_EQ(dual.substr(46), std::string({1, 9, 2, '\xFF'}));
}

TEST_F(Rest, AccessAndPathsAreJudgedAsTheRealOnesAre) {
  play(Json::object(), [&]() -> Task<void> {
    const auto status_of = [](const net::ClientResult& result) { return result.response->status; };
    auto wrong = co_await request("GET", account() + "/Nothing.json");
    EXPECT_EQ(status_of(wrong), 404);
    EXPECT_EQ(Json::parse(wrong.response->body)["code"], 20404);
    wrong = co_await request("GET", account() + "/Calls");
    EXPECT_EQ(wrong.response->headers.get("Content-Type"), "application/xml");
    wrong = co_await request("GET", "/2010-04-01/Accounts/SK0/Calls.json");
    EXPECT_EQ(status_of(wrong), 404);
    wrong = co_await request("GET", account() + "/Calls/CA00000000000000000000000000000000.json");
    EXPECT_EQ(Json::parse(wrong.response->body)["code"], 20404);
    sandbox->world().identity.auth_token = "changed";
    auto right = co_await request("GET", account() + ".json");
    EXPECT_EQ(status_of(right), 200) << "the fixture reads the token from the identity";
    net::ClientRequest bare;
    bare.url = api + account() + "/Calls.json";
    const auto refused = co_await net::send_request(std::move(bare));
    EXPECT_EQ(status_of(refused), 401);
    EXPECT_EQ(Json::parse(refused.response->body)["code"], 20003);
    const auto numbers = co_await request("GET", account() + "/IncomingPhoneNumbers.json?PageSize=1");
    EXPECT_EQ(Json::parse(numbers.response->body)["incoming_phone_numbers"].size(), 1U);
    const auto second = sandbox->world().identity.numbers.back();
    const auto one = co_await request(
        "GET", account() + "/IncomingPhoneNumbers.json?PageSize=1&PhoneNumber=" + percent_encode(second));
    EXPECT_EQ(Json::parse(one.response->body)["incoming_phone_numbers"][0]["phone_number"], second);
    const auto balance = co_await request("GET", account() + "/Balance.json");
    EXPECT_EQ(Json::parse(balance.response->body)["currency"], "USD");
  });
}

TEST_F(Rest, ListsShowCallsToANumberOnceTheLagIsOver) {
  const Json scenario{{"default", {{"persona", "busy"}}}, {"carrier", {{"list_lag_ms", 4000}}}};
  play(scenario, [&]() -> Task<void> {
    const auto sid = co_await create(create_form());
    const auto target = account() + "/Calls.json?To=%2B14155550101&From=%2B14155550100";
    const auto early = co_await request("GET", target);
    EXPECT_EQ(Json::parse(early.response->body)["calls"].size(), 0U);
    co_await timers.sleep_for(milliseconds{220});
    const auto late = co_await request("GET", target);
    const auto calls = Json::parse(late.response->body)["calls"];
    EXPECT_EQ(calls.size(), 1U);
    EXPECT_EQ(calls[0]["sid"], sid);
    const auto other = co_await request("GET", account() + "/Calls.json?To=%2B14155550199");
    EXPECT_EQ(Json::parse(other.response->body)["calls"].size(), 0U);
    co_await over(sid);
  });
}

TEST_F(Rest, SignedUrlsServeOneConversationAndNoOther) {
  play(Json::object(), [&]() -> Task<void> {
    const auto target = "/v1/convai/conversation/get-signed-url?agent_id=agent_sandbox&include_conversation_id=true";
    const auto answer = co_await request("GET", target);
    const auto url = text_at(Json::parse(answer.response->body), "signed_url");
    EXPECT_NE(url.find("conversation_id=conv_"), std::string::npos);
    std::vector<std::string> results;
    const auto forged = url.substr(0, url.size() - 1) + (url.back() == 'x' ? 'y' : 'x');
    for (const auto& attempt : {forged, url, url}) {
      net::WsConnect connect;
      connect.url = attempt;
      auto socket = co_await net::connect_websocket(std::move(connect));
      const bool refused = !socket && socket.error().detail.find("403") != std::string::npos;
      results.push_back(socket ? "open" : refused ? "403" : socket.error().detail);
      if (socket) co_await (*socket)->close(1000, "");
    }
    EXPECT_EQ(results, (std::vector<std::string>{"403", "open", "403"}));
    const auto unknown = co_await request("GET", "/v1/convai/conversation/get-signed-url?agent_id=agent_other");
    EXPECT_EQ(unknown.response->status, 404);
    const auto missing = co_await request("GET", "/v1/convai/conversation/get-signed-url");
    EXPECT_EQ(missing.response->status, 422);
  });
}

TEST_F(Rest, AgentsAreMadeReadAndPatched) {
  play(Json::object(), [&]() -> Task<void> {
    const auto agent = co_await request("GET", "/v1/convai/agents/agent_sandbox");
    EXPECT_EQ(Json::parse(agent.response->body)["conversation_config"]["tts"]["agent_output_audio_format"],
              "ulaw_8000");
    const auto none = co_await request("GET", "/v1/convai/agents/agent_none");
    EXPECT_EQ(none.response->status, 404);
    EXPECT_EQ(Json::parse(none.response->body)["detail"]["status"], "agent_not_found");
    sandbox->world().identity.elevenlabs_key = "other";
    net::ClientRequest bare;
    bare.url = api + "/v1/convai/agents/agent_sandbox";
    const auto refused = co_await net::send_request(std::move(bare));
    EXPECT_EQ(refused.response->status, 401);
  });
}

TEST_F(Rest, TheScenarioIsReplacedWhileRunningAndWrongOnesAreRefused) {
  play(Json::object(), [&]() -> Task<void> {
    net::ClientRequest wrong;
    wrong.method = "POST";
    wrong.url = api + "/_sandbox/scenario";
    wrong.body = R"({"numbers":{"+14155550101":"bussy"}})";
    auto right = wrong;
    const auto refused = co_await net::send_request(std::move(wrong));
    EXPECT_EQ(refused.response->status, 422);
    right.body = R"({"numbers":{"+14155550101":"rejects"}})";
    const auto taken = co_await net::send_request(std::move(right));
    EXPECT_EQ(taken.response->status, 200);
    co_await create(create_form());
    EXPECT_EQ(last_status, 400);
    EXPECT_TRUE(sandbox->carrier().calls().empty());
  });
}

TEST_F(Rest, LostAndForgedWebhooksFollowTheScenario) {
  const Json scenario{{"default", {{"persona", "busy"}, {"webhooks", {{"duplicate", 1.0}, {"bad_signature", 1.0}}}}}};
  play(scenario, [&]() -> Task<void> {
    const auto sid = co_await create(create_form());
    co_await over(sid);
    while (otto->wrong_signatures < 4) co_await timers.sleep_for(milliseconds{5});

    EXPECT_TRUE(otto->received.empty());
    EXPECT_EQ(otto->wrong_signatures, 4) << "two events, twice";
    EXPECT_EQ(violations(), "[]") << "refusing them is right";
  });
}

}  // namespace
}  // namespace otto::sandbox::test
