#include "otto/base/plural.hpp"

#include <gtest/gtest.h>

namespace otto {
namespace {

TEST(Plural, OneIsTheOnlySingular) {
  EXPECT_EQ(counted(0, "call"), "0 calls");
  EXPECT_EQ(counted(1, "call"), "1 call");
  EXPECT_EQ(counted(2, "call"), "2 calls");
  EXPECT_EQ(counted(1, "call is", "calls are"), "1 call is");
  EXPECT_EQ(counted(3, "call is", "calls are"), "3 calls are");
}

TEST(Plural, TimesReadAsPeopleSayThem) {
  EXPECT_EQ(times(0), "not at all");
  EXPECT_EQ(times(1), "once");
  EXPECT_EQ(times(2), "twice");
  EXPECT_EQ(times(3), "3 times");
}

}  // namespace
}  // namespace otto
