#include "sim/explore/visited_set.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <optional>
#include <thread>
#include <vector>

#include "sim/kernel/digest.hpp"

namespace kafault {
namespace {

TEST(VisitedSet, IsClaimedByTheFirstPath) {
  VisitedSet visited;

  EXPECT_TRUE(visited.claim(7, {1, 10}));
  EXPECT_FALSE(visited.claim(7, {2, 20}));

  EXPECT_EQ(visited.find(7), (PathPlace{1, 10}));
  EXPECT_EQ(visited.find(7 + 256), std::nullopt);
  EXPECT_EQ(visited.size(), 1);
}

TEST(VisitedSet, LetsAPathTakeAWorldThatWaits) {
  VisitedSet visited;

  EXPECT_TRUE(visited.announce(7));
  EXPECT_FALSE(visited.announce(7));
  EXPECT_EQ(visited.find(7), std::nullopt);
  EXPECT_TRUE(visited.claim(7, {1, 10}));
  EXPECT_FALSE(visited.claim(7, {2, 0}));  // the one that waited
  EXPECT_FALSE(visited.announce(7));

  EXPECT_EQ(visited.find(7), (PathPlace{1, 10}));
  EXPECT_EQ(visited.size(), 1);
}

TEST(VisitedSet, KeepsEveryFingerprintWhileItGrows) {
  VisitedSet visited;
  constexpr std::uint32_t many = 200'000;
  for (std::uint32_t i = 0; i < many; ++i) ASSERT_TRUE(visited.claim(mix(i), {i, i + 1}));

  for (std::uint32_t i = 0; i < many; ++i) {
    ASSERT_EQ(visited.find(mix(i)), (PathPlace{i, i + 1})) << i;
    ASSERT_EQ(visited.find(mix(i + many)), std::nullopt) << i;
  }
  EXPECT_EQ(visited.size(), many);
}

TEST(VisitedSet, KeepsFingerprintsThatWantTheSamePlace) {
  VisitedSet visited;
  // All in one shard, and all at its end, so that the search wraps around.
  const auto fingerprint = [](std::uint64_t i) { return 0xffffffff'00000000U + 256 * i; };
  for (std::uint32_t i = 0; i < 1000; ++i) ASSERT_TRUE(visited.claim(fingerprint(i), {i, 0}));

  for (std::uint32_t i = 0; i < 1000; ++i) {
    ASSERT_EQ(visited.find(fingerprint(i)), (PathPlace{i, 0})) << i;
  }
  EXPECT_EQ(visited.find(fingerprint(1000)), std::nullopt);
}

TEST(VisitedSet, TakesTwentyFourBytesAWorld) {
  VisitedSet visited;
  for (std::uint32_t i = 0; i < 400'000; ++i) {
    visited.claim(mix(i), {i, 0});
    if (i >= 200'000 && i % 1000 == 0) {
      ASSERT_LE(visited.peak_bytes(), std::uint64_t{24} * (i + 1)) << i;
      ASSERT_LE(visited.bytes(), visited.peak_bytes());
    }
  }
  EXPECT_GE(visited.bytes(), 400'000U * 16U);
}

TEST(VisitedSet, IsClaimedOnceByManyThreads) {
  VisitedSet visited(true);
  constexpr std::uint32_t many = 50'000;
  std::atomic<std::uint32_t> claimed = 0;
  std::atomic<std::uint32_t> announced = 0;
  const auto work = [&](std::uint32_t thread) {
    for (std::uint32_t i = 0; i < many; ++i) {
      if (i % 2 == 0 && visited.announce(mix(i))) ++announced;
      if (visited.claim(mix(i), {i, thread})) ++claimed;
    }
  };
  std::vector<std::thread> threads;
  for (std::uint32_t t = 0; t < 4; ++t) threads.emplace_back(work, t);
  for (std::thread& thread : threads) thread.join();

  EXPECT_EQ(claimed, many);
  EXPECT_EQ(announced, many / 2);
  EXPECT_EQ(visited.size(), many);
  for (std::uint32_t i = 0; i < many; ++i) ASSERT_EQ(visited.find(mix(i))->path, i);
}

}  // namespace
}  // namespace kafault
