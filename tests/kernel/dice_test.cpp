#include "sim/kernel/dice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <chrono>

namespace kafault {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::Ge;
using ::testing::Le;

TEST(Dice, OfSeedZeroAreFixed) {
  Dice dice;
  EXPECT_TRUE(dice.are_fixed());
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(dice.below(6), 0);
    EXPECT_EQ(dice.jitter().millionths, 0);
  }
}

TEST(Dice, OfTheSameSeedRollAlike) {
  Dice one(7);
  Dice other(7);
  Dice third(8);
  int same = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int32_t rolled = one.below(1000);
    EXPECT_EQ(other.below(1000), rolled);
    same += third.below(1000) == rolled ? 1 : 0;
  }
  EXPECT_LT(same, 5);
}

// Of 60,000 throws 10,000 are expected of each face, give or take 91; five times that happens once
// in two million.
TEST(Dice, ShowEveryFaceEquallyOften) {
  Dice dice(1);
  std::array<int, 6> faces{};
  for (int i = 0; i < 60'000; ++i) ++faces[static_cast<std::size_t>(dice.below(6))];
  EXPECT_THAT(faces, Each(AllOf(Ge(9'540), Le(10'460))));
}

// ExponentialBackoff: random(1 - 0.2, 1 + 0.2) times the wait, at most the maximum.
TEST(Jitter, IsUpToTwentyPercentBothWays) {
  Dice dice(3);
  Duration shortest = forever;
  Duration longest{};
  Duration sum{};
  constexpr int times = 10'000;
  for (int i = 0; i < times; ++i) {
    const Duration wait = dice.jitter().of(100ms, 1s);
    shortest = std::min(shortest, wait);
    longest = std::max(longest, wait);
    sum += wait;
  }
  EXPECT_GE(shortest, 80ms);
  EXPECT_LT(shortest, 80100us);
  EXPECT_LE(longest, 120ms);
  EXPECT_GT(longest, 119900us);
  // The mean's standard error is 0.115 ms.
  EXPECT_NEAR(static_cast<double>((sum / times).count()), 1e8, 6e5);
}

TEST(Jitter, NeverGoesBeyondTheMaximum) {
  Dice dice(3);
  int capped = 0;
  for (int i = 0; i < 1000; ++i) {
    const Duration wait = dice.jitter().of(1s, 1s);
    EXPECT_GE(wait, 800ms);
    capped += wait == 1s ? 1 : 0;
    EXPECT_LE(wait, 1s);
  }
  EXPECT_NEAR(capped, 500, 80);
}

}  // namespace
}  // namespace kafault
