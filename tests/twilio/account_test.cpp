#include "otto/twilio/account.hpp"

#include <gmock/gmock.h>

#include "tests/twilio/line_fixture.hpp"

namespace otto::twilio {
namespace {

class AccountTest : public LineTest {
 protected:
  void ask(std::function<Task<void>()> scenario) {
    with_line([scenario = std::move(scenario)](ports::Line&) -> Task<void> { co_await scenario(); });
  }
};

TEST_F(AccountTest, IsReadWithTheTokenWhateverKeyTheCallsAreMadeWith) {
  settings.api_key_sid = "SK00000000000000000000000000000001";
  settings.api_key_secret = "key's secret";
  api.then(answer(200, R"({"sid":"AC1","owner_account_sid":"AC1","status":"active","type":"Full"})"));
  api.then(answer(200, R"({"sid":"AC1","owner_account_sid":"AC2","status":"suspended","type":"Trial"})"));
  ask([&]() -> Task<void> {
    const auto whole = co_await fetch_account(settings);
    EXPECT_EQ(whole->status, "active");
    EXPECT_FALSE(whole->is_trial || whole->is_child);
    const auto child = co_await fetch_account(settings);
    EXPECT_EQ(child->status, "suspended");
    EXPECT_TRUE(child->is_trial && child->is_child);
  });

  EXPECT_EQ(api.seen().at(0).target, "/2010-04-01/Accounts/" + kAccount + ".json");
  EXPECT_EQ(api.seen().at(0).header("Authorization"), api.seen().at(1).header("Authorization"));
  EXPECT_THAT(api.seen().at(0).header("Authorization"), testing::StartsWith("Basic QUM")) << "AC…";
}

TEST_F(AccountTest, ItsBalanceIsANumberOrItHasNone) {
  api.then(answer(200, R"({"account_sid":"AC1","balance":"-1.25","currency":"USD"})"));
  api.then(answer(200, R"({"account_sid":"AC1","balance":null,"currency":null})"));
  api.then(answer(401, error_json(20003, 401)));
  ask([&]() -> Task<void> {
    const auto owed = co_await fetch_balance(settings);
    EXPECT_EQ((*owed)->amount, -1.25);
    EXPECT_EQ((*owed)->currency, "USD");
    const auto child = co_await fetch_balance(settings);
    EXPECT_TRUE(child && !*child);
    const auto refused = co_await fetch_balance(settings);
    EXPECT_EQ(refused.error().code, Errc::Unauthorized);
  });
}

TEST_F(AccountTest, ACallerIdIsItsOwnNumberOrAVerifiedOne) {
  const std::string none = R"({"incoming_phone_numbers":[],"outgoing_caller_ids":[]})";
  const std::string own = R"({"incoming_phone_numbers":[{"phone_number":"+15555550102","capabilities":{"voice":)";
  api.then(answer(200, own + "true}}]}"));
  api.then(answer(200, own + "false}}]}"));
  api.then(answer(200, none));
  api.then(answer(200, R"({"outgoing_caller_ids":[{"phone_number":"+15555550102"}]})"));
  api.then(answer(200, none));
  api.then(answer(200, none));
  std::vector<CallerIdKind> kinds;
  ask([&]() -> Task<void> {
    for (int i = 0; i < 4; ++i) {
      const auto kind = co_await fetch_caller_id(settings, "+15555550102");
      kinds.push_back(kind.value());
    }
  });

  EXPECT_THAT(kinds, testing::ElementsAre(CallerIdKind::Own, CallerIdKind::OwnWithoutVoice, CallerIdKind::Verified,
                                          CallerIdKind::Unknown));
  EXPECT_THAT(api.seen().at(0).target,
              testing::EndsWith("IncomingPhoneNumbers.json?PageSize=1&PhoneNumber=%2B15555550102"));
}

}  // namespace
}  // namespace otto::twilio
