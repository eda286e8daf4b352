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

}  // namespace
}  // namespace otto::test
