// Hang-up, recordings, checks, and what the preview says of times and cost.
#include "otto/api/preview_plan.hpp"

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

struct LiveRoutes : ApiTest {
  ports::CallDetail& add_call(const std::string& id) {
    ports::CallDetail& detail = views.call_details.emplace_back();
    detail.line.id = id;
    detail.line.call_sid = "CA" + std::string(32, '1');
    detail.line.attempt = AttemptId{"0190aaaa-0000-7000-8000-000000000001"};
    return detail;
  }
  net::Response recording(std::string_view range, const std::string& query = {}) {
    auto request = make("GET", "/api/calls/k1/recording" + query);
    request.headers.add("X-API-Key", kKey);
    if (!range.empty()) request.headers.add("Range", std::string{range});
    return send(std::move(request));
  }
};

TEST_F(LiveRoutes, ACallThatIsCarriedElsewhereIsEndedAtTheLine) {
  add_call("k1");

  const auto answer = api("POST", "/api/calls/k1/hang-up");

  EXPECT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(json_of(answer)["callSid"], "CA" + std::string(32, '1'));
  loop.restart();
  loop.poll();
  EXPECT_EQ(line.hung_up, std::vector<std::string>{"CA" + std::string(32, '1')});
}

TEST_F(LiveRoutes, ACallThatHasEndedCannotBeHungUp) {
  add_call("k1").line.completed_at = timers.now();
  add_call("k2").line.attempt.reset();

  EXPECT_EQ(api("POST", "/api/calls/k1/hang-up").status, 409);
  EXPECT_EQ(api("POST", "/api/calls/k2/hang-up").status, 409) << "another program's";
  EXPECT_EQ(api("POST", "/api/calls/none/hang-up").status, 404);
  EXPECT_TRUE(line.hung_up.empty());
}

TEST_F(LiveRoutes, ARecordingComesInParts) {
  add_call("k1").report.call.recording_sid = "RE1";

  const auto part = recording("bytes=2-5");
  EXPECT_EQ(part.status, 206);
  EXPECT_EQ(part.body, "2345");
  EXPECT_EQ(part.headers.get("Content-Range"), "bytes 2-5/10");
  EXPECT_EQ(part.headers.get("Accept-Ranges"), "bytes");
  EXPECT_EQ(part.headers.get("Content-Type"), "audio/mpeg");
  EXPECT_EQ(recording("bytes=7-").body, "789");
  EXPECT_EQ(recording("").headers.get("Content-Range"), "bytes 0-9/10");
  EXPECT_EQ(recording("bytes=0-").status, 206);
  EXPECT_EQ(recording("bytes=10-").status, 416);
  for (const char* odd : {"bytes=5-2", "bytes=-5", "items=1-2", "bytes=x-", "bytes=1-2,4-5"})
    EXPECT_EQ(recording(odd).headers.get("Content-Range"), "bytes 0-9/10") << odd;
  for (const auto& ask : recordings.asks) EXPECT_LE(ask.count, 1024u * 1024u);
  EXPECT_EQ(recordings.asks.back().format, ports::SoundFormat::Compressed);
  recording("", "?format=wav");
  EXPECT_EQ(recordings.asks.back().format, ports::SoundFormat::Wav);
  EXPECT_EQ(recording("", "?format=ogg").status, 422);
}

TEST_F(LiveRoutes, WhyThereIsNoRecordingIsSaidInTheLinesWords) {
  add_call("k1");
  EXPECT_EQ(recording("").status, 404);
  views.call_details[0].report.call.recording_sid = "RE1";
  recordings.failure = Error{Errc::NotFound, "not yet"};
  EXPECT_EQ(recording("").status, 404);
  recordings.failure = Error{Errc::Unauthorized, "TWILIO_AUTH_TOKEN is wrong"};
  const auto refused = recording("");
  EXPECT_EQ(refused.status, 502) << "it is not the page that has to sign in";
  EXPECT_EQ(message_of(refused), "TWILIO_AUTH_TOKEN is wrong");
}

TEST_F(LiveRoutes, ChecksTellTheServicesAndTheSettings) {
  config.in_force = {{"PORT", "8080", true}, {"N8N_API_KEY", "set", false}};
  health.add("database", true, seconds{10}, []() -> Task<Result<std::string>> { co_return std::string{"ok"}; });

  const Json answer = json_of(api("GET", "/api/checks"));

  EXPECT_EQ(answer["checks"][0]["name"], "database");
  EXPECT_EQ(answer["checks"][0]["required"], true);
  EXPECT_EQ(answer["settings"][1], (Json{{"name", "N8N_API_KEY"}, {"value", "set"}, {"isDefault", false}}));
}

TEST_F(LiveRoutes, ThePreviewTellsWhenCallingBeginsAndWhatItWouldTake) {
  const Json body{{"contacts", Json::array({{{"name", "Ann"}, {"phone", "+14155550101"}},
                                            {{"name", "Ben"}, {"phone", "+12125550102"}}})},
                  {"settings", {{"delayBetweenCalls", 30}, {"budget", {{"pricePerMinute", 0.5}}}}}};

  const Json answer = json_of(api("POST", "/api/contacts/preview", body));  // Friday, 10 in the west and 13 in the east

  ASSERT_TRUE(answer.contains("zones")) << answer;
  ASSERT_EQ(answer["zones"].size(), 2u);
  EXPECT_EQ(answer["zones"][0],
            (Json{{"zone", "America/Los_Angeles"}, {"contacts", 1}, {"opensAt", "2027-01-15T18:00:00.000Z"}}));
  EXPECT_EQ(answer["estimate"]["calls"], 2);
  EXPECT_EQ(answer["estimate"]["endsAt"], "2027-01-15T18:01:30.000Z");
  EXPECT_EQ(answer["estimate"]["cost"], 1.0);
  Json wrong = body;
  wrong["settings"]["delayBetweenCalls"] = -1;
  EXPECT_EQ(api("POST", "/api/contacts/preview", wrong).status, 422);
}

TEST_F(LiveRoutes, OnlyACallThatIsLiveHereCanBeListenedTo) {
  add_call("k1");
  add_call("k2").line.cost_micros = 1;
  Session session;
  session.id = "00112233445566778899aabbccddeeff";
  session.signed_in = session.last_used = timers.now();
  const auto cookie = "__Host-otto=" + SessionTokens{{kPassword}, {kViewPassword}, kKey, kCheap}.make(session);
  const auto listen = [&](const std::string& call, std::vector<std::pair<std::string, std::string>> headers) {
    auto request = make("GET", "/api/calls/" + call + "/listen");
    request.headers.add("Upgrade", "websocket");
    request.headers.add("Host", "calls.example.com");
    for (auto& [name, value] : headers) request.headers.add(name, value);
    std::optional<net::HttpHandler::Upgrade> upgrade;
    group.spawn("upgrade",
                [](net::Router& r, net::Request q, std::optional<net::HttpHandler::Upgrade>& u) -> Task<void> {
                  u = co_await r.upgrade(std::move(q));
                }(router, std::move(request), upgrade));
    loop.restart();
    loop.poll();
    return upgrade && upgrade->refuse ? upgrade->refuse->status : 101;
  };
  const std::pair<std::string, std::string> key{"X-API-Key", kKey}, ours{"Origin", "https://calls.example.com"};

  EXPECT_EQ(listen("k1", {}), 401);
  EXPECT_EQ(listen("k1", {{"Cookie", cookie}}), 403) << "a session's WebSocket must say where it comes from";
  EXPECT_EQ(listen("k1", {{"Cookie", cookie}, {"Origin", "https://evil.example"}}), 403);
  EXPECT_EQ(listen("k1", {{"Cookie", cookie}, ours}), 409) << "elsewhere";
  EXPECT_EQ(listen("k1", {key}), 409);
  EXPECT_EQ(listen("k2", {key}), 409);
  EXPECT_EQ(listen("none", {key}), 404);
}

TEST(PreviewPlan, ClosedZonesOpenInTheMorningTheClaimsWay) {
  NewContact contact;
  contact.phone = "+14155550101";
  contact.zones = {"America/Los_Angeles"};
  const auto evening = *parse_iso8601("2027-01-15T22:30:00-08:00");

  const Json plan = preview_plan({contact}, CampaignSettings{}, {1, 0}, evening);

  EXPECT_EQ(plan["zones"][0]["opensAt"], "2027-01-16T16:00:00.000Z");
  EXPECT_EQ(plan["estimate"]["endsAt"], "2027-01-16T16:01:00.000Z");
  EXPECT_TRUE(plan["estimate"]["cost"].is_null());
}

}  // namespace
}  // namespace otto::api
