#include "sim/client/workers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kafault {
namespace {

using testing::IsEmpty;

std::vector<CommittedOffset> finished(const Workers& workers) {
  std::vector<CommittedOffset> offsets;
  workers.finished_prefix(offsets);
  return offsets;
}

// Two threads, ten records of one partition; the second record is finished before the first.
Workers second_before_first(bool takes_highest) {
  Workers workers(2, takes_highest);
  workers.hand_over({0, 0, 0, 10, 0});
  workers.start(0, Instant{});
  workers.start(1, Instant{});
  workers.finish(1);
  return workers;
}

TEST(Workers, HoldThePrefixBackUntilItIsContiguous) {
  Workers workers = second_before_first(false);
  EXPECT_THAT(finished(workers), IsEmpty());

  workers.finish(0);
  ASSERT_EQ(finished(workers).size(), 1U);
  EXPECT_EQ(finished(workers)[0].offset, 2);
}

TEST(Workers, PassWhatIsNotFinishedIfTheHighestCounts) {
  const Workers workers = second_before_first(true);

  ASSERT_EQ(finished(workers).size(), 1U);
  EXPECT_EQ(finished(workers)[0].offset, 2) << "the first is still being handled";
}

TEST(Workers, NeverFinishWhatTheyAbandon) {
  Workers workers = second_before_first(false);
  workers.abandon(0);

  EXPECT_THAT(finished(workers), IsEmpty());
}

TEST(Workers, DisownOnlyThePartitionThatMoves) {
  Workers workers(1, false);
  workers.hand_over({0, 0, 0, 1, 0});
  workers.hand_over({1, 0, 0, 1, 7});
  workers.start(0, Instant{});
  workers.forget_progress(0);
  workers.finish(0);
  EXPECT_THAT(finished(workers), IsEmpty()) << "its partition is another's now";

  workers.start(0, Instant{});
  workers.finish(0);
  ASSERT_EQ(finished(workers).size(), 1U);
  EXPECT_EQ(finished(workers)[0].partition, 1);
  EXPECT_EQ(finished(workers)[0].offset, 8);
}

TEST(Workers, ForgetWhatIsAnothersNowUnlessTheApplicationDoesNotLook) {
  for (const bool keeps : {false, true}) {
    Workers workers(1, false, keeps);
    workers.begin();
    PolledRange range;
    range.partition = 0;
    range.count = 3;
    workers.hand_over(range);
    workers.forget_progress(0);
    workers.finish_queued();
    std::vector<CommittedOffset> offsets;
    workers.finished_prefix(offsets);

    EXPECT_EQ(offsets.size(), keeps ? 1U : 0U);
  }
}

}  // namespace
}  // namespace kafault
