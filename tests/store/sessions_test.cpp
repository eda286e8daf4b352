// Signed-out sessions against PostgreSQL.
#include <gmock/gmock.h>

#include "tests/store/fixture.hpp"

namespace otto::test {
namespace {

using SessionsTest = StoreTest;
using Ids = std::vector<std::string>;

TEST_F(SessionsTest, ASignedOutSessionIsKnownUntilItsTimeHasPassed) {
  auto& sessions = otto_->sessions();
  database().sql("TRUNCATE otto.revoked_session");
  must(sessions.revoke(Ids{"a", "b"}, kNow + hours{12}, kNow));
  must(sessions.revoke(Ids{"b"}, kNow + hours{13}, kNow));

  EXPECT_THAT(must(sessions.revoked(kNow + hours{1})), testing::UnorderedElementsAre("a", "b"));
  EXPECT_TRUE(must(sessions.revoked(kNow + hours{12})).empty());
  must(sessions.revoke(Ids{"c"}, kNow + hours{24}, kNow + hours{12}));
  EXPECT_EQ(database().count("otto.revoked_session"), 1) << "old ones are forgotten";
}

ports::SessionInUse session(std::string id, std::string role, TimePoint signed_in, TimePoint last_used) {
  ports::SessionInUse out;
  out.id = std::move(id);
  out.role = std::move(role);
  out.peer = "192.0.2.*";
  out.signed_in = signed_in;
  out.last_used = last_used;
  out.until = signed_in + hours{12};
  return out;
}

std::vector<std::string> ids_of(const std::vector<ports::SessionInUse>& sessions) {
  std::vector<std::string> ids;
  for (const auto& one : sessions) ids.push_back(one.id);
  return ids;
}

TEST_F(SessionsTest, ThoseInUseAreListedByRoleUntilTheyAreUnusedRevokedOrOver) {
  auto& sessions = otto_->sessions();
  database().sql("TRUNCATE otto.revoked_session, otto.dashboard_session");
  const auto list = [&](const char* role, TimePoint now) {
    return ids_of(must(sessions.in_use(role, now - minutes{30}, now)));
  };
  EXPECT_TRUE(must(sessions.use(session("a", "operate", kNow, kNow))));
  EXPECT_TRUE(must(sessions.use(session("b", "view", kNow, kNow))));
  EXPECT_TRUE(must(sessions.use(session("a", "operate", kNow, kNow + minutes{20}))));

  EXPECT_EQ(list("", kNow + minutes{21}), (Ids{"a", "b"}));
  EXPECT_EQ(list("view", kNow + minutes{21}), (Ids{"b"}));
  EXPECT_EQ(list("", kNow + minutes{31}), (Ids{"a"})) << "b has been unused for too long";
  const auto a = must(sessions.in_use("operate", kNow, kNow + minutes{31})).at(0);
  EXPECT_EQ(a.signed_in, kNow);
  EXPECT_EQ(a.last_used, kNow + minutes{20});
  EXPECT_EQ(a.peer, "192.0.2.*");
  must(sessions.revoke(Ids{"a"}, kNow + hours{12}, kNow + minutes{21}));
  EXPECT_FALSE(must(sessions.use(session("a", "operate", kNow, kNow + minutes{22}))));
  EXPECT_EQ(list("", kNow + minutes{22}), (Ids{"b"}));
  must(sessions.use(session("c", "view", kNow + hours{12}, kNow + hours{12})));
  EXPECT_EQ(database().count("otto.dashboard_session"), 1) << "those that are over are forgotten";
}

TEST_F(SessionsTest, ACodeIsTakenOnceByEachRole) {
  auto& sessions = otto_->sessions();
  database().sql("TRUNCATE otto.used_code");

  EXPECT_TRUE(must(sessions.take_code("operate", 60'000'000)));
  EXPECT_FALSE(must(sessions.take_code("operate", 60'000'000)));
  EXPECT_TRUE(must(sessions.take_code("view", 60'000'000)));
  EXPECT_TRUE(must(sessions.take_code("operate", 60'000'001)));
  EXPECT_TRUE(must(sessions.take_code("operate", 60'000'100)));
  EXPECT_EQ(database().count("otto.used_code"), 2) << "what is long past is forgotten";
}

}  // namespace
}  // namespace otto::test
