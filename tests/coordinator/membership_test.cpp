#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

using MembershipTest = CoordinatorTest;

TEST_F(MembershipTest, GivesANewMemberAnIdAndLetsItJoinWithIt) {
  const JoinGroupResponse first = join(10, no_member, {});
  EXPECT_EQ(first.error, Error::member_id_required);
  ASSERT_NE(first.member, no_member);

  join(10, first.member, {});

  EXPECT_THAT(bench.all<JoinGroupResponse>(), IsEmpty()) << "parked";
  EXPECT_THAT(bench.notes(ObservationKind::MemberJoined), SizeIs(1));
  EXPECT_THAT(coordinator->members(0), SizeIs(1));
}

TEST_F(MembershipTest, WaitsForMoreMembersBeforeTheFirstGeneration) {
  join_anew(10, {});
  EXPECT_EQ(bench.armed(coordinator_timer), seconds(3));

  timer(seconds(3));

  EXPECT_EQ(bench.only<JoinGroupResponse>().generation, 1);
  EXPECT_EQ(group().state, GroupState::completing_rebalance);
}

TEST_F(MembershipTest, WaitsAnotherRoundWhenSomebodyJoinedMeanwhile) {
  join_anew(10, {});
  join_anew(11, seconds(2));

  timer(seconds(3));
  EXPECT_THAT(bench.all<JoinGroupResponse>(), IsEmpty());

  timer(seconds(6));
  const auto answers = bench.all<JoinGroupResponse>();
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_THAT(answers[0].members, SizeIs(2)) << "the leader sees all";
  EXPECT_THAT(answers[1].members, IsEmpty());
}

TEST_F(MembershipTest, DoesNotDelayWithoutADelay) {
  config.group_initial_rebalance_delay = Duration{};
  join_anew(10, seconds(1));
  EXPECT_EQ(bench.armed(coordinator_timer), Duration{});

  timer(seconds(1));

  EXPECT_EQ(bench.only<JoinGroupResponse>().generation, 1);
}

TEST_F(MembershipTest, HandsOutAssignmentsOnceTheyAreStored) {
  const MemberId a = join_anew(10, {});
  const MemberId b = join_anew(11, {});
  timer(seconds(3));
  timer(seconds(6));

  sync(11, b, seconds(6));
  sync(10, a, seconds(6), {{a, 0}, {b, 1}});
  EXPECT_THAT(bench.all<SyncGroupResponse>(), IsEmpty());
  append_all(seconds(6));
  EXPECT_THAT(bench.all<SyncGroupResponse>(), IsEmpty());
  EXPECT_FALSE(coordinator->is_stable(0));

  commit_log(seconds(6));

  const auto answers = bench.all<SyncGroupResponse>();
  ASSERT_THAT(answers, SizeIs(2));
  EXPECT_THAT(answers[0].partitions, ElementsAre(0));
  EXPECT_THAT(answers[1].partitions, ElementsAre(1));
  EXPECT_TRUE(coordinator->is_stable(0));
  const auto completed = bench.notes(ObservationKind::RebalanceCompleted);
  ASSERT_THAT(completed, SizeIs(1));
  EXPECT_EQ(completed[0].epoch, 1);
  EXPECT_EQ(completed[0].count, 2U);
}

TEST_F(MembershipTest, AnswersASyncThatComesAfterTheAssignmentWasStored) {
  const MemberId a = join_anew(10, {});
  const MemberId b = join_anew(11, {});
  timer(seconds(3));
  timer(seconds(6));
  sync(10, a, seconds(6), {{a, 0}, {b, 1}});
  append_all(seconds(6));
  commit_log(seconds(6));

  EXPECT_THAT(sync(11, b, seconds(7)).partitions, ElementsAre(1));
}

TEST_F(MembershipTest, TellsMembersOfARebalanceAtTheirNextHeartbeat) {
  const auto ids = settle(1);
  EXPECT_EQ(heartbeat(ids[0], seconds(4)), Error::none);

  join_anew(11, seconds(5));

  EXPECT_THAT(bench.notes(ObservationKind::RebalanceStarted), SizeIs(1));
  EXPECT_EQ(heartbeat(ids[0], seconds(6)), Error::rebalance_in_progress);
  join(10, ids[0], seconds(7));
  EXPECT_THAT(bench.all<JoinGroupResponse>(), SizeIs(2)) << "all are there: no waiting";
  EXPECT_EQ(group().generation, 2);
}

TEST_F(MembershipTest, EvictsWhoDoesNotRejoinWithinTheRebalanceTimeout) {
  rebalance_timeout = seconds(60);
  const auto ids = settle(1);
  const MemberId b = join_anew(11, seconds(5));
  for (int s = 10; s < 65; s += 10) heartbeat(ids[0], seconds(s));
  timer(seconds(64));
  EXPECT_THAT(bench.notes(ObservationKind::MemberEvicted), IsEmpty());

  timer(seconds(65));

  const auto evicted = bench.notes(ObservationKind::MemberEvicted);
  ASSERT_THAT(evicted, SizeIs(1));
  EXPECT_EQ(evicted[0].value, ids[0]);
  EXPECT_EQ(evicted[0].count, 1U);
  EXPECT_EQ(bench.only<JoinGroupResponse>().leader, b);
  EXPECT_EQ(heartbeat(ids[0], seconds(66)), Error::unknown_member_id);
}

TEST_F(MembershipTest, EvictsASilentMemberWhenItsSessionEnds) {
  const auto ids = settle(2);
  heartbeat(ids[0], seconds(40));

  timer(seconds(48));

  const auto evicted = bench.notes(ObservationKind::MemberEvicted);
  ASSERT_THAT(evicted, SizeIs(1));
  EXPECT_EQ(evicted[0].value, ids[1]);
  EXPECT_EQ(evicted[0].count, 0U);
  EXPECT_EQ(group().state, GroupState::preparing_rebalance);
}

TEST_F(MembershipTest, RenewsASessionWithACommit) {
  const auto ids = settle(1);
  commit(ids[0], 1, {{0, 7, 0}}, seconds(40));
  append_all(seconds(40));
  commit_log(seconds(40));

  timer(seconds(50));

  EXPECT_THAT(bench.notes(ObservationKind::MemberEvicted), IsEmpty());
}

TEST_F(MembershipTest, DoesNotEvictAMemberThatIsParkedInAJoin) {
  const auto ids = settle(2);
  join(10, ids[0], seconds(5));  // the leader wants a new assignment
  for (int s = 10; s <= 100; s += 10) heartbeat(ids[1], seconds(s));

  timer(seconds(100));

  EXPECT_THAT(bench.notes(ObservationKind::MemberEvicted), IsEmpty());
  EXPECT_THAT(coordinator->members(0), SizeIs(2));
}

TEST_F(MembershipTest, EvictsANewMemberWhoseFirstJoinIsParkedForTooLong) {
  config.group_initial_rebalance_delay = minutes(10);
  join_anew(10, {});

  timer(minutes(5));

  EXPECT_EQ(bench.only<JoinGroupResponse>().error, Error::unknown_member_id);
  EXPECT_THAT(coordinator->members(0), IsEmpty());
}

TEST_F(MembershipTest, EvictsWhoJoinedAndNeverSyncs) {
  const MemberId a = join_anew(10, {});
  const MemberId b = join_anew(11, {});
  timer(seconds(3));
  timer(seconds(6));
  sync(10, a, seconds(6), {{a, 0}});
  append_all(seconds(6));
  commit_log(seconds(6));
  for (int s = 10; s < 306; s += 10) {
    heartbeat(a, seconds(s));
    heartbeat(b, seconds(s));
  }

  timer(seconds(306));

  EXPECT_EQ(bench.notes(ObservationKind::MemberEvicted)[0].value, b);
  EXPECT_EQ(group().state, GroupState::preparing_rebalance);
}

TEST_F(MembershipTest, ForgetsAnIdThatNobodyJoinsWith) {
  const auto ids = settle(1);
  join(11, no_member, seconds(10));
  join(10, ids[0], seconds(11));
  EXPECT_THAT(bench.all<JoinGroupResponse>(), IsEmpty()) << "waits for the new one";

  timer(seconds(55));

  EXPECT_EQ(bench.only<JoinGroupResponse>().generation, 2);
}

TEST_F(MembershipTest, RebalancesWhenAMemberLeaves) {
  const auto ids = settle(2);

  EXPECT_EQ(leave(ids[1], seconds(5)).error, Error::none);

  EXPECT_THAT(bench.notes(ObservationKind::MemberLeft), SizeIs(1));
  EXPECT_EQ(group().state, GroupState::preparing_rebalance);
  EXPECT_EQ(leave(ids[1], seconds(6)).error, Error::unknown_member_id);
}

TEST_F(MembershipTest, WritesDownThatItIsEmpty) {
  const auto ids = settle(1);

  leave(ids[0], seconds(5));

  ASSERT_THAT(bench.locals(), SizeIs(1));
  const GroupRecord& record = bench.journal.back();
  EXPECT_EQ(record.kind, GroupRecord::Kind::group_metadata);
  EXPECT_THAT(record.members, IsEmpty());
  EXPECT_EQ(record.generation, 2);
  EXPECT_EQ(group().state, GroupState::empty);
}

TEST_F(MembershipTest, BreaksUpAGenerationThatWasNotStoredYet) {
  const MemberId a = join_anew(10, {});
  const MemberId b = join_anew(11, {});
  timer(seconds(3));
  timer(seconds(6));
  sync(11, b, seconds(6));

  leave(a, seconds(7));

  EXPECT_EQ(bench.only<SyncGroupResponse>().error, Error::rebalance_in_progress);
  EXPECT_EQ(group().state, GroupState::preparing_rebalance);
}

TEST_F(MembershipTest, StartsOverWhenAnAssignmentCannotBeStoredInTime) {
  const MemberId a = join_anew(10, {});
  timer(seconds(3));
  sync(10, a, seconds(3), {{a, 0}});
  append_all(seconds(3));

  timer(seconds(8));

  EXPECT_EQ(bench.only<SyncGroupResponse>().error, Error::coordinator_not_available);
  EXPECT_EQ(group().state, GroupState::preparing_rebalance);
}

TEST_F(MembershipTest, KeepsAStableGroupStableAcrossAFailover) {
  const auto ids = settle(2);

  fail_over(1, seconds(20));

  EXPECT_TRUE(coordinator->is_stable(0));
  EXPECT_EQ(group().generation, 1);
  EXPECT_EQ(heartbeat(ids[0], seconds(21)), Error::none);
  timer(seconds(64));
  EXPECT_THAT(bench.notes(ObservationKind::MemberEvicted), IsEmpty()) << "sessions began anew";
  timer(seconds(65));
  EXPECT_EQ(bench.notes(ObservationKind::MemberEvicted)[0].value, ids[1]);
}

TEST_F(MembershipTest, GivesOutIdsThatNoEarlierCoordinatorGave) {
  const auto ids = settle(1);

  fail_over(1, seconds(20));

  EXPECT_GT(join(11, no_member, seconds(21)).member, ids[0]);
}

TEST_F(MembershipTest, SendsEverybodyAwayWhenItResigns) {
  settle(2);
  const MemberId c = join(12, no_member, seconds(4)).member;
  join(12, c, seconds(4));

  tell(LocalEvent::Kind::resigned, seconds(5));

  EXPECT_EQ(bench.only<JoinGroupResponse>().error, Error::not_coordinator);
  EXPECT_EQ(join(12, c, seconds(6)).error, Error::not_coordinator);
  EXPECT_EQ(heartbeat(c, seconds(6)), Error::not_coordinator);
}

TEST_F(MembershipTest, SaysWhoCoordinates) {
  coordinator->set_coordinator(3);
  coordinator->on(FindCoordinatorRequest{}, from(10), at({}), bench.fresh().out);
  EXPECT_EQ(bench.only<FindCoordinatorResponse>().coordinator, 3);

  coordinator->set_coordinator(no_node);
  coordinator->on(FindCoordinatorRequest{}, from(10), at({}), bench.fresh().out);
  EXPECT_EQ(bench.only<FindCoordinatorResponse>().error, Error::coordinator_not_available);
}

}  // namespace
}  // namespace kafault::test
