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

TEST(Reach, BeyondItsRoomItIsLeftOutAndWhatIsGoneMayBeAskedFor) {
  Reach all;
  for (std::size_t i = 0; i < 100; ++i) all.add(kMemory + 128 * i, 1);
  EXPECT_EQ(all.lines(), 13U);
  Reach twice = all;
  twice.add(all);
  EXPECT_EQ(twice.lines(), 13U);

  Reach gone;
  {
    const std::vector<char> memory(1'000'000);
    gone.add(memory.data(), 4096);
  }
  gone.fetch();
}

}  // namespace
}  // namespace otto
