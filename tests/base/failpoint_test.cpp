#include "otto/base/failpoint.hpp"

#include <gtest/gtest.h>
#include <set>
#include <string>

namespace otto::failpoint {
namespace {

TEST(Failpoint, EveryPlaceHasANameOfItsOwnOfStageAndName) {
  std::set<std::string_view> seen;
  for (const auto name : names()) {
    EXPECT_TRUE(seen.insert(name).second) << name;
    const auto dot = name.find('.');
    EXPECT_TRUE(dot != std::string_view::npos && dot > 0 && dot + 1 < name.size()) << name;
  }
  EXPECT_GE(seen.size(), 24U);
}

TEST(Failpoint, NothingStandsBehindAPlaceUnlessAProgramPutsItThere) {
  EXPECT_EQ(hook, nullptr);
  pass("claim", "before_commit");
  EXPECT_FALSE(is_broken("once"));
}

}  // namespace
}  // namespace otto::failpoint
