// The dashboard's side of the daemon: signing in, following a campaign live, listening in, hanging up, recordings.
#include <fstream>

#include "otto/net/websocket.hpp"

#include "tests/net/raw_peer.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

constexpr const char* kPassword = "correct horse battery";
constexpr const char* kViewPassword = "only looking at it";

class Dashboard : public SystemTest {
 protected:
  World& make_dashboard(const Json& scenario = Json::object()) {
    TempDir web;
    std::ofstream{web.path() + "/index.html"} << "<!doctype html><title>Otto</title>";
    World& world = make_world(scenario, {{"OTTO_DASHBOARD_PASSWORD", kPassword},
                                         {"OTTO_DASHBOARD_VIEW_PASSWORD", kViewPassword},
                                         {"OTTO_WEB_DIR", web.path()}});
    return world;
  }
  static net::ClientRequest from_page(World& world, const std::string& method, const std::string& path,
                                      const std::string& cookie = {}, const std::string& body = {}) {
    net::ClientRequest request;
    request.method = method;
    request.url = world.url() + path;
    request.headers.set("Origin", world.url());
    request.headers.set("X-Otto-Request", "1");
    if (!cookie.empty()) request.headers.set("Cookie", cookie);
    if (!body.empty()) request.headers.set("Content-Type", "application/json");
    request.body = body;
    return request;
  }
  static std::string sign_in(World& world, const char* password = kPassword) {
    const auto answer = ask(from_page(world, "POST", "/api/session", {}, Json{{"password", password}}.dump()));
    EXPECT_EQ(answer.status, 200) << answer.text;
    const std::string set{answer.headers.get("Set-Cookie")};
    return set.substr(0, set.find(';'));
  }
  static std::uint16_t port_of(World& world) {
    return static_cast<std::uint16_t>(std::stoi(world.url().substr(world.url().rfind(':') + 1)));
  }
  /// What the feed has sent until `text` is among it, or `limit` has passed.
  static std::string follow(World& world, const std::string& cookie, const std::string& until,
                            const std::string& last_id = {}, milliseconds limit = seconds{20}) {
    std::string heard;
    run([](Loop& l, World& w, std::string c, std::string last, std::string wanted, milliseconds most,
           std::string& out) -> Task<void> {
      net::RawPeer peer{l};
      co_await peer.connect(port_of(w));
      std::string head = "GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: " + c + "\r\n";
      if (!last.empty()) head += "Last-Event-ID: " + last + "\r\n";
      co_await peer.send(head + "\r\n");
      const auto until = std::chrono::steady_clock::now() + most;
      while (peer.heard().find(wanted) == std::string::npos && std::chrono::steady_clock::now() < until)
        if (!co_await peer.hear(milliseconds{500}) && peer.ended()) break;
      out = peer.heard();
      peer.close();
    }(loop(), world, cookie, last_id, until, limit, heard));
    return heard;
  }
  static std::string last_id(const std::string& stream) {
    const auto at = stream.rfind("\nid: ");
    return at == std::string::npos ? "" : stream.substr(at + 5, stream.find('\n', at + 5) - at - 5);
  }
  static Json live_call(World& world) {
    Json found;
    wait_until(
        [&] {
          const Json calls = world.call("GET", "/api/calls?live=true").body;
          for (const Json& call : calls["calls"])
            if (call["isHere"] == true) found = call;
          return !found.is_null();
        },
        seconds{20});
    return found;
  }
};

TEST_F(Dashboard, SignsInAndOutAndServesItsPage) {
  World& world = make_dashboard();

  const auto page = ask(from_page(world, "GET", "/campaigns/some/where"));
  EXPECT_EQ(page.status, 200);
  EXPECT_NE(page.headers.get("Content-Security-Policy").find("default-src 'none'"), std::string_view::npos);
  const auto refused = ask(from_page(world, "POST", "/api/session", {}, R"({"password": "wrong"})"));
  EXPECT_EQ(refused.status, 401);
  const auto cookie = sign_in(world), viewer = sign_in(world, kViewPassword);
  EXPECT_TRUE(cookie.starts_with("otto=operate.")) << cookie;
  EXPECT_EQ(ask(from_page(world, "GET", "/api/campaigns", cookie)).status, 200);
  EXPECT_EQ(ask(from_page(world, "GET", "/api/campaigns")).status, 401);
  const std::string entry = R"({"phone": "+14155550199"})";
  EXPECT_EQ(ask(from_page(world, "POST", "/api/do-not-call", viewer, entry)).status, 403);
  auto foreign = from_page(world, "POST", "/api/do-not-call", cookie, entry);
  foreign.headers.set("Origin", "http://127.0.0.1:1");
  EXPECT_EQ(ask(std::move(foreign)).status, 403);
  EXPECT_EQ(ask(from_page(world, "POST", "/api/do-not-call", cookie, entry)).status, 200);

  EXPECT_EQ(ask(from_page(world, "DELETE", "/api/session", cookie)).status, 204);
  EXPECT_EQ(ask(from_page(world, "GET", "/api/campaigns", cookie)).status, 401);
  EXPECT_EQ(world.database().one("SELECT count(*) FROM otto.revoked_session"), "1");
  // Signed out is signed out for the next process as well.
  EXPECT_EQ(world.stop_otto(), 0);
  world.start_otto();
  EXPECT_TRUE(
      wait_until([&] { return ask(from_page(world, "GET", "/api/campaigns", cookie)).status == 401; }, seconds{10}));
  EXPECT_EQ(ask(from_page(world, "GET", "/api/campaigns", viewer)).status, 200) << "the others go on";
}

TEST_F(Dashboard, FollowsACallLiveAndCatchesUpAfterACut) {
  World& world = make_dashboard({{"default", {{"persona", "answers"}, {"turns", 2}}}, {"agent", {{"turns", 1}}}});
  const auto cookie = sign_in(world, kViewPassword);
  const auto first = follow(world, cookie, "event: snapshot");
  EXPECT_NE(first.find("text/event-stream"), std::string::npos) << first;
  ASSERT_NE(first.find("event: snapshot"), std::string::npos) << first;

  const auto id = world.trigger(contacts(1, 1));
  const auto news = follow(world, cookie, "event: turn", last_id(first));
  EXPECT_EQ(news.find("event: snapshot"), std::string::npos) << "it goes on where it was";
  EXPECT_NE(news.find("event: campaign"), std::string::npos) << news;
  EXPECT_NE(news.find("event: call"), std::string::npos) << news;
  EXPECT_NE(news.find("event: turn"), std::string::npos) << news;
  const auto rest = follow(world, cookie, R"("status":"COMPLETED")", last_id(news), seconds{40});
  EXPECT_EQ(rest.find("event: snapshot"), std::string::npos) << rest;
  world.ended(id);

  const Json detail = world.call("GET", "/api/campaigns/" + id).body;
  EXPECT_EQ(detail["campaign"]["status"], "COMPLETED") << detail;
  EXPECT_EQ(detail["hours"].size(), 1u) << detail["hours"];
  const Json people = world.call("GET", "/api/campaigns/" + id + "/contacts").body;
  ASSERT_EQ(people["contacts"].size(), 1u) << people;
  const Json report = world.call("GET", "/api/calls/" + text_at(people["contacts"][0], "callId")).body;
  EXPECT_GE(report["turns"].size(), 1u) << report;
  EXPECT_GE(report["timeline"].size(), 5u) << report["timeline"];
}

TEST_F(Dashboard, ARecordingIsHeardThroughOttoInParts) {
  World& world = make_dashboard({{"default", {{"persona", "hangs-up-early"}, {"talk_ms", 1500}}}});
  const auto id = world.trigger(contacts(1, 1));
  world.ended(id);
  Json call;
  ASSERT_TRUE(wait_until(
      [&] {
        call = world.call("GET", "/api/calls?campaignId=" + id).body["calls"][0];
        return call["hasRecording"] == true;
      },
      seconds{20}));
  const auto cookie = sign_in(world, kViewPassword);
  const std::string path = "/api/calls/" + text_at(call, "callId") + "/recording?format=wav";
  const auto part = [&](const std::string& range) {
    auto request = from_page(world, "GET", path, cookie);
    request.headers.set("Range", range);
    return ask(std::move(request));
  };

  Answer all;
  ASSERT_TRUE(wait_until([&] { return (all = part("bytes=0-")).status == 206; }, seconds{20})) << all.text;
  EXPECT_TRUE(all.text.starts_with("RIFF"));
  EXPECT_EQ(all.headers.get("Accept-Ranges"), "bytes");
  const auto middle = part("bytes=100-199");
  EXPECT_EQ(middle.status, 206);
  EXPECT_EQ(middle.text, all.text.substr(100, 100));
  EXPECT_TRUE(middle.headers.get("Content-Range").starts_with("bytes 100-199/")) << middle.headers.get("Content-Range");
  EXPECT_EQ(part("bytes=99999999-").status, 416);
  EXPECT_EQ(ask(from_page(world, "GET", path)).status, 401);

  // Its person's data is erased: the recording goes at the line as well.
  EXPECT_EQ(world.call("DELETE", "/api/persons/" + phone(1)).status, 409) << "the call has just ended";
  world.database().one("UPDATE otto.attempt SET closed_at = closed_at - interval '1 hour' RETURNING 1");
  Answer erased;
  ASSERT_TRUE(wait_until([&] { return (erased = world.call("DELETE", "/api/persons/" + phone(1))).status != 503; },
                         seconds{20}))
      << "the database is busy for ever";
  ASSERT_EQ(erased.status, 200) << erased.text;
  EXPECT_EQ(erased.body["recordingsToRemove"], 1) << erased.text;
  EXPECT_EQ(part("bytes=0-").status, 404);
  EXPECT_TRUE(wait_until([&] { return world.database().count("otto.recording_removal") == 0; }, seconds{40}));
  EXPECT_GE(world.database().count("otto.audit WHERE action IN ('recording.play', 'person.erase') AND target <> ''"),
            3);
  EXPECT_THAT(world.violations(), testing::IsEmpty());
}

TEST_F(Dashboard, ListensInAndHangsUp) {
  World& world =
      make_dashboard({{"default", {{"persona", "tone"}, {"talk_ms", 20000}}}, {"agent", {{"mode", "tone"}}}});
  world.trigger(contacts(1, 1));
  const Json call = live_call(world);
  ASSERT_FALSE(call.is_null());
  const auto cookie = sign_in(world);
  const std::string path = "/api/calls/" + text_at(call, "callId");
  std::size_t callee = 0, agent = 0;
  bool told_end = false;
  const auto listening = [&](bool with_origin) -> Task<void> {
    net::WsConnect to;
    to.url = "ws" + world.url().substr(4) + path + "/listen";
    to.headers.set("Cookie", cookie);
    if (with_origin) to.headers.set("Origin", world.url());
    auto socket = co_await net::connect_websocket(std::move(to));
    EXPECT_EQ(socket.has_value(), with_origin);
    if (!socket) co_return;
    for (bool asked = false;;) {
      auto message = co_await (*socket)->read();
      if (!message) break;
      if (!message->binary) {
        told_end = message->text.find("\"end\"") != std::string_view::npos;
        continue;
      }
      (message->text[0] == 0 ? callee : agent) += message->text.size() - 1;
      if (asked || callee < 8000 || agent < 800) continue;
      asked = true;
      auto hang_up = world.request("POST", path + "/hang-up");
      const auto answer = co_await net::send_request(std::move(hang_up));
      EXPECT_TRUE(answer.response && answer.response->status == 202);
    }
  };
  for (const bool with_origin : {false, true}) {
    run(listening(with_origin));
  }

  EXPECT_GE(callee, 8000u);
  EXPECT_GE(agent, 800u);
  EXPECT_TRUE(told_end);
  EXPECT_TRUE(wait_until([&] { return world.call("POST", path + "/hang-up").status == 409; }, seconds{10}));
}

}  // namespace
}  // namespace otto::system_test
