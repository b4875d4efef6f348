#include "sim/explore/shrink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "sim/explore/replay.hpp"
#include "sim/kernel/contract.hpp"
#include "tests/explore/toys.hpp"

namespace kafault {
namespace {

using test::Courier;
using test::Sum;
using test::Wound;
using testing::ElementsAre;

// Whether the run of a script breaks promise 0 of a world.
template <class World>
std::function<bool(const Script&)> breaks(const World& start, std::uint32_t promise) {
  return [=](const Script& script) {
    const std::optional<World> world = replay(start, script);
    return world && (world->broken() & promise) != 0;
  };
}

TEST(Replay, PlaysAScriptToTheEnd) {
  const std::optional<Sum> world = replay(Sum{}, {{0, 1}, {5, 0}, {5, 1}});

  ASSERT_TRUE(world);
  EXPECT_EQ(world->sum, 2 + 1 + 2);
  EXPECT_EQ(world->left, 0);
}

TEST(Replay, RefusesAScriptThatCannotBePlayed) {
  EXPECT_FALSE(replay(Sum{}, {{0, 2}}));          // there are two options
  EXPECT_FALSE(replay(Sum{}, {{6, 0}}));          // over: nothing strikes
  EXPECT_FALSE(replay(Sum{}, {{7, 0}}));          // never comes
  EXPECT_FALSE(replay(Sum{}, {{3, 0}, {2, 0}}));  // back in time
  EXPECT_TRUE(replay(Sum{}, {}));
}

TEST(Shrink, DropsWhatIsNotNeededAndMovesTheRestForward) {
  const auto holds = breaks(Wound{}, 1);

  EXPECT_THAT(shrink({{1, 0}, {6, 0}, {8, 0}, {11, 0}}, holds),
              ElementsAre(Strike{0, 0}, Strike{1, 0}));
}

TEST(Shrink, FindsTheOneDropThatMatters) {
  const auto holds = breaks(Courier{}, Courier::duplicated);
  // The record, its repetition's ack, and both again for the second record.
  const Script script{{1, 0}, {7, 0}, {15, 0}, {21, 0}};
  ASSERT_TRUE(holds(script));

  EXPECT_THAT(shrink(script, holds), ElementsAre(Strike{2, 0}));
}

TEST(Shrink, PrefersEarlierOptions) {
  Sum world;
  world.most = 5;
  const auto reaches_four = [=](const Script& script) {
    const std::optional<Sum> end = replay(world, script);
    return end && end->sum >= 4;
  };

  EXPECT_THAT(shrink({{2, 4}, {3, 4}}, reaches_four), ElementsAre(Strike{0, 3}));
}

TEST(Shrink, LeavesNothingThatCouldBeSmallerByOneChange) {
  // True of scripts that no simple rule describes.
  const auto holds = [](const Script& script) {
    std::uint64_t sum = 0;
    for (const Strike& strike : script) sum += 7 * strike.step + 3 * strike.option + 1;
    return sum % 5 == 2 && std::is_sorted(script.begin(), script.end());
  };
  for (std::uint32_t n = 0; n < 200; ++n) {
    const Script script{{n % 7, n % 4}, {n % 7 + n % 3, n % 5 + 4}, {n % 7 + n % 11 + 3, n % 3}};
    if (!holds(script)) continue;

    const Script small = shrink(script, holds);

    ASSERT_TRUE(holds(small));
    for (std::size_t i = 0; i < small.size(); ++i) {
      Script candidate = small;
      candidate.erase(candidate.begin() + static_cast<std::ptrdiff_t>(i));
      EXPECT_FALSE(holds(candidate)) << "without misfortune " << i << " of " << n;
      for (std::uint32_t s = i == 0 ? 0 : small[i - 1].step; s < small[i].step; ++s) {
        candidate = small;
        candidate[i].step = s;
        EXPECT_FALSE(holds(candidate)) << "misfortune " << i << " of " << n << " at step " << s;
      }
      for (std::uint32_t o = 0; o < small[i].option; ++o) {
        candidate = small;
        candidate[i].option = o;
        EXPECT_FALSE(holds(candidate)) << "misfortune " << i << " of " << n << " as option " << o;
      }
    }
  }
}

TEST(Shrink, RefusesAScriptThatDoesNotHold) {
  EXPECT_THROW(shrink({}, breaks(Wound{}, 1)), ContractViolation);
}

}  // namespace
}  // namespace kafault
