// KIP-345: members that keep their place when their process is replaced.
#include "tests/coordinator/coordinator_fixture.hpp"

namespace kafault::test {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;

class StaticMembershipTest : public CoordinatorTest {
 protected:
  StaticMembershipTest() { config.group_initial_rebalance_delay = Duration{}; }

  void send_join(NodeId client, InstanceId instance, MemberId id, Duration now) {
    JoinGroupRequest request;
    request.group = 0;
    request.member = id;
    request.instance = instance;
    request.session_timeout = seconds(45);
    request.rebalance_timeout = rebalance_timeout;
    request.assignors = {Assignor::range};
    request.topics = {0};
    coordinator->on(request, from(client), at(now), bench.fresh().out);
  }
  Error heartbeat_of(MemberId id, InstanceId instance, Duration now) {
    HeartbeatRequest request;
    request.group = 0;
    request.generation = group().generation;
    request.member = id;
    request.instance = instance;
    coordinator->on(request, from(10), at(now), bench.fresh().out);
    return bench.only<HeartbeatResponse>().error;
  }
  // Two static members, stable in generation 1; returns their ids.
  std::vector<MemberId> settle_static() {
    send_join(10, 0, no_member, {});
    timer({});
    const MemberId first = bench.only<JoinGroupResponse>().member;
    send_join(11, 1, no_member, {});
    send_join(10, 0, first, {});
    std::vector<MemberId> ids;
    for (const GroupMember& member : coordinator->members(0)) ids.push_back(member.id);
    complete(ids, {});
    EXPECT_TRUE(coordinator->is_stable(0));
    return ids;
  }
};

TEST_F(StaticMembershipTest, NeedsNoIdFirst) {
  send_join(10, 0, no_member, {});
  EXPECT_THAT(bench.all<JoinGroupResponse>(), IsEmpty()) << "parked, not sent away for an id";
  timer({});

  const JoinGroupResponse answer = bench.only<JoinGroupResponse>();
  EXPECT_EQ(answer.error, Error::none);
  EXPECT_EQ(answer.generation, 1);
}

TEST_F(StaticMembershipTest, GivesANewProcessTheOldAssignmentWithoutARebalance) {
  const std::vector<MemberId> ids = settle_static();
  const Generation generation = group().generation;

  send_join(21, 1, no_member, seconds(10));

  const JoinGroupResponse answer = bench.only<JoinGroupResponse>();
  EXPECT_EQ(answer.error, Error::none);
  EXPECT_NE(answer.member, ids[1]);
  EXPECT_EQ(answer.generation, generation);
  EXPECT_TRUE(coordinator->is_stable(0));
  EXPECT_THAT(bench.notes(ObservationKind::RebalanceStarted), IsEmpty());
  SyncGroupRequest request;
  request.group = 0;
  request.generation = generation;
  request.member = answer.member;
  request.instance = 1;
  coordinator->on(request, from(21), at(seconds(10)), bench.fresh().out);
  EXPECT_THAT(bench.only<SyncGroupResponse>().partitions, ElementsAre(1));
}

TEST_F(StaticMembershipTest, TellsARestartedLeaderToSkipTheAssignment) {
  settle_static();
  const MemberId leader = group().leader;
  const InstanceId instance = group().find(leader)->instance;

  send_join(20, instance, no_member, seconds(10));

  const JoinGroupResponse answer = bench.only<JoinGroupResponse>();
  EXPECT_EQ(answer.leader, answer.member);
  EXPECT_TRUE(answer.skip_assignment);
  EXPECT_THAT(answer.members, SizeIs(2));
}

TEST_F(StaticMembershipTest, FencesTheOldProcessWhateverItSends) {
  const std::vector<MemberId> ids = settle_static();
  send_join(21, 1, no_member, seconds(10));

  EXPECT_EQ(heartbeat_of(ids[1], 1, seconds(11)), Error::fenced_instance_id);
  send_join(11, 1, ids[1], seconds(11));
  EXPECT_EQ(bench.only<JoinGroupResponse>().error, Error::fenced_instance_id);
  OffsetCommitRequest commit;
  commit.group = 0;
  commit.generation = group().generation;
  commit.member = ids[1];
  commit.instance = 1;
  commit.offsets = {{1, 5, no_epoch}};
  coordinator->on(commit, from(11), at(seconds(11)), bench.fresh().out);
  EXPECT_EQ(bench.only<OffsetCommitResponse>().error, Error::fenced_instance_id);
  EXPECT_EQ(heartbeat_of(ids[0], 0, seconds(11)), Error::none);
}

TEST_F(StaticMembershipTest, ExpiresLikeAnyOther) {
  settle_static();

  timer(seconds(46));

  EXPECT_THAT(bench.notes(ObservationKind::MemberEvicted), SizeIs(2));
  EXPECT_THAT(coordinator->members(0), IsEmpty());
}

TEST_F(StaticMembershipTest, SurvivesTheCoordinator) {
  const std::vector<MemberId> ids = settle_static();

  fail_over(1, seconds(5));

  EXPECT_EQ(heartbeat_of(ids[1], 1, seconds(6)), Error::none);
  send_join(21, 1, no_member, seconds(7));
  EXPECT_EQ(bench.only<JoinGroupResponse>().error, Error::none);
  EXPECT_EQ(heartbeat_of(ids[1], 1, seconds(8)), Error::fenced_instance_id);
}

TEST_F(StaticMembershipTest, KeepsItsPlaceInARebalanceThatItMisses) {
  rebalance_timeout = seconds(20);
  const std::vector<MemberId> ids = settle_static();
  const MemberId newcomer = join(12, no_member, seconds(1)).member;
  join(12, newcomer, seconds(1));
  send_join(10, 0, ids[0], seconds(1));  // the other does not come

  timer(seconds(21));

  EXPECT_EQ(group().state, GroupState::completing_rebalance);
  EXPECT_THAT(coordinator->members(0), SizeIs(3));
  EXPECT_THAT(bench.all<JoinGroupResponse>(), SizeIs(2));
}

}  // namespace
}  // namespace kafault::test
