// What surrounds a campaign: repeated triggers, and the webhook at its end.
#include <set>

#include "otto/crypto/digest.hpp"

#include "tests/system/receiver.hpp"
#include "tests/system/world.hpp"

namespace otto::system_test {
namespace {

constexpr const char* kTrigger = "/api/n8n/trigger-outbound-campaign";

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
