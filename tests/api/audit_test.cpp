// Who did what: which requests are kept, and what of them.
#include "otto/api/audit.hpp"

#include <gmock/gmock.h>

#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

struct AuditTest : ApiTest {
  net::Response sign_in(const char* password) {
    auto request = make("POST", "/api/session", Json{{"password", password}}.dump());
    request.headers.add("Content-Type", "application/json");
    request.headers.add("X-Otto-Request", "1");
    request.peer = "192.0.2.7";
    return send(std::move(request));
  }
};

TEST_F(AuditTest, EveryRouteThatChangesSomethingIsKept) {
  for (const net::Route& route : router.routes()) {
    if (route.guard != "api_key_or_operate" || route.method == "GET") continue;
    EXPECT_NE(audit_action(route.method, route.pattern), "") << route.method << " " << route.pattern;
  }
  EXPECT_EQ(audit_action("POST", "/api/contacts/preview"), "") << "stores nothing";
}

TEST_F(AuditTest, AChangeTellsWhoWhatAndToWhat) {
  const auto made = api("POST", "/api/n8n/trigger-outbound-campaign",
                        {{"campaignName", "December"},
                         {"campaignType", "GENERAL"},
                         {"contacts", Json::array({{{"name", "Maria Secret"}, {"phone", "+1 415-555-0101"}}})},
                         {"settings", {{"maxConcurrentCalls", 2}, {"recordCalls", false}}}});
  ASSERT_EQ(made.status, 202) << made.body;

  ASSERT_THAT(audit.rows, SizeIs(1));
  const auto& row = audit.rows[0];
  EXPECT_THAT(row.who, StartsWith("key:"));
  EXPECT_EQ(row.who.find(kKey), std::string::npos);
  EXPECT_EQ(row.action, "campaign.trigger");
  EXPECT_EQ(row.target, text_at(json_of(made), "campaignId"));
  EXPECT_EQ(row.status, 202);
  EXPECT_EQ(row.at, timers.now());
  EXPECT_THAT(row.detail, HasSubstr("settings.maxConcurrentCalls 2, settings.recordCalls false"));
  EXPECT_THAT(row.detail, Not(HasSubstr("Secret"))) << "texts may be about people";
}

TEST_F(AuditTest, ATelephoneNumberStandsThereMaskedOnly) {
  api("POST", "/api/do-not-call", {{"phone", "+14155550101"}});
  api("DELETE", "/api/do-not-call/%2B14155550101");

  ASSERT_THAT(audit.rows, SizeIs(2));
  EXPECT_EQ(audit.rows[0].action, "do_not_call.add");
  EXPECT_EQ(audit.rows[1].action, "do_not_call.remove");
  for (const auto& row : audit.rows) {
    EXPECT_EQ(row.target, mask_phone("+14155550101"));
    EXPECT_THAT(row.detail, Not(HasSubstr("555")));
  }
}

TEST_F(AuditTest, SignInsAndRefusalsAreKept) {
  sign_in("a guess");
  sign_in(kViewPassword);

  ASSERT_THAT(audit.rows, SizeIs(2));
  EXPECT_EQ(audit.rows[0].action, kSignInRefused);
  EXPECT_EQ(audit.rows[0].who, "");
  EXPECT_EQ(audit.rows[0].peer, "192.0.2.7");
  EXPECT_EQ(audit.rows[0].status, 401);
  EXPECT_EQ(audit.rows[1].action, kSignedIn);
  EXPECT_THAT(audit.rows[1].who, StartsWith("view:"));
}

TEST_F(AuditTest, ARecordingThatIsPlayedIsKeptByItsFirstPiece) {
  ports::CallDetail detail;
  detail.line.id = "cm1";
  detail.report.call.recording_sid = "RE1";
  views.call_details.push_back(detail);
  for (const char* range : {"", "bytes=0-", "bytes=4-"}) {
    auto request = make("GET", "/api/calls/cm1/recording");
    request.headers.add("X-API-Key", kKey);
    if (*range != 0) request.headers.add("Range", range);
    EXPECT_EQ(send(std::move(request)).status, 206);
  }

  ASSERT_THAT(audit.rows, SizeIs(2));
  EXPECT_EQ(audit.rows[0].action, "recording.play");
  EXPECT_EQ(audit.rows[0].target, "cm1");
  EXPECT_TRUE(audit.rows[0].is_look) << "the store keeps one of them a minute";
}

TEST_F(AuditTest, AStoreThatIsAwayStopsNobody) {
  audit.is_away = true;
  EXPECT_EQ(api("POST", "/api/do-not-call", {{"phone", "+14155550101"}}).status, 200);
  EXPECT_EQ(api("GET", "/api/audit").status, 503);
}

TEST_F(AuditTest, IsReadByPagesAndByOperatorsOnly) {
  api("POST", "/api/do-not-call", {{"phone", "+14155550101"}});
  const auto answer = api("GET", "/api/audit?limit=2&action=do_not_call.&cursor=7");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json_of(answer)["entries"][0]["action"], "do_not_call.add");
  EXPECT_EQ(json_of(answer)["nextCursor"], "1");
  EXPECT_EQ(audit.asked.limit, 2);
  EXPECT_EQ(audit.asked.action, "do_not_call.");
  EXPECT_EQ(audit.asked.cursor, "7");
  EXPECT_EQ(api("GET", "/api/audit?limit=0").status, 422);
  ASSERT_THAT(audit.rows, SizeIs(1)) << "reading it is no entry of it";

  const auto viewer = sign_in(kViewPassword);
  auto request = make("GET", "/api/audit");
  const std::string cookie{viewer.headers.get("Set-Cookie")};
  request.headers.add("Cookie", cookie.substr(0, cookie.find(';')));
  EXPECT_EQ(send(std::move(request)).status, 403);
}

}  // namespace
}  // namespace otto::api
