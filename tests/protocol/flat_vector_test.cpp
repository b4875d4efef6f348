#include "sim/protocol/flat_vector.hpp"

#include <gmock/gmock.h>

#include <utility>

#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Numbers = FlatVector<int>;

TEST(FlatVector, GrowsWithWhatItGets) {
  Numbers numbers;
  for (int i = 0; i < 5; ++i) numbers.push_back(i);
  numbers.emplace_back() = 7;
  numbers.append(Numbers{8, 9});

  EXPECT_THAT(numbers, ElementsAre(0, 1, 2, 3, 4, 7, 8, 9));
}

TEST(FlatVector, TakesOneOfItsOwnAlsoWhenItGrows) {
  Numbers numbers{3};
  for (int i = 0; i < 4; ++i) numbers.push_back(numbers.front());

  EXPECT_THAT(numbers, ElementsAre(3, 3, 3, 3, 3));
}

TEST(FlatVector, HandsOutElementsAsTheyAreMade) {
  Numbers numbers{5};
  numbers.clear();

  EXPECT_EQ(numbers.emplace_back(), 0);
}

TEST(FlatVector, LosesElementsAtBothEndsAndInBetween) {
  Numbers numbers{1, 2, 3, 4, 5, 6};
  numbers.pop_back();
  numbers.erase_front(1);
  numbers.erase_if([](int number) { return number == 3; });

  EXPECT_THAT(numbers, ElementsAre(2, 4, 5));
}

TEST(FlatVector, IsCopiedMovedAndSwappedByValue) {
  Numbers numbers{1, 2};
  Numbers copy = numbers;
  copy.push_back(3);
  Numbers moved = std::move(copy);
  numbers.swap(moved);

  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
  EXPECT_EQ(moved, (Numbers{1, 2}));
}

TEST(FlatVector, AllocatesNothingOnceItIsWarm) {
  const Numbers other{1, 2, 3};
  Numbers numbers = other;
  const test::AllocationCounter allocations;
  numbers.clear();
  numbers = other;
  const Numbers moved = std::move(numbers);

  EXPECT_EQ(allocations.count(), 0U);
  EXPECT_THAT(moved, ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace kafault
