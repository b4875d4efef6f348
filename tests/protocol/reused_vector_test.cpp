#include "sim/protocol/reused_vector.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "tests/support/allocation_counter.hpp"

namespace kafault {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

using Row = std::vector<int>;
using Rows = ReusedVector<Row>;

TEST(ReusedVector, HandsOutClearedElements) {
  Rows rows;
  rows.push_back({1, 2});
  rows.clear();
  EXPECT_THAT(rows, IsEmpty());
  EXPECT_THAT(rows.emplace_back(), IsEmpty());
}

TEST(ReusedVector, KeepsTheOrderOfThoseThatStay) {
  Rows rows{Row{1}, Row{2}, Row{3}, Row{4}};
  rows.erase_if([](const Row& row) { return row.front() % 2 == 1; });
  EXPECT_THAT(rows, ElementsAre(ElementsAre(2), ElementsAre(4)));
}

TEST(ReusedVector, CopiesOnlyWhatItHolds) {
  Rows longer{Row{1}, Row{2}, Row{3}};
  const Rows shorter{Row{7}};
  longer = shorter;
  EXPECT_EQ(longer, shorter);
  Rows again = longer;
  again = Rows{Row{1}, Row{2}};
  EXPECT_THAT(again, ElementsAre(ElementsAre(1), ElementsAre(2)));
}

TEST(ReusedVector, AllocatesNothingForWhatItOnceHeld) {
  Rows rows{Row{1, 2, 3}, Row{4, 5}, Row{6, 7}};
  const Rows other{Row{8}, Row{9, 10}};
  const test::AllocationCounter allocations;
  rows.erase_if([](const Row& row) { return row.size() == 3; });
  rows.emplace_back().assign(3, 0);
  rows.clear();
  rows.emplace_back().assign(2, 1);
  rows = other;
  EXPECT_EQ(allocations.count(), 0U);
}

}  // namespace
}  // namespace kafault
