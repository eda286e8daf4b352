#include "otto/base/reach.hpp"

#include <gtest/gtest.h>
#include <vector>

namespace otto {
namespace {

alignas(64) constexpr char kMemory[16'384]{};

TEST(Reach, CoversEveryLineThatAnObjectTouches) {
  EXPECT_EQ((Reach{kMemory, 1}.lines()), 1U);
  EXPECT_EQ((Reach{kMemory, 64}.lines()), 1U);
  EXPECT_EQ((Reach{kMemory + 63, 2}.lines()), 2U);
  EXPECT_EQ((Reach{kMemory + 1, 64}.lines()), 2U);
  EXPECT_EQ((Reach{kMemory, 65 * 64}.lines()), 65U) << "more than one stretch holds";
  EXPECT_EQ((Reach{kMemory + 10, 4000}.lines()), 63U);
}

TEST(Reach, NothingIsNothing) {
  EXPECT_EQ(Reach{}.lines(), 0U);
  EXPECT_EQ((Reach{nullptr, 100}.lines()), 0U);
  EXPECT_EQ((Reach{kMemory, 0}.lines()), 0U);
}

TEST(Reach, BeyondItsRoomItIsLeftOut) {
  Reach all;
  for (std::size_t i = 0; i < 100; ++i) all.add(kMemory + 128 * i, 1);
  EXPECT_EQ(all.lines(), 13U);
  Reach twice = all;
  twice.add(all);
  EXPECT_EQ(twice.lines(), 13U);
}

/// How often fetch_some() is called until nothing is left.
int fetches(Ahead& ahead) {
  int count = 0;
  for (; ahead.waiting() > 0 && count < 1000; ++count) ahead.fetch_some();
  return count;
}

TEST(Ahead, FetchesSixteenLinesAtOnce) {
  Ahead ahead;
  ahead.fetch_some();
  EXPECT_EQ(ahead.waiting(), 0U);
  ahead.add(kMemory, 1);
  EXPECT_EQ(fetches(ahead), 1);
  ahead.add(kMemory, 16);
  EXPECT_EQ(fetches(ahead), 1);
  ahead.add(kMemory + 5, 17);
  EXPECT_EQ(fetches(ahead), 2);
  ahead.add(kMemory, 64);
  ahead.add(kMemory + 4096, 64);
  EXPECT_EQ(fetches(ahead), 8);
  ahead.add(Reach{kMemory, 65 * 64});
  EXPECT_EQ(ahead.waiting(), 2U);
  EXPECT_EQ(fetches(ahead), 5);
}

TEST(Ahead, WhatIsGoneMayBeAskedForAndNothingIsNothing) {
  Ahead ahead;
  ahead.add(nullptr, 5);
  ahead.add(Reach{});
  EXPECT_EQ(ahead.waiting(), 0U);
  {
    const std::vector<char> memory(1'000'000);
    ahead.add(Reach{memory.data(), 4096});
  }
  EXPECT_GE(fetches(ahead), 4);
}

TEST(Ahead, TheOldestIsDroppedWhenTooMuchWaits) {
  Ahead ahead;
  ahead.add(kMemory, 64);
  for (std::size_t i = 0; i < 64; ++i) ahead.add(kMemory + 64 * i, 1);
  EXPECT_EQ(ahead.waiting(), 64U);
  EXPECT_EQ(fetches(ahead), 4) << "without the first, which had 64 lines";
}

}  // namespace
}  // namespace otto
