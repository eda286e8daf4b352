// Session tokens and the bound on sign-ins.
#include "otto/api/session.hpp"

#include <gtest/gtest.h>

#include "otto/base/text.hpp"

namespace otto::api {
namespace {

const TimePoint kNow = TimePoint{} + seconds{1'800'000'000};

Session session_at(TimePoint signed_in, TimePoint last_used, Role role = Role::Operate) {
  Session session;
  session.role = role;
  session.id = "00112233445566778899aabbccddeeff";
  session.signed_in = signed_in;
  session.last_used = last_used;
  return session;
}

constexpr crypto::StretchCost kCheap{4, 8, 1};

SessionTokens tokens_of(const char* operate, const char* view, const char* key, const char* totp = "") {
  return SessionTokens{{operate, totp}, {view}, key, kCheap};
}

TEST(SessionTokens, BringASessionBackAsItWas) {
  const SessionTokens tokens = tokens_of("operator", "viewer", "key");

  for (const Role role : {Role::Operate, Role::View}) {
    const auto read = tokens.read(tokens.make(session_at(kNow - hours{1}, kNow, role)), kNow);
    ASSERT_TRUE(read);
    EXPECT_EQ(read->role, role);
    EXPECT_EQ(read->id, "00112233445566778899aabbccddeeff");
    EXPECT_EQ(read->signed_in, kNow - hours{1});
    EXPECT_EQ(read->last_used, kNow);
  }
}

TEST(SessionTokens, EndAfterHalfAnHourUnusedAndAfterHalfADay) {
  const SessionTokens tokens = tokens_of("operator", "", "key");
  const auto idle = tokens.make(session_at(kNow, kNow));
  const auto busy = tokens.make(session_at(kNow, kNow + hours{12} - minutes{1}));

  EXPECT_TRUE(tokens.read(idle, kNow + minutes{30} - seconds{1}));
  EXPECT_FALSE(tokens.read(idle, kNow + minutes{30}));
  EXPECT_TRUE(tokens.read(busy, kNow + hours{12} - seconds{1}));
  EXPECT_FALSE(tokens.read(busy, kNow + hours{12}));
}

TEST(SessionTokens, NoChangedByteIsAccepted) {
  const SessionTokens tokens = tokens_of("operator", "viewer", "key");
  const std::string token = tokens.make(session_at(kNow, kNow));

  for (std::size_t i = 0; i < token.size(); ++i) {
    std::string changed = token;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_FALSE(tokens.read(changed, kNow)) << i;
    EXPECT_FALSE(tokens.read(token.substr(0, i), kNow)) << i;
  }
  for (const char* odd : {"", ".", "....", "operate.x.1.1.", "operate.x.99999999999999999999.1.y", "admin.x.1.1.y"})
    EXPECT_FALSE(tokens.read(odd, kNow)) << odd;
}

TEST(SessionTokens, AViewersTokenCannotBeMadeAnOperators) {
  const SessionTokens tokens = tokens_of("operator", "viewer", "key");
  std::string token = tokens.make(session_at(kNow, kNow, Role::View));
  token.replace(0, 4, "operate");

  EXPECT_FALSE(tokens.read(token, kNow));
}

TEST(SessionTokens, AChangedPasswordOrKeyEndsThem) {
  const auto token = tokens_of("operator", "viewer", "key").make(session_at(kNow, kNow));

  EXPECT_TRUE((tokens_of("operator", "another", "key").read(token, kNow)));
  EXPECT_FALSE((tokens_of("changed", "viewer", "key").read(token, kNow)));
  EXPECT_FALSE((tokens_of("operator", "viewer", "new key").read(token, kNow)));
  EXPECT_FALSE((tokens_of("", "viewer", "key").read(token, kNow)));
}

TEST(SessionTokens, APasswordOpensItsOwnRoleAndAnEmptyOneNone) {
  const SessionTokens both = tokens_of("operator", "viewer", "key"), none = tokens_of("", "", "key");

  EXPECT_EQ(both.passwords().role_of("operator"), Role::Operate);
  EXPECT_EQ(both.passwords().role_of("viewer"), Role::View);
  for (const char* wrong : {"", "operator ", "Operator", "operato"})
    EXPECT_FALSE(both.passwords().role_of(wrong)) << wrong;
  EXPECT_FALSE(none.passwords().role_of(""));
  EXPECT_FALSE(none.is_on());
  EXPECT_TRUE(both.is_on());
}

TEST(SessionTokens, AStretchedPasswordOpensAsThePasswordItselfAndIsNone) {
  const auto stretched = crypto::format_stretched(crypto::stretch("operator", std::string(16, 's'), {14, 8, 1}));
  const SessionTokens tokens = tokens_of(stretched.c_str(), "viewer", "key");

  EXPECT_EQ(tokens.passwords().role_of("operator"), Role::Operate);
  EXPECT_EQ(tokens.passwords().role_of("viewer"), Role::View);
  EXPECT_FALSE(tokens.passwords().role_of(stretched)) << "whoever reads the setting has no password";
  EXPECT_FALSE(tokens_of("scrypt:broken", "", "key").is_on());
  const auto token = tokens.make(session_at(kNow, kNow));
  EXPECT_TRUE(tokens_of(stretched.c_str(), "", "key").read(token, kNow)) << "every instance";
  EXPECT_FALSE(tokens_of("operator", "", "key").read(token, kNow));
}

TEST(SessionTokens, ANewSecondFactorEndsThem) {
  const char* secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
  const auto without = tokens_of("operator", "viewer", "key"), with = tokens_of("operator", "viewer", "key", secret);

  EXPECT_FALSE(without.needs_code(Role::Operate));
  EXPECT_TRUE(with.needs_code(Role::Operate));
  EXPECT_FALSE(with.needs_code(Role::View));
  EXPECT_FALSE(with.read(without.make(session_at(kNow, kNow)), kNow));
  EXPECT_TRUE(with.read(without.make(session_at(kNow, kNow, Role::View)), kNow));
}

TEST(SignInLimit, AnAddressWaitsAfterFiveWrongTriesAndLongerEachTime) {
  SignInLimit limit;
  SteadyPoint now{hours{1}};
  seconds expected{60};
  for (int round = 0; round < 6; ++round) {
    for (int i = 0; i < 5; ++i) {
      EXPECT_FALSE(limit.wait("192.0.2.1", now)) << round << "." << i;
      limit.failed("192.0.2.1", now);
    }
    EXPECT_EQ(limit.wait("192.0.2.1", now), expected) << round;
    EXPECT_FALSE(limit.wait("192.0.2.2", now));
    now += expected;
    expected = std::min(expected * 2, seconds{900});
  }
}

TEST(SignInLimit, SlowTriesAreNotHeldUpAndARightPasswordForgives) {
  SignInLimit limit;
  SteadyPoint now{hours{1}};
  for (int i = 0; i < 20; ++i, now += seconds{15}) {
    EXPECT_FALSE(limit.wait("192.0.2.1", now)) << i;
    limit.failed("192.0.2.1", now);
  }
  for (int i = 0; i < 4; ++i) limit.failed("192.0.2.9", now);
  limit.succeeded("192.0.2.9");
  limit.failed("192.0.2.9", now);
  EXPECT_FALSE(limit.wait("192.0.2.9", now));
  for (int i = 0; i < 100; ++i) {
    const std::string address = "198.51.100." + std::to_string(i);
    limit.failed(address, now);
    limit.succeeded(address);
  }
  EXPECT_FALSE(limit.wait("203.0.113.1", now)) << "those that were right count for nobody";
}

TEST(SignInLimit, AllAddressesTogetherAreBounded) {
  SignInLimit limit;
  const SteadyPoint now{hours{1}};
  for (int i = 0; i < 30; ++i) {
    const std::string address = "192.0.2." + std::to_string(i);
    EXPECT_FALSE(limit.wait(address, now)) << i;
    limit.failed(address, now);
  }
  EXPECT_EQ(limit.wait("198.51.100.1", now + seconds{10}), seconds{50});
  EXPECT_FALSE(limit.wait("198.51.100.1", now + seconds{60}));
  EXPECT_EQ(limit.addresses(), 30U);
  EXPECT_FALSE(limit.wait("198.51.100.1", now + hours{1}));
  EXPECT_EQ(limit.addresses(), 0U) << "addresses are forgotten";
}

}  // namespace
}  // namespace otto::api
