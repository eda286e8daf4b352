// What surrounds a campaign: repeated triggers, and the webhook at its end.
#include <set>

#include "otto/crypto/digest.hpp"
#include "otto/net/http_server.hpp"
#include "otto/rt/group.hpp"

#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

constexpr const char* kTrigger = "/api/n8n/trigger-outbound-campaign";

/// n8n's side of a Wait node: keeps what it is sent, and answers with each of `statuses` in turn, then with 200.
class Receiver final : public net::HttpHandler {
 public:
  explicit Receiver(std::vector<int> statuses) : statuses_{std::move(statuses)}, server_{loop(), *this} {
    port_ = server_.listen("127.0.0.1", 0).value();
    tasks_.spawn("receiver", server_.run());
  }
  ~Receiver() override {
    run(server_.stop());
    run(tasks_.join());
  }

  std::size_t max_body(const net::Request&) override { return 1024 * 1024; }
  Task<net::Response> handle(net::Request request) override {
    const std::size_t nth = requests.size();
    requests.push_back(std::move(request));
    const int status = nth < statuses_.size() ? statuses_[nth] : 200;
    co_return net::Response{status, "application/json", "{}"};
  }
  Task<Upgrade> upgrade(net::Request) override {
    Upgrade upgrade;
    upgrade.refuse = net::error_response(404, "not_found", "No sockets here.");
    co_return upgrade;
  }
  std::string authority() const { return "127.0.0.1:" + std::to_string(port_); }

  std::vector<net::Request> requests;

 private:
  std::vector<int> statuses_;
  std::uint16_t port_ = 0;
  net::HttpServer server_;
  rt::Group tasks_{loop(), "receiver"};
};

class Triggers : public SystemTest {};

TEST_F(Triggers, TheCallbackIsToldOnceOfTheEndUnderItsSignature) {
  Receiver receiver{{503}};
  World& world =
      make_world({{"default", "busy"}}, {{"OTTO_CALLBACK_HOSTS", receiver.authority()},
                                         {"OTTO_WEBHOOK_SECRET", "whsec_c3lzdGVtLXRlc3Qta2V5LTAxMjM0NTY3ODk="}});
  Json body = World::body_for(contacts(1, 2));
  const std::string path = "/webhook-waiting/7?signature=a%2Fb&x=%20y";
  body["callbackUrl"] = "http://" + receiver.authority() + path;

  const Answer triggered = world.call("POST", kTrigger, body.dump());
  ASSERT_EQ(triggered.status, 202) << triggered.text;
  const std::string id = text_at(triggered.body, "campaignId");
  world.ended(id);
  ASSERT_TRUE(wait_until([&] { return receiver.requests.size() >= 2; }, seconds{10}));
  wait_until([&] { return receiver.requests.size() > 2; }, milliseconds{500});

  ASSERT_EQ(receiver.requests.size(), 2U) << "a 503 is tried again, a 200 is not";
  for (const net::Request& request : receiver.requests) {
    EXPECT_EQ(request.method, "POST");
    EXPECT_EQ(request.target, path);
    const std::string signed_text = std::string{request.headers.get("webhook-id")} + "." +
                                    std::string{request.headers.get("webhook-timestamp")} + "." + request.body;
    EXPECT_EQ(request.headers.get("webhook-signature"),
              "v1," + crypto::base64_encode(crypto::hmac_sha256("system-test-key-0123456789", signed_text)));
    const Json payload = Json::parse(request.body);
    EXPECT_EQ(payload["campaignId"], id);
    EXPECT_EQ(payload["status"], "COMPLETED");
    EXPECT_EQ(payload["contactsFailed"], 2);
    EXPECT_EQ(payload["outcomes"], (Json{{"BUSY", 2}}));
  }
  EXPECT_EQ(receiver.requests[0].headers.get("webhook-id"), receiver.requests[1].headers.get("webhook-id"));
}

TEST_F(Triggers, TwentyEqualTriggersAtOnceMakeOneCampaign) {
  World& world = make_world({{"default", "busy"}});
  const auto keyed = [&](const Json& body, const std::string& key) {
    net::ClientRequest request = world.request("POST", kTrigger, body.dump());
    request.headers.set("Idempotency-Key", key);
    return request;
  };
  const Json body = World::body_for(contacts(1, 3));
  Json other = body;
  other["campaignName"] = "Another campaign";

  std::vector<net::ClientRequest> equal;
  for (int i = 0; i < 20; ++i) equal.push_back(keyed(body, "run-7"));
  std::set<std::string> ids;
  for (const Answer& answer : ask_all(std::move(equal))) {
    EXPECT_EQ(answer.status, 202) << answer.text;
    ids.insert(text_at(answer.body, "campaignId"));
  }
  const Answer changed = ask(keyed(other, "run-7"));
  const Answer later = ask(keyed(body, "run-7"));
  ASSERT_EQ(ids.size(), 1U);
  world.ended(*ids.begin());
  const Answer fresh = ask(keyed(other, "run-8"));

  EXPECT_EQ(changed.status, 422);
  EXPECT_EQ(changed.body["error"]["code"], "idempotency_key_reused");
  EXPECT_EQ(later.status, 202);
  EXPECT_EQ(later.headers.get("Idempotent-Replay"), "true");
  EXPECT_EQ(text_at(later.body, "campaignId"), *ids.begin());
  EXPECT_EQ(fresh.status, 202);
  EXPECT_EQ(world.database().count("\"OutboundCampaign\""), 2);
  world.ended(text_at(fresh.body, "campaignId"));
  EXPECT_EQ(world.seen("calls").size(), 6U);
}

}  // namespace
}  // namespace otto::system_test
