#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using OffsetsTest = CoordinatorTest;

TEST_F(OffsetsTest, AppliesACommitWhenItIsReplicatedAndThenAnswers) {
  const auto ids = settle(1);

  commit(ids[0], 1, {{0, 7, 0}, {1, 3, 0}}, seconds(4));
  append_all(seconds(4));
  EXPECT_THAT(bench.all<OffsetCommitResponse>(), IsEmpty());
  EXPECT_EQ(coordinator->committed(0, 0), no_offset);

  commit_log(seconds(4));

  EXPECT_THAT(bench.all<OffsetCommitResponse>(), SizeIs(1));
  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::none);
  EXPECT_EQ(coordinator->committed(0, 0), 7);
  EXPECT_EQ(coordinator->committed(0, 1), 3);
  EXPECT_THAT(bench.notes(ObservationKind::OffsetCommitted), SizeIs(2));
  EXPECT_EQ(bench.out.effects().back().kind, Effect::Kind::reply) << "a crash may come between";
}

TEST_F(OffsetsTest, AnswersWhenTheHighWatermarkWasThereFirst) {
  const auto ids = settle(1);
  LocalEvent ahead;
  ahead.kind = LocalEvent::Kind::committed;
  ahead.offset = log_end + 1;
  commit(ids[0], 1, {{0, 7, 0}}, seconds(4));
  const LocalEvent append = bench.locals()[0];
  coordinator->on_local(ahead, at(seconds(4)), bench.fresh().out);

  LocalEvent appended;
  appended.kind = LocalEvent::Kind::appended;
  appended.tag = append.tag;
  appended.offset = log_end + 1;
  coordinator->on_local(appended, at(seconds(4)), bench.fresh().out);

  EXPECT_THAT(bench.all<OffsetCommitResponse>(), SizeIs(1));
}

TEST_F(OffsetsTest, TellsWhatIsCommittedAndNothingElse) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 2}}, seconds(4));
  append_all(seconds(4));
  EXPECT_EQ(fetch_offsets(seconds(4))[0].offset, no_offset);
  commit_log(seconds(5));

  const auto offsets = fetch_offsets(seconds(5));

  ASSERT_THAT(offsets, SizeIs(2));
  EXPECT_EQ(offsets[0].offset, 7);
  EXPECT_EQ(offsets[0].leader_epoch, 2);
  EXPECT_EQ(offsets[1].partition, 1);
  EXPECT_EQ(offsets[1].offset, no_offset);
}

TEST_F(OffsetsTest, AcceptsAnOffsetThatMovesBackwards) {
  const auto ids = settle(1);
  for (const Offset offset : {9, 4}) {
    commit(ids[0], 1, {{0, offset, 0}}, seconds(4));
    append_all(seconds(4));
    commit_log(seconds(4));
  }

  EXPECT_EQ(coordinator->committed(0, 0), 4);
}

TEST_F(OffsetsTest, RefusesAnEvictedMemberAndSaysSo) {
  settle(1);

  commit(99, 1, {{0, 7, 0}}, seconds(4));

  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::unknown_member_id);
  ASSERT_THAT(bench.notes(ObservationKind::CommitRejected), SizeIs(1));
  EXPECT_EQ(bench.notes(ObservationKind::CommitRejected)[0].error, Error::unknown_member_id);
  EXPECT_THAT(bench.locals(), IsEmpty());
}

TEST_F(OffsetsTest, GivesUpACommitThatIsNotReplicatedYetAppliesItLater) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(10));
  append_all(seconds(10));

  timer(seconds(15));
  ASSERT_THAT(bench.all<OffsetCommitResponse>(), SizeIs(1));
  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::coordinator_not_available);
  EXPECT_TRUE(coordinator->has_pending_commits());

  commit_log(seconds(16));
  EXPECT_EQ(coordinator->committed(0, 0), 7);
  EXPECT_THAT(bench.all<OffsetCommitResponse>(), IsEmpty()) << "it was answered";
  EXPECT_THAT(bench.notes(ObservationKind::OffsetCommitted), SizeIs(1));
}

TEST_F(OffsetsTest, PassesOnThatItsBrokerNoLongerLeads) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(4));

  append_all(seconds(4), Error::not_leader_or_follower);

  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::not_coordinator);
  EXPECT_FALSE(coordinator->has_pending_commits());
}

TEST_F(OffsetsTest, SendsWaitingCommitsAwayWhenItResigns) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(4));
  append_all(seconds(4));

  tell(LocalEvent::Kind::resigned, seconds(5));

  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::not_coordinator);
}

TEST_F(OffsetsTest, FindsAnUnansweredCommitInTheLogAfterAFailover) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(4));
  append_all(seconds(4));

  fail_over(1, seconds(12));

  EXPECT_EQ(coordinator->committed(0, 0), 7);
}

TEST_F(OffsetsTest, ForgetsWhatWasNeverAppended) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(4));

  fail_over(1, seconds(12));

  EXPECT_EQ(coordinator->committed(0, 0), no_offset);
  EXPECT_TRUE(coordinator->is_stable(0));
}

TEST_F(OffsetsTest, ServesNothingAfterACrash) {
  settle(1);
  coordinator->crash();

  OffsetFetchRequest request;
  request.group = 0;
  request.partitions = {0};
  coordinator->on(request, from(10), at(seconds(9)), bench.fresh().out);

  EXPECT_EQ(bench.only<OffsetFetchResponse>().error, Error::not_coordinator);
  EXPECT_THAT(coordinator->members(0), IsEmpty());
}

// AlterConsumerGroupOffsets: a commit in no generation.
TEST_F(OffsetsTest, LetsAnOperatorMoveTheOffsetsOfAGroupWithoutMembers) {
  OffsetCommitRequest reset;
  reset.group = 0;
  reset.offsets = {{0, 3, no_epoch}};
  const auto ids = settle(1);

  coordinator->alter_offsets(reset, at(seconds(4)), bench.fresh().out);
  EXPECT_THAT(bench.locals(), IsEmpty());
  EXPECT_THAT(bench.notes(ObservationKind::CommitRejected), SizeIs(1));

  leave(ids[0], seconds(5));
  append_all(seconds(5));
  commit_log(seconds(5));
  coordinator->alter_offsets(reset, at(seconds(6)), bench.fresh().out);
  append_all(seconds(6));
  commit_log(seconds(6));

  EXPECT_EQ(coordinator->committed(0, 0), 3);
}

}  // namespace
}  // namespace kafault::test
