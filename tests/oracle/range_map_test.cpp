#include "sim/oracle/range_map.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <vector>

namespace kafault {
namespace {

using Stretch = RangeMap::Stretch;
using testing::ElementsAre;

std::vector<Stretch> stretches_of(const RangeMap& map) {
  std::vector<Stretch> all;
  map.for_each([&](const Stretch& stretch) { all.push_back(stretch); });
  EXPECT_EQ(all.size(), map.stretches());
  return all;
}

TEST(RangeMap, OneStretchSaysWhatGoesUpTogether) {
  RangeMap map;
  map.assign(0, 16, 100);
  map.assign(16, 4, 116);
  map.assign(20, 4, 200);
  map.assign(30, 1, 210);

  EXPECT_THAT(stretches_of(map),
              ElementsAre(Stretch{0, 20, 100}, Stretch{20, 4, 200}, Stretch{30, 1, 210}));
  EXPECT_EQ(map.value_of(19), 119);
  EXPECT_EQ(map.value_of(20), 200);
  EXPECT_EQ(map.value_of(24), -1);
  EXPECT_EQ(map.end(), 31U);
}

TEST(RangeMap, KnowsWhatIsMappedAndWhereTo) {
  RangeMap map;
  map.assign(10, 10, 0);
  map.assign(20, 5, 50);

  EXPECT_TRUE(map.has_all(12, 13));
  EXPECT_FALSE(map.has_all(12, 14));
  EXPECT_FALSE(map.has_all(9, 2));
  EXPECT_TRUE(map.has_any(0, 11));
  EXPECT_FALSE(map.has_any(0, 10));
  EXPECT_TRUE(map.maps(12, 8, 2));
  EXPECT_FALSE(map.maps(12, 8, 3));
  EXPECT_FALSE(map.maps(12, 9, 2));
}

// Against a map of single numbers, with every short range on top of every other.
TEST(RangeMap, WhatIsAssignedLastCounts) {
  for (std::uint32_t a = 0; a < 6; ++a) {
    for (std::uint32_t b = 0; b < 6; ++b) {
      for (std::uint32_t count = 1; count < 6; ++count) {
        for (const std::int64_t value : {0, 1, 40}) {
          RangeMap map;
          std::map<std::uint32_t, std::int64_t> singly;
          const auto assign = [&](std::uint32_t first, std::uint32_t many, std::int64_t to) {
            map.assign(first, many, to);
            for (std::uint32_t i = 0; i < many; ++i) singly[first + i] = to + i;
          };
          assign(a, 3, a);
          assign(7, 2, 7);
          assign(b, count, b + value);
          assign(3, 1, 3);

          std::map<std::uint32_t, std::int64_t> visited;
          map.for_each(0, 20, [&](const Stretch& stretch) {
            for (std::uint32_t i = 0; i < stretch.count; ++i) {
              visited[stretch.first + i] = stretch.value + i;
            }
          });
          ASSERT_EQ(visited, singly) << a << " " << b << " " << count << " " << value;
          const std::vector<Stretch> stretches = stretches_of(map);
          for (std::size_t i = 1; i < stretches.size(); ++i) {
            ASSERT_FALSE(stretches[i - 1].goes_on_with(stretches[i]));
          }
        }
      }
    }
  }
}

}  // namespace
}  // namespace kafault
