// What becomes of a group's offsets when the topic is deleted, and created anew.
#include "sim/protocol/topic_life.hpp"
#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::IsEmpty;

class DeletedTopicTest : public CoordinatorTest {
 protected:
  DeletedTopicTest() {
    layout.topics.front().is_recreated = true;
    coordinator->start_settled(true);
  }
  void meet(PartitionId partition, LeaderEpoch epoch, Duration now) {
    coordinator->meet(partition, epoch, at(now), bench.fresh().out);
    append_all(now);
    commit_log(now);
  }
  Error commit_alone(PartitionId partition, Offset offset, Duration now) {
    commit(no_member, -1, {{partition, offset, 0}}, now);
    append_all(now);
    commit_log(now);
    return bench.only<OffsetCommitResponse>().error;
  }
  Offset committed(PartitionId partition) const { return coordinator->committed(0, partition); }
};

TEST_F(DeletedTopicTest, TakesItsOffsetsAlong) {
  EXPECT_EQ(commit_alone(0, 7, seconds(1)), Error::none);
  EXPECT_EQ(commit_alone(1, 8, seconds(1)), Error::none);
  meet(0, 5, seconds(2));
  EXPECT_EQ(committed(0), 7) << "another leader of the same topic";

  meet(0, no_epoch, seconds(3));

  EXPECT_EQ(committed(0), no_offset);
  EXPECT_EQ(committed(1), 8) << "of which nobody has heard anything";
  fail_over(1, seconds(4));
  EXPECT_EQ(committed(0), no_offset) << "a tombstone is in the log";
  EXPECT_EQ(committed(1), 8);
}

// Its broker has fetched the end of the one and the beginning of the other together.
TEST_F(DeletedTopicTest, IsNoticedByItsSuccessor) {
  EXPECT_EQ(commit_alone(0, 7, seconds(1)), Error::none);
  meet(0, first_epoch_of(1), seconds(2));
  EXPECT_EQ(committed(0), no_offset);
}

TEST_F(DeletedTopicTest, RefusesCommitsWhileItIsGone) {
  meet(0, no_epoch, seconds(1));
  commit(no_member, -1, {{0, 7, 0}}, seconds(2));
  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::unknown_topic_or_partition);
  EXPECT_THAT(bench.locals(), IsEmpty());

  meet(0, first_epoch_of(1), seconds(3));
  EXPECT_EQ(commit_alone(0, 7, seconds(4)), Error::none) << "nobody compares ids (classic)";
  EXPECT_EQ(committed(0), 7);
}

// A commit that is in the log and not applied yet is deleted as well.
TEST_F(DeletedTopicTest, TakesCommitsOnTheirWayAlong) {
  commit(no_member, -1, {{0, 7, 0}}, seconds(1));
  append_all(seconds(1));
  meet(0, no_epoch, seconds(2));
  commit_log(seconds(3));
  EXPECT_EQ(committed(0), no_offset);
}

}  // namespace
}  // namespace kafault::test
