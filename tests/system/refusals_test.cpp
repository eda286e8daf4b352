// What the daemon refuses, over the wire: the status, the body's shape, and that nothing has changed.
#include "otto/net/websocket.hpp"
#include "otto/sandbox/signing.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::MatchesRegex;

constexpr const char* kTrigger = "/api/n8n/trigger-outbound-campaign";
constexpr const char* kMedia = "/api/twilio/outbound/media-stream";

void expect_error(const Answer& answer, int status, const std::string& words = "") {
  SCOPED_TRACE(answer.text);
  EXPECT_EQ(answer.status, status);
  EXPECT_THAT(std::string{answer.headers.get("Content-Type")}, testing::StartsWith("application/json"));
  ASSERT_TRUE(answer.body.is_object());
  EXPECT_EQ(answer.body["success"], false);
  const Json& error = answer.body["error"];
  ASSERT_TRUE(error.is_object());
  EXPECT_THAT(text_at(error, "code"), MatchesRegex("[a-z0-9]+(_[a-z0-9]+)*"));
  EXPECT_THAT(text_at(error, "message"), HasSubstr(words));
  EXPECT_FALSE(text_at(error, "message").empty());
  for (const Json& detail : error.value("details", Json::array()))
    EXPECT_TRUE(detail["field"].is_string() && detail["message"].is_string()) << detail;
}

std::vector<std::string> fields_of(const Answer& answer) {
  std::vector<std::string> fields;
  for (const Json& detail : answer.body["error"]["details"]) fields.push_back(text_at(detail, "field"));
  return fields;
}

class Refusals : public SystemTest {
 protected:
  /// The default body with `changes` (RFC 7396) merged in.
  static Json body_with(const Json& changes) {
    Json body = World::body_for(contacts(1, 1));
    body.merge_patch(changes);
    return body;
  }
  static Answer trigger(World& world, const Json& body) { return world.call("POST", kTrigger, body.dump()); }
};

TEST_F(Refusals, AWrongTriggerNamesWhatIsWrongWithItAndLeavesNoCampaign) {
  World& world = make_world({{"default", "busy"}});
  const Json no_contacts{{"contacts", nullptr}};

  expect_error(world.call("POST", kTrigger, "{\"campaignName\":"), 400);
  expect_error(world.call("POST", kTrigger, "[]"), 422);
  const Answer types =
      trigger(world, body_with({{"campaignName", 7},
                                {"settings", {{"delayBetweenCalls", "soon"}, {"maxConcurrentCalls", 0}}},
                                {"scheduledTime", "tomorrow"}}));
  expect_error(types, 422);
  EXPECT_THAT(fields_of(types), testing::UnorderedElementsAre("campaignName", "settings.delayBetweenCalls",
                                                              "settings.maxConcurrentCalls", "scheduledTime"));
  const Answer type = trigger(world, body_with({{"campaignType", "LOTTERY"}}));
  expect_error(type, 422, "APPOINTMENT_REMINDER");
  EXPECT_THAT(fields_of(type), testing::ElementsAre("campaignType"));
  expect_error(trigger(world, body_with({{"settings", {{"delayBetweenCalls", 3601}}}})), 422, "seconds");
  expect_error(trigger(world, body_with({{"callbackUrl", "http://127.0.0.1:9/hook"}})), 422, "OTTO_CALLBACK_HOSTS");
  expect_error(trigger(world, body_with({{"contacts", Json::array()}})), 422);
  const Answer nobody = trigger(
      world, body_with({{"contacts", {{{"name", "A"}, {"phone", "n/a"}}, {{"name", "B"}, {"phone", "555-0104"}}}}}));
  expect_error(nobody, 422);
  EXPECT_EQ(fields_of(nobody).size(), 2U);

  Json sheet = body_with(no_contacts);
  sheet["googleSheetId"] = kSecretSheet;
  expect_error(trigger(world, sheet), 403);
  sheet["googleSheetId"] = "1UnknownSheetUnknownSheetUnknownSheetUnknownSh";
  expect_error(trigger(world, sheet), 404);
  sheet["googleSheetId"] = kPlainSheet;
  expect_error(trigger(world, sheet), 422, "Phone");
  sheet["googleSheetId"] = kSheet;
  sheet["sheetName"] = "No such tab";
  const Answer tab = trigger(world, sheet);
  EXPECT_TRUE(tab.status == 404 || tab.status == 422) << tab.status;
  expect_error(tab, tab.status, "No such tab");

  EXPECT_EQ(world.database().count("\"OutboundCampaign\""), 0);
  EXPECT_TRUE(world.seen("calls").empty());
}

TEST_F(Refusals, KeysMethodsTypesAndUnknownCampaignsHaveTheirStatus) {
  World& world = make_world();
  const auto with_key = [&](const std::string& key) {
    net::ClientRequest request = world.request("POST", kTrigger, body_with({}).dump());
    request.headers.set("X-API-Key", key);
    return ask(std::move(request));
  };
  net::ClientRequest keyless;
  keyless.method = "POST";
  keyless.url = world.url() + kTrigger;
  keyless.headers.set("Content-Type", "application/json");
  keyless.body = body_with({}).dump();
  net::ClientRequest text = world.request("POST", kTrigger, body_with({}).dump());
  text.headers.set("Content-Type", "text/plain");
  net::ClientRequest large = world.request("POST", kTrigger, std::string(6 * 1024 * 1024, ' '));

  expect_error(with_key("wrong"), 401, "N8N_API_KEY");
  expect_error(with_key(std::string{kKey} + "x"), 401);
  expect_error(ask(std::move(keyless)), 401, "X-API-Key");
  expect_error(ask(std::move(text)), 415, "application/json");
  expect_error(ask(std::move(large)), 413);
  const Answer method = world.call("GET", kTrigger);
  expect_error(method, 405);
  EXPECT_THAT(std::string{method.headers.get("Allow")}, HasSubstr("POST"));
  expect_error(world.call("GET", "/api/n8n/no-such-route"), 404);
  for (const char* id : {"cm0000000000000000000000", "x", "%27%3B--"}) {
    expect_error(world.call("GET", std::string{"/api/n8n/campaign-results/"} + id), 404);
    expect_error(world.call("POST", std::string{"/api/n8n/stop-campaign/"} + id), 404);
  }
  expect_error(world.call("GET", "/api/n8n/campaign-results/%00"), 400);
  for (const char* limit : {"-1", "501", "ten", "1e2", ""})
    expect_error(world.call("GET", std::string{"/api/n8n/campaign-results/x?limit="} + limit), 422, "limit");
  EXPECT_EQ(world.database().count("\"OutboundCampaign\""), 0);
}

TEST_F(Refusals, AForgedWebhookChangesNothing) {
  World& world =
      make_world(Json::parse(R"({"default": {"persona": "silent", "talk_ms": 60000, "answered_by": "none"}})"));
  const std::string id = world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until([&] { return text_at(world.row_of(phone(1)), "status") == "ANSWERED"; }, seconds{10}));
  const Json call = world.calls_to(phone(1))[0];
  const FormFields form{{"CallSid", text_at(call, "sid")},
                        {"AccountSid", kAccount},
                        {"CallStatus", "completed"},
                        {"CallDuration", "1"},
                        {"To", phone(1)},
                        {"From", text_at(call, "from")}};
  const auto facts = [&] { return world.database().one("SELECT count(*), max(id) FROM otto.call_fact"); };
  ASSERT_TRUE(wait_until(
      [&] { return world.database().count("otto.call_fact WHERE kind = 'conversation_started'") == 1; }, seconds{3}));
  wait_until([] { return false; }, milliseconds{300});  // whatever is still under way has come
  const std::string facts_before = facts();
  const Json row_before = world.row_of(phone(1));

  for (const char* route : {"twiml", "status-callback", "amd-callback", "recording-callback", "stream-end"}) {
    const std::string path = std::string{"/api/twilio/outbound/"} + route + "?attempt=" + text_at(call, "attempt");
    const auto signatures = {std::string{}, std::string{"AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
                             sandbox::twilio_signature("another token", world.url() + path, form),
                             sandbox::twilio_signature(kToken, world.url() + path, {}),
                             sandbox::twilio_signature(kToken, world.url() + path + "x", form)};
    for (const std::string& signature : signatures) {
      net::ClientRequest request;
      request.method = "POST";
      request.url = world.url() + path;
      request.headers.set("Content-Type", "application/x-www-form-urlencoded");
      if (!signature.empty()) request.headers.set("X-Twilio-Signature", signature);
      request.body = format_form(form);
      expect_error(ask(std::move(request)), 403, "X-Twilio-Signature");
    }
  }

  EXPECT_EQ(facts(), facts_before);
  EXPECT_EQ(world.row_of(phone(1)), row_before);
  EXPECT_EQ(world.results(id)["status"], "RUNNING");
}

struct Stream {
  Error refused{Errc::Internal, ""};
  bool connected = false, closed = false;
  int messages = 0;  ///< that came before the end
};

/// Connects as Twilio does, presents `start`, and waits for what happens to the stream.
Task<void> open_stream(std::string url, std::string signature, Json start, Stream& stream) {
  net::WsConnect connect;
  connect.url = "ws" + url.substr(4) + kMedia;
  if (!signature.empty()) connect.headers.set("X-Twilio-Signature", signature);
  auto socket = co_await net::connect_websocket(std::move(connect));
  if (!socket) {
    stream.refused = socket.error();
    co_return;
  }
  stream.connected = true;
  const std::string connected = R"({"event":"connected","protocol":"Call","version":"1.0.0"})";
  const std::string started = start.dump();
  std::ignore = co_await (*socket)->write(connected);
  std::ignore = co_await (*socket)->write(started);
  while (true) {
    const auto message = co_await (*socket)->read();
    if (!message) break;
    ++stream.messages;
  }
  stream.closed = true;
}

TEST_F(Refusals, AMediaStreamNeedsTheSignatureAndTheCallsOwnToken) {
  World& world = make_world(Json::parse(R"({"default": {"persona": "silent", "talk_ms": 60000}})"));
  world.trigger(contacts(1, 1));
  ASSERT_TRUE(wait_until([&] { return text_at(world.row_of(phone(1)), "status") == "ANSWERED"; }, seconds{10}));
  const Json call = world.calls_to(phone(1))[0];
  const std::string socket_url = "ws" + world.url().substr(4) + kMedia;
  const auto start = [&](const std::string& token) {
    Json parameters{{"attempt", text_at(call, "attempt")}, {"token", token}};
    return Json{{"event", "start"},
                {"sequenceNumber", "1"},
                {"streamSid", "MZ00000000000000000000000000000001"},
                {"start",
                 {{"streamSid", "MZ00000000000000000000000000000001"},
                  {"accountSid", kAccount},
                  {"callSid", text_at(call, "sid")},
                  {"tracks", {"inbound"}},
                  {"mediaFormat", {{"encoding", "audio/x-mulaw"}, {"sampleRate", 8000}, {"channels", 1}}},
                  {"customParameters", std::move(parameters)}}}};
  };

  for (const std::string& signature : {std::string{}, sandbox::twilio_signature("another token", socket_url, {})}) {
    Stream stream;
    run(open_stream(world.url(), signature, start("x"), stream));
    EXPECT_FALSE(stream.connected);
    EXPECT_THAT(stream.refused.detail, HasSubstr("403"));
  }
  for (const char* token : {"", "9999999999.forged"}) {
    Stream stream;
    run(open_stream(world.url(), sandbox::twilio_signature(kToken, socket_url, {}), start(token), stream));
    EXPECT_TRUE(stream.connected) << stream.refused.detail;
    EXPECT_TRUE(stream.closed);
    EXPECT_EQ(stream.messages, 0) << "something of the call was told to a stranger";
  }
  EXPECT_EQ(world.calls_to(phone(1))[0]["ended"], nullptr) << "the real call was harmed";
}

TEST_F(Refusals, TheStatusTellsStrangersLittleAndAWrongKeyNothing) {
  World& world = make_world();
  net::ClientRequest stranger;
  stranger.url = world.url() + "/api/n8n/otto-status";
  net::ClientRequest wrong = stranger;
  wrong.headers.set("X-API-Key", "wrong");

  ASSERT_TRUE(
      wait_until([&] { return world.call("GET", "/api/n8n/otto-status").body["status"] == "ok"; }, seconds{10}));
  const Json whole = world.call("GET", "/api/n8n/otto-status").body;
  const Answer summary = ask(std::move(stranger));

  for (const char* service : {"database", "twilio", "elevenlabs", "googleSheets"}) {
    EXPECT_EQ(whole["services"][service]["ok"], true);
    EXPECT_EQ(summary.body["services"][service], (Json{{"ok", true}}));
  }
  EXPECT_EQ(whole["activeCalls"], 0);
  EXPECT_EQ(whole["runningCampaigns"], 0);
  EXPECT_EQ(summary.status, 200);
  EXPECT_EQ(summary.body.size(), 2U) << summary.text;
  expect_error(ask(std::move(wrong)), 401);
}

}  // namespace
}  // namespace otto::system_test
