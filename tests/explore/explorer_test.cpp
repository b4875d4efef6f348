#include "sim/explore/explorer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/explore/replay.hpp"
#include "sim/kernel/contract.hpp"
#include "tests/explore/toys.hpp"
#include "tests/support/allocation_counter.hpp"

namespace kafault {

static bool operator==(const ExploredLevel& a, const ExploredLevel& b) {
  return a.worlds == b.worlds && a.transitions == b.transitions && a.runs == b.runs;
}

namespace {

using test::Anything;
using test::Courier;
using test::Questions;
using test::Sum;
using test::Wound;
using testing::ElementsAre;
using testing::Optional;

constexpr auto with_jobs = [](int jobs) {
  ExploreOptions options;
  options.jobs = jobs;
  return options;
};
constexpr auto plainly = [](int jobs = 1) {
  ExploreOptions options = with_jobs(jobs);
  options.merge = false;
  return options;
};

std::vector<std::uint64_t> runs_of(const Exploration& found) {
  std::vector<std::uint64_t> runs;
  for (const ExploredLevel& level : found.levels) runs.push_back(level.runs);
  return runs;
}

// What does not depend on how it was searched.
void expect_same_runs(const Exploration& a, const Exploration& b) {
  EXPECT_EQ(a.counterexamples, b.counterexamples);
  EXPECT_EQ(a.runs, b.runs);
  EXPECT_EQ(runs_of(a), runs_of(b));
  EXPECT_EQ(a.depth, b.depth);
  EXPECT_EQ(a.complete_levels, b.complete_levels);
}

// What does not depend on how many threads searched.
void expect_same_search(const Exploration& a, const Exploration& b) {
  expect_same_runs(a, b);
  EXPECT_EQ(a.levels, b.levels);
  EXPECT_EQ(a.worlds, b.worlds);
  EXPECT_EQ(a.transitions, b.transitions);
}

// Explores the world in every way there is.
template <class World>
Exploration explore_thoroughly(const World& start, std::size_t budget) {
  const Exploration one = explore(start, budget);
  const Exploration plain = explore(start, budget, plainly());
  expect_same_runs(one, plain);
  for (const int jobs : {2, 7}) {
    SCOPED_TRACE(std::to_string(jobs) + " jobs");
    expect_same_search(one, explore(start, budget, with_jobs(jobs)));
    expect_same_search(plain, explore(start, budget, plainly(jobs)));
  }
  for (std::uint32_t promise = 0; promise < most_promises; ++promise) {
    const std::optional<Script>& script = one.counterexamples[promise];
    if (!script) continue;
    const std::optional<World> world = replay(start, *script);
    EXPECT_TRUE(world && (world->broken() >> promise & 1U) != 0) << "promise " << promise;
  }
  EXPECT_TRUE(one.has_finished());
  EXPECT_EQ(one.complete_levels, budget + 1);
  return one;
}

TEST(Explorer, CoversEveryRunWithinTheBudget) {
  EXPECT_THAT(runs_of(explore_thoroughly(Questions{}, 0)), ElementsAre(1));
  EXPECT_EQ(explore_thoroughly(Questions{}, 2).runs, 33);

  const Exploration found = explore_thoroughly(Questions{}, 3);

  EXPECT_THAT(runs_of(found), ElementsAre(1, 8, 24, 32));
  EXPECT_EQ(found.runs, 65);
  EXPECT_EQ(found.depth, 4);
}

TEST(Explorer, SeesADistinctWorldOnlyOnce) {
  const Exploration found = explore_thoroughly(Sum{}, 3);

  // C(6 + k - 1, k) choices of moments, the same one several times too, and two options for each.
  EXPECT_THAT(runs_of(found), ElementsAre(1, 12, 84, 448));
  // Seven moments with sums 0; 1, 2; 3, 4; 5, 6: but at the last moment nothing strikes.
  EXPECT_EQ(found.worlds, 7U * 7U);
  EXPECT_THAT(found.levels[1], (ExploredLevel{14, 2 * (6 + 12), 12}));
  // Sum 1 by one misfortune, sum 3 by two, sum 6 by three.
  EXPECT_THAT(found.counterexamples[0], Optional(ElementsAre(Strike{0, 0})));
  EXPECT_THAT(found.counterexamples[2], Optional(ElementsAre(Strike{0, 0}, Strike{0, 1})));
  EXPECT_THAT(found.counterexamples[5],
              Optional(ElementsAre(Strike{0, 1}, Strike{0, 1}, Strike{0, 1})));
  EXPECT_EQ(found.counterexamples[6], std::nullopt);
}

// Two paths that meet between two rests are followed side by side until the next one.
TEST(Explorer, ComparesWorldsThatRestWhereNothingIsLeftToStrike) {
  struct Restless : Sum {
    bool is_resting() const { return left % 3 == 0; }
  };
  const Exploration always = explore_thoroughly(Sum{}, 3);
  const Exploration sometimes = explore_thoroughly(Restless{}, 3);

  expect_same_runs(always, sometimes);
  for (const std::size_t level : {0, 1, 2})
    EXPECT_EQ(sometimes.levels[level], always.levels[level]);
  // At moments 6 to 1 a world of sum 3 or 4 is struck and has sum 5 or 6: six worlds of each. Those
  // struck at moment 6 are followed to moment 3, from 5 and 4 as well, all to a rest that is known.
  EXPECT_EQ(always.levels[3].worlds, 14U);
  EXPECT_EQ(sometimes.levels[3].worlds, 2U * (3 + 2 + 1 + 3 + 2 + 1 + 1));
}

TEST(Explorer, GoesOnInAWorldOfFewerMisfortunes) {
  const Exploration found = explore_thoroughly(Wound{}, 2);

  EXPECT_EQ(explore_thoroughly(Wound{}, 1).counterexamples[0], std::nullopt);
  EXPECT_THAT(found.counterexamples[0], Optional(ElementsAre(Strike{0, 0}, Strike{1, 0})));
  // A healed world is the world that was never struck, so that a second wound finds little new.
  EXPECT_LT(found.levels[2].worlds, found.runs);
  EXPECT_THAT(runs_of(found), ElementsAre(1, 12, 66));
}

TEST(Explorer, FindsThatOneLostAckIsEnough) {
  Courier careless;
  careless.at_most_once = true;

  const Exploration repeats = explore_thoroughly(Courier{}, 3);
  const Exploration forgets = explore_thoroughly(careless, 3);

  EXPECT_EQ(repeats.counterexamples[0], std::nullopt);
  EXPECT_THAT(repeats.counterexamples[1], Optional(ElementsAre(Strike{2, 0})));  // the ack
  EXPECT_THAT(forgets.counterexamples[0], Optional(ElementsAre(Strike{1, 0})));  // the record
  EXPECT_EQ(forgets.counterexamples[1], std::nullopt);
}

TEST(Explorer, FindsWhatRunsByThemselvesFindInAnyWorld) {
  std::uint64_t met = 0;
  std::uint64_t runs = 0;
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    Anything world;
    world.seed = seed;
    SCOPED_TRACE(seed);

    const Exploration found = explore_thoroughly(world, 3);

    runs += found.runs;
    for (const ExploredLevel& level : found.levels) met += level.worlds;
    if (testing::Test::HasFailure()) break;
  }
  EXPECT_LT(3 * met, runs);  // or nothing was merged, and nothing tested
}

TEST(Explorer, CountsMoreRunsThanItCouldRun) {
  Sum world;
  world.left = 60;
  const Exploration found = explore(world, 6);
  // C(60 + 6 - 1, 6) * 2^6
  EXPECT_EQ(found.levels[6].runs, std::uint64_t{82'598'880} * 64);

  world.left = 200;
  EXPECT_EQ(explore(world, 12).levels[12].runs, UINT64_MAX);
  EXPECT_EQ(explore(world, 12).runs, UINT64_MAX);
}

// ---- ends before the end -----------------------------------------------------------------------

TEST(Explorer, CanBeInterrupted) {
  std::atomic<bool> interrupted = false;
  ExploreOptions options;
  options.interrupted = &interrupted;
  options.on_progress = [&](const ExploreProgress& progress) {
    if (progress.level == 2) interrupted = true;
  };
  Sum world;
  world.left = 40;

  for (const bool merge : {true, false}) {
    options.merge = merge;
    interrupted = false;
    const Exploration found = explore(world, 4, options);
    const Exploration whole = explore(world, 2, merge ? ExploreOptions{} : plainly());

    EXPECT_EQ(found.end, ExploreEnd::interrupted);
    EXPECT_EQ(found.complete_levels, 2);
    EXPECT_EQ(found.levels[1], whole.levels[1]);
    EXPECT_THAT(found.counterexamples[0], Optional(ElementsAre(Strike{0, 0})));
    EXPECT_LT(found.runs, explore(world, 4).runs);
    EXPECT_EQ(explore(world, 4, options).complete_levels, 0);
    EXPECT_EQ(explore(world, 4, options).runs, 0);
  }
}

TEST(Explorer, SaysWhereItIs) {
  std::vector<std::size_t> levels;
  ExploreOptions options;
  options.on_progress = [&](const ExploreProgress& progress) {
    EXPECT_LE(progress.done, progress.total);
    if (progress.done == progress.total) levels.push_back(progress.level);
  };

  explore(Questions{}, 2, options);
  EXPECT_THAT(levels, ElementsAre(0, 1, 2));

  levels.clear();
  options.merge = false;
  explore(Questions{}, 2, options);
  EXPECT_THAT(levels, ElementsAre(0, 1, 2));
}

TEST(Explorer, StopsAtALimit) {
  Sum world;
  world.left = 200;
  world.most = 20;
  const Exploration all = explore(world, 4);
  for (const int jobs : {1, 2}) {
    ExploreOptions options = with_jobs(jobs);
    options.world_limit = all.worlds / 2;

    const Exploration half = explore(world, 4, options);

    EXPECT_EQ(half.end, ExploreEnd::world_limit);
    EXPECT_GE(half.worlds, all.worlds / 2);
    EXPECT_LT(half.worlds, all.worlds / 2 + 1000);  // it stops between two paths
    EXPECT_LT(half.complete_levels, 5);
    EXPECT_GT(half.runs, 0);
    EXPECT_LT(half.runs, all.runs);
  }
  for (const int jobs : {1, 2}) {
    // Every run by itself: nothing is lost that was followed.
    ExploreOptions options = plainly(jobs);
    options.world_limit = 1000;
    const Exploration some = explore(world, 4, options);
    EXPECT_EQ(some.end, ExploreEnd::world_limit);
    EXPECT_GE(some.worlds, 1000);
    EXPECT_LT(some.worlds, 1000 + 201 * jobs);
    EXPECT_EQ(some.complete_levels, 1);
    EXPECT_THAT(some.counterexamples[0], Optional(ElementsAre(Strike{0, 0})));

    options = plainly(jobs);
    options.memory_limit = 1'000'000;
    const Exploration small = explore(world, 4, options);
    EXPECT_EQ(small.end, ExploreEnd::memory_limit);
    EXPECT_EQ(small.complete_levels, 1);
    EXPECT_LT(small.memory_bytes, 1'200'000);
  }
  for (const int jobs : {1, 2}) {
    ExploreOptions options = with_jobs(jobs);
    options.memory_limit = all.memory_bytes / 2;

    const Exploration half = explore(world, 4, options);

    EXPECT_EQ(half.end, ExploreEnd::memory_limit);
    EXPECT_LT(half.memory_bytes, all.memory_bytes * 6 / 10);
    EXPECT_LT(half.worlds, all.worlds);
  }
}

TEST(Explorer, SaysHowLikelyACollisionIs) {
  const Exploration found = explore(Sum{}, 3);

  EXPECT_DOUBLE_EQ(found.collision_odds, 49.0 * 49.0 / std::pow(2.0, 65.0));
  EXPECT_GE(found.set_bytes, 49U * 16U);
  EXPECT_GT(found.memory_bytes, found.set_bytes);
}

// ---- what a world can do wrong -----------------------------------------------------------------

TEST(Explorer, RefusesAWorldThatComesBackToItself) {
  struct Treadmill : Sum {
    bool advance() {
      left = left == 0 ? 6 : left - 1;
      return true;
    }
  };

  EXPECT_THROW(explore(Treadmill{}, 0), ContractViolation);
}

TEST(Explorer, PassesOnWhatAWorldThrows) {
  struct Bomb : Sum {
    bool advance() {
      if (sum == 3) throw std::runtime_error("three");
      return Sum::advance();
    }
  };

  EXPECT_NO_THROW(explore(Bomb{}, 1));
  EXPECT_THROW(explore(Bomb{}, 2), std::runtime_error);
  EXPECT_THROW(explore(Bomb{}, 2, with_jobs(3)), std::runtime_error);
}

TEST(Explorer, ForksIntoWarmWorlds) {
  struct Heavy : Sum {
    std::vector<int> luggage = std::vector<int>(100);
  };
  Heavy world;
  world.left = 2000;
  const test::AllocationCounter allocations;

  const Exploration found = explore(world, 3);

  EXPECT_LT(allocations.count() * 10, found.transitions);
}

}  // namespace
}  // namespace kafault
