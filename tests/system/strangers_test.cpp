// Every route of the daemon with its guard, over the wire: strangers with forged, foreign, stale or no credentials are
// refused on each, and no row of any table changes.
#include <map>

#include "otto/net/websocket.hpp"
#include "otto/sandbox/signing.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

constexpr const char* kPassword = "correct horse battery";
constexpr const char* kViewPassword = "staple lamp kestrel";
constexpr const char* kViewKey = "key-of-the-system-tests-that-looks";
constexpr const char* kAgentSecret = "wsec_0770";

/// Count and content of every table, by name. Leases are renewed all the time, and a repeated report tells that its
/// call was heard of again.
std::map<std::string, std::string> snapshot(World& world) {
  std::map<std::string, std::string> tables;
  for (const Json& row : world.database().rows("SELECT schemaname || '.\"' || tablename || '\"' AS name FROM pg_tables "
                                               "WHERE schemaname IN ('public', 'otto') AND tablename <> 'lease'")) {
    const std::string name = row["name"];
    tables[name] = world.database().one(
        "SELECT count(*) || ' ' || coalesce(md5(string_agg(content, '|' ORDER BY content)), '') FROM (SELECT "
        "(to_jsonb(t) - "
        "'last_fact_at')::text AS content FROM " +
        name + " t) contents");
  }
  return tables;
}

struct Operation {
  std::string method, path, guard;  ///< the guard by the document's scheme: "apiKey", "twilioSignature" …, "" for none
  bool is_open = false;             ///< a part of it is for everybody
  std::string name() const { return method + " " + path; }
};

/// One way to lie about who one is; the answer must be one of `statuses`.
struct Lie {
  std::string name;
  net::ClientRequest request;
  std::vector<int> statuses;
};

class Strangers : public SystemTest {
 protected:
  void SetUp() override {
    world_ = &make_world(Json::parse(R"({"default": "busy"})"), {{"OTTO_DASHBOARD_PASSWORD", kPassword},
                                                                 {"OTTO_DASHBOARD_VIEW_PASSWORD", kViewPassword},
                                                                 {"OTTO_VIEW_API_KEYS", kViewKey},
                                                                 {"ELEVENLABS_WEBHOOK_SECRET", kAgentSecret}});
    campaign_ = world_->trigger(contacts(1, 1));
    world_->ended(campaign_);
    EXPECT_THAT(world_->differences(), testing::IsEmpty());
    sid_ = text_at(world_->calls_to(phone(1))[0], "sid");
    attempt_ = text_at(world_->calls_to(phone(1))[0], "attempt");
    // Whatever is still under way has come once two looks are alike.
    auto before = snapshot(*world_);
    EXPECT_TRUE(wait_until(
        [&] {
          wait_until([] { return false; }, milliseconds{200});
          return std::exchange(before, snapshot(*world_)) == before;
        },
        seconds{20}));
  }

  std::vector<Operation> operations() {
    std::vector<Operation> all;
    const Json document = ask(plain("GET", "/openapi.json")).body;
    for (const auto& [pattern, methods] : document["paths"].items())
      for (const auto& [method, operation] : methods.items()) {
        Operation one;
        one.method = method;
        for (char& c : one.method) c = static_cast<char>(std::toupper(c));
        one.path = filled(pattern);
        const Json& security = operation.contains("security") ? operation["security"] : document["security"];
        for (const Json& choice : security) {
          if (choice.empty())
            one.is_open = true;
          else if (one.guard.empty())
            one.guard = choice.begin().key();
        }
        all.push_back(std::move(one));
      }
    return all;
  }

  std::string filled(std::string path) const {
    const std::map<std::string, std::string> values{{"{campaignId}", campaign_},
                                                    {"{phone}", "%2B14155550101"},
                                                    {"{call}", sid_},
                                                    {"{id}", "evt_1"},
                                                    {"{name}", "x.wav"}};
    for (const auto& [name, value] : values)
      if (const auto at = path.find(name); at != std::string::npos) path.replace(at, name.size(), value);
    return path;
  }

  net::ClientRequest plain(const std::string& method, const std::string& path) const {
    net::ClientRequest request;
    request.method = method;
    request.url = world_->url() + path;
    return request;
  }
  /// A request that would change something, were it let in.
  net::ClientRequest bare(const Operation& operation) const {
    auto request = plain(operation.method, operation.path);
    if (operation.method == "GET") return request;
    request.headers.set("Content-Type", "application/json");
    request.body = R"({"phone": "+14155550142", "reason": "x", "settings": {"maxAttemptsPerContact": 9}})";
    if (operation.path.ends_with("trigger-outbound-campaign")) request.body = World::body_for(contacts(7, 8)).dump();
    return request;
  }

  std::string sign_in(const char* password) const {
    auto request = plain("POST", "/api/session");
    request.headers.set("Content-Type", "application/json");
    request.headers.set("Origin", world_->url());
    request.headers.set("X-Otto-Request", "1");
    request.body = Json{{"password", password}}.dump();
    const auto answer = ask(std::move(request));
    EXPECT_EQ(answer.status, 200) << answer.text;
    const std::string set{answer.headers.get("Set-Cookie")};
    return set.substr(0, set.find(';'));
  }

  std::vector<Lie> lies_about_key(const Operation& operation) {
    std::vector<Lie> lies;
    const auto add = [&](std::string name, std::vector<std::pair<std::string, std::string>> fields,
                         std::vector<int> statuses = {401}) {
      Lie lie{std::move(name), bare(operation), std::move(statuses)};
      for (auto& [field, value] : fields) lie.request.headers.set(std::move(field), std::move(value));
      lies.push_back(std::move(lie));
    };
    const std::string key = kKey;
    if (!operation.is_open) add("no key", {});
    add("another key", {{"X-API-Key", "key-of-somebody-else-00"}});
    add("a key's beginning", {{"X-API-Key", key.substr(0, key.size() - 1)}});
    add("a key and more", {{"X-API-Key", key + "0"}});
    add("a key in capitals", {{"X-API-Key", "KEY-OF-THE-SYSTEM-TESTS"}});
    add("two keys in one", {{"X-API-Key", key + "," + key}});
    add("another bearer", {{"Authorization", "Bearer key-of-somebody-else-00"}});
    if (!operation.is_open) {
      add("basic credentials", {{"Authorization", "Basic " + key}});
      add("a forged session",
          {{"Cookie", "otto=operate.0123456789abcdef0123456789abcdef.9999999999.9999999999.forged"}});
      add("a session with a letter changed", {{"Cookie", altered(operate_)}});
      add("another role with a view session's signature", {{"Cookie", "otto=operate" + view_.substr(view_.find('.'))}});
      Lie in_query{"a key in the query", bare(operation), {401}};
      in_query.request.url += "?api_key=" + key + "&X-API-Key=" + key;
      lies.push_back(std::move(in_query));
      const bool looks_only = operation.path == "/api/contacts/preview" || operation.path.starts_with("/api/sessions");
      const bool tells_all = operation.path == "/api/audit" || operation.path.starts_with("/api/persons");
      if (tells_all || (operation.method != "GET" && !looks_only))
        add("a key that may only look", {{"X-API-Key", kViewKey}}, {403});
      if (operation.method != "GET") {
        add("a session from another page",
            {{"Cookie", operate_}, {"Origin", "https://evil.example"}, {"X-Otto-Request", "1"}}, {403});
        add("a session without our header", {{"Cookie", operate_}, {"Origin", world_->url()}}, {403});
        if (!looks_only)
          add("a session that may only look", {{"Cookie", view_}, {"Origin", world_->url()}, {"X-Otto-Request", "1"}},
              {403});
      }
    }
    return lies;
  }

  std::vector<Lie> lies_about_line(const Operation& operation) {
    std::vector<Lie> lies;
    const std::string path = operation.path + "?attempt=" + attempt_;
    const FormFields form{{"CallSid", sid_},
                          {"AccountSid", kAccount},
                          {"CallStatus", "in-progress"},
                          {"SequenceNumber", "9"},
                          {"To", phone(1)},
                          {"AnsweredBy", "human"},
                          {"RecordingSid", "RE00000000000000000000000000000001"}};
    const std::string signed_url = world_->url() + path;
    auto other = form;
    other.back().second += "0";
    const std::vector<std::pair<std::string, std::string>> signatures{
        {"no signature", ""},
        {"a made-up signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="},
        {"another account's token", sandbox::twilio_signature("another token", signed_url, form)},
        {"the API key as the token", sandbox::twilio_signature(kKey, signed_url, form)},
        {"another route's signature",
         sandbox::twilio_signature(kToken, world_->url() + "/api/twilio/x?attempt=" + attempt_, form)},
        {"another host's signature", sandbox::twilio_signature(kToken, "https://otto.example.com" + path, form)},
        {"another attempt's signature", sandbox::twilio_signature(kToken, signed_url + "0", form)},
        {"another body's signature", sandbox::twilio_signature(kToken, signed_url, other)},
        {"a signature without the body", sandbox::twilio_signature(kToken, signed_url, {})},
        {"half a signature", sandbox::twilio_signature(kToken, signed_url, form).substr(0, 14)}};
    for (const auto& [name, signature] : signatures) {
      if (operation.method == "GET" && name == "a signature without the body") continue;  // an upgrade has none
      Lie lie{name, plain(operation.method, path), {403}};
      lie.request.headers.set("Content-Type", "application/x-www-form-urlencoded");
      if (!signature.empty()) lie.request.headers.set("X-Twilio-Signature", signature);
      lie.request.body = format_form(form);
      lies.push_back(std::move(lie));
    }
    Lie as_json{"the right signature over another kind of body", plain(operation.method, path), {403}};
    as_json.request.headers.set("Content-Type", "application/json");
    as_json.request.headers.set("X-Twilio-Signature", sandbox::twilio_signature(kToken, signed_url, form));
    as_json.request.body = R"({"CallStatus": "completed"})";
    lies.push_back(std::move(as_json));
    return lies;
  }

  std::vector<Lie> lies_about_agent(const Operation& operation) {
    const std::string body = R"({"type": "post_call_transcription", "data": {"conversation_id": "conv_1"}})";
    const auto now = std::chrono::duration_cast<seconds>(SystemClock{}.now().time_since_epoch()).count();
    const auto right = sandbox::elevenlabs_signature(kAgentSecret, now, body);
    const std::vector<std::pair<std::string, std::string>> signatures{
        {"no signature", ""},
        {"a made-up signature", "t=" + std::to_string(now) + ",v0=" + std::string(64, 'a')},
        {"another secret", sandbox::elevenlabs_signature("wsec_other", now, body)},
        {"another body's", sandbox::elevenlabs_signature(kAgentSecret, now, body + " ")},
        {"one of two hours ago, replayed", sandbox::elevenlabs_signature(kAgentSecret, now - 7200, body)},
        {"one from the future", sandbox::elevenlabs_signature(kAgentSecret, now + 7200, body)},
        {"an old one with a new time",
         "t=" + std::to_string(now) +
             sandbox::elevenlabs_signature(kAgentSecret, now - 7200, body).substr(std::to_string(now).size() + 2)},
        {"the time alone", right.substr(0, right.find(','))}};
    std::vector<Lie> lies;
    for (const auto& [name, signature] : signatures) {
      Lie lie{name, plain(operation.method, operation.path), {401}};
      lie.request.headers.set("Content-Type", "application/json");
      if (!signature.empty()) lie.request.headers.set("ElevenLabs-Signature", signature);
      lie.request.body = body;
      lies.push_back(std::move(lie));
    }
    return lies;
  }

  static std::string altered(std::string text) {
    char& last = text[text.size() - 2];
    last = last == 'A' ? 'B' : 'A';
    return text;
  }
  /// The status with which an upgrade is refused; 101 when it is not.
  static int upgrade(const net::ClientRequest& like) {
    int status = 101;
    run([](const net::ClientRequest& request, int& answered) -> Task<void> {
      net::WsConnect connect;
      connect.url = "ws" + request.url.substr(4);
      connect.headers = request.headers;
      const auto socket = co_await net::connect_websocket(std::move(connect));
      if (socket) co_return;
      const auto at = socket.error().detail.find("HTTP ");
      answered = at == std::string::npos ? 0 : std::atoi(socket.error().detail.c_str() + at + 5);
    }(like, status));
    return status;
  }

  World* world_ = nullptr;
  std::string campaign_, sid_, attempt_, operate_, view_;
};

TEST_F(Strangers, AreRefusedOnEveryRouteAndChangeNothing) {
  operate_ = sign_in(kPassword);
  view_ = sign_in(kViewPassword);
  const auto before = snapshot(*world_);
  std::map<std::string, int> routes;
  int lies_told = 0;

  for (const Operation& operation : operations()) {
    std::vector<Lie> lies;
    if (operation.guard == "apiKey") lies = lies_about_key(operation);
    if (operation.guard == "twilioSignature") lies = lies_about_line(operation);
    if (operation.guard == "elevenlabsSignature") lies = lies_about_agent(operation);
    ++routes[operation.guard.empty() ? "none" : operation.guard];
    const bool is_socket = operation.path.ends_with("/listen") || operation.path.ends_with("/media-stream");
    for (Lie& lie : lies) {
      ++lies_told;
      const int status = is_socket ? upgrade(lie.request) : ask(lie.request).status;
      EXPECT_THAT(lie.statuses, testing::Contains(status)) << operation.name() << " with " << lie.name;
    }
  }

  // A route that is added has to be counted here, under the guard that it has.
  EXPECT_EQ(routes, (std::map<std::string, int>{
                        {"apiKey", 34}, {"twilioSignature", 6}, {"elevenlabsSignature", 1}, {"none", 9}}));
  EXPECT_GT(lies_told, 400);
  EXPECT_EQ(snapshot(*world_), before);
  EXPECT_EQ(world_->seen("calls").size(), 1U) << "somebody was phoned";
}

TEST_F(Strangers, AReplayedReportChangesNothing) {
  const std::string path = "/api/twilio/outbound/status-callback?attempt=" + attempt_;
  const FormFields form{{"CallSid", sid_},
                        {"AccountSid", kAccount},
                        {"CallStatus", "busy"},
                        {"SequenceNumber", "3"},
                        {"CallbackSource", "call-progress-events"},
                        {"Timestamp", "Wed, 25 Nov 2026 23:00:00 +0000"}};
  auto report = plain("POST", path);
  report.headers.set("Content-Type", "application/x-www-form-urlencoded");
  report.headers.set("X-Twilio-Signature", sandbox::twilio_signature(kToken, world_->url() + path, form));
  report.body = format_form(form);
  EXPECT_EQ(ask(report).status, 204);
  const auto before = snapshot(*world_);

  for (const Answer& answer : ask_all(std::vector(20, report))) EXPECT_EQ(answer.status, 204);

  EXPECT_EQ(snapshot(*world_), before);
}

}  // namespace
}  // namespace otto::system_test
