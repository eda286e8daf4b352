// One person's data, by their number.
#include "tests/api/api_fixture.hpp"

namespace otto::api {
namespace {

struct PersonTest : ApiTest {};

TEST_F(PersonTest, IsExportedAndErasedByAnyWayToWriteTheNumber) {
  people.persons["+14155550101"] = Json{{"phone", "+14155550101"},
                                        {"doNotCall", nullptr},
                                        {"contacts", Json::array({Json{{"name", "Maria"}}})},
                                        {"calls", Json::array()}};

  const auto answer = api("GET", "/api/persons/(415)%20555-0101");
  ASSERT_EQ(answer.status, 200) << answer.body;
  EXPECT_EQ(json_of(answer)["contacts"][0]["name"], "Maria");
  EXPECT_EQ(json_of(answer)["success"], true);
  const auto erased = api("DELETE", "/api/persons/%2B14155550101");
  ASSERT_EQ(erased.status, 200) << erased.body;
  EXPECT_EQ(people.erased, std::vector<std::string>{"+14155550101"});
  EXPECT_EQ(json_of(erased)["recordingsToRemove"], 1);
  EXPECT_EQ(erased.body.find("5550101"), std::string::npos) << "the number is gone from the answer too";

  ASSERT_EQ(audit.rows.size(), 2u);
  EXPECT_EQ(audit.rows[0].action, "person.export");
  EXPECT_EQ(audit.rows[1].action, "person.erase");
  EXPECT_EQ(audit.rows[1].target.find("555"), std::string::npos) << audit.rows[1].target;
}

TEST_F(PersonTest, AWrongNumberAndACallThatGoesOnAreRefused) {
  EXPECT_EQ(api("DELETE", "/api/persons/nobody").status, 422);
  people.refusal = Error{Errc::Conflict, "A call to this number is going on."};
  EXPECT_EQ(api("DELETE", "/api/persons/+14155550101").status, 409);
}

}  // namespace
}  // namespace otto::api
