#include "sim/coordinator/classic_group.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/kernel/contract.hpp"

namespace kafault {
namespace {

using std::chrono::seconds;

GroupMember member_of(MemberId id, std::vector<Assignor> assignors = {Assignor::range}) {
  GroupMember member;
  member.id = id;
  member.assignors = std::move(assignors);
  member.topics = {0};
  return member;
}

// Members 1 (leader) and 2 in generation 5.
ClassicGroup group_in(GroupState state) {
  ClassicGroup group;
  group.state = state;
  group.generation = 5;
  if (state == GroupState::empty) return group;
  group.leader = 1;
  group.members = {member_of(1), member_of(2)};
  return group;
}

JoinGroupRequest join_of(MemberId id) {
  JoinGroupRequest request;
  request.group = 0;
  request.member = id;
  request.assignors = {Assignor::range};
  request.topics = {0};
  return request;
}

OffsetCommitRequest commit_of(MemberId member, Generation generation) {
  OffsetCommitRequest request;
  request.group = 0;
  request.member = member;
  request.generation = generation;
  return request;
}

// The fencing matrix of OffsetCommit
// ---------------------------------------------------------------

TEST(CommitFencing, AcceptsTheCurrentGenerationUntilTheNextOneIsFormed) {
  EXPECT_EQ(judge_commit(group_in(GroupState::stable), commit_of(2, 5)), Error::none);
  EXPECT_EQ(judge_commit(group_in(GroupState::preparing_rebalance), commit_of(2, 5)), Error::none);
  EXPECT_EQ(judge_commit(group_in(GroupState::completing_rebalance), commit_of(2, 5)),
            Error::rebalance_in_progress);
}

TEST(CommitFencing, RefusesWhoIsNotInTheGroup) {
  EXPECT_EQ(judge_commit(group_in(GroupState::stable), commit_of(3, 5)), Error::unknown_member_id);
}

TEST(CommitFencing, RefusesAnOldGeneration) {
  EXPECT_EQ(judge_commit(group_in(GroupState::stable), commit_of(2, 4)), Error::illegal_generation);
  EXPECT_EQ(judge_commit(group_in(GroupState::completing_rebalance), commit_of(2, 4)),
            Error::illegal_generation);
}

TEST(CommitFencing, AcceptsACommitWithoutGenerationOnlyIntoAnEmptyGroup) {
  EXPECT_EQ(judge_commit(group_in(GroupState::empty), commit_of(no_member, -1)), Error::none);
  EXPECT_EQ(judge_commit(group_in(GroupState::stable), commit_of(no_member, -1)),
            Error::unknown_member_id);
}

// JoinGroup
// ----------------------------------------------------------------------------------------

TEST(JoinDecision, AsksForAnIdFirst) {
  EXPECT_EQ(judge_join(group_in(GroupState::stable), join_of(no_member)),
            JoinAnswer::member_id_required);
}

TEST(JoinDecision, AddsWhoCameBackWithItsId) {
  ClassicGroup group = group_in(GroupState::stable);
  group.pending = {{9, never}};

  EXPECT_EQ(judge_join(group, join_of(9)), JoinAnswer::add_member);
  EXPECT_EQ(judge_join(group, join_of(8)), JoinAnswer::unknown_member_id);
}

TEST(JoinDecision, RebalancesWhenTheLeaderOfAStableGroupJoinsAgain) {
  const ClassicGroup group = group_in(GroupState::stable);

  EXPECT_EQ(judge_join(group, join_of(1)), JoinAnswer::rebalance);
  EXPECT_EQ(judge_join(group, join_of(2)), JoinAnswer::current_generation);
}

TEST(JoinDecision, RebalancesWhenASubscriptionChanged) {
  JoinGroupRequest request = join_of(2);
  request.topics = {0, 1};

  EXPECT_EQ(judge_join(group_in(GroupState::stable), request), JoinAnswer::rebalance);
}

TEST(JoinDecision, RepeatsTheAnswerThatWasLostBeforeSync) {
  const ClassicGroup group = group_in(GroupState::completing_rebalance);

  EXPECT_EQ(judge_join(group, join_of(1)), JoinAnswer::current_generation);
  EXPECT_EQ(judge_join(group, join_of(2)), JoinAnswer::current_generation);
}

// Heartbeat and SyncGroup
// --------------------------------------------------------------------------

TEST(HeartbeatDecision, TellsOfARebalanceOnlyWhileItIsPrepared) {
  HeartbeatRequest request;
  request.member = 2;
  request.generation = 5;

  EXPECT_EQ(judge_heartbeat(group_in(GroupState::stable), request), Error::none);
  EXPECT_EQ(judge_heartbeat(group_in(GroupState::preparing_rebalance), request),
            Error::rebalance_in_progress);
  EXPECT_EQ(judge_heartbeat(group_in(GroupState::completing_rebalance), request), Error::none);
  request.generation = 4;
  EXPECT_EQ(judge_heartbeat(group_in(GroupState::stable), request), Error::illegal_generation);
  EXPECT_EQ(judge_heartbeat(group_in(GroupState::empty), request), Error::unknown_member_id);
}

TEST(SyncDecision, IsRefusedWhileANewGenerationIsPrepared) {
  SyncGroupRequest request;
  request.member = 2;
  request.generation = 5;

  EXPECT_EQ(judge_sync(group_in(GroupState::completing_rebalance), request), Error::none);
  EXPECT_EQ(judge_sync(group_in(GroupState::preparing_rebalance), request),
            Error::rebalance_in_progress);
}

// The group
// ----------------------------------------------------------------------------------------

TEST(ElectAssignor, CountsTheFirstChoiceThatEverybodyHas) {
  ClassicGroup group;
  group.members = {member_of(1, {Assignor::range, Assignor::roundrobin}),
                   member_of(2, {Assignor::roundrobin, Assignor::range}),
                   member_of(3, {Assignor::roundrobin, Assignor::range})};
  EXPECT_EQ(elect_assignor(group), Assignor::roundrobin);

  group.members.push_back(member_of(4, {Assignor::range}));
  EXPECT_EQ(elect_assignor(group), Assignor::range);
}

TEST(ElectGroupLeader, PrefersTheOneThatLedIfItJoinedAgain) {
  ClassicGroup group = group_in(GroupState::preparing_rebalance);
  group.members[1].awaiting = GroupMember::Awaiting::join;
  EXPECT_EQ(elect_group_leader(group), 2);

  group.members[0].awaiting = GroupMember::Awaiting::join;
  EXPECT_EQ(elect_group_leader(group), 1);
}

TEST(ClassicGroup, HasAllMembersOnlyWhenNobodyWithAnIdIsStillToCome) {
  ClassicGroup group = group_in(GroupState::preparing_rebalance);
  for (GroupMember& member : group.members) member.awaiting = GroupMember::Awaiting::join;
  EXPECT_TRUE(group.has_all_members_joined());

  group.pending = {{9, never}};
  EXPECT_FALSE(group.has_all_members_joined());
}

TEST(ClassicGroup, MovesOnlyAlongTheArrowsOfItsStates) {
  ClassicGroup group = group_in(GroupState::empty);

  EXPECT_THROW(group.transition_to(GroupState::stable), ContractViolation);
  EXPECT_THROW(group.transition_to(GroupState::completing_rebalance), ContractViolation);
  group.transition_to(GroupState::preparing_rebalance);
  EXPECT_THROW(group.transition_to(GroupState::preparing_rebalance), ContractViolation);
}

TEST(ClassicGroup, TakesTheLongestRebalanceTimeout) {
  ClassicGroup group = group_in(GroupState::stable);
  group.members[0].rebalance_timeout = seconds(10);
  group.members[1].rebalance_timeout = seconds(300);

  EXPECT_EQ(group.rebalance_timeout(), seconds(300));
}

}  // namespace
}  // namespace kafault
