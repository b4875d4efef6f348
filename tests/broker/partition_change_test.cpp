#include "sim/broker/partition_change.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/broker/values.hpp"

namespace kafault {
namespace {

const std::vector<NodeId> replicas = {1, 2, 3};

PartitionState led_by(NodeId leader, BrokerSet isr) {
  PartitionState state;
  state.leader = leader;
  state.leader_epoch = 4;
  state.partition_epoch = 7;
  state.isr = isr;
  return state;
}

PartitionChange shrink_to(BrokerSet isr, BrokerSet active) {
  PartitionChange change;
  change.target_isr = isr;
  change.active = active;
  return change;
}

TEST(PartitionChange, KeepsALeaderThatIsStillValid) {
  const PartitionState before = led_by(3, set_of({1, 2, 3}));

  const PartitionOutcome outcome =
      apply_change(before, replicas, shrink_to(set_of({1, 3}), set_of({1, 3})));

  EXPECT_EQ(outcome.state.leader, 3);
  EXPECT_EQ(outcome.state.leader_epoch, 4);
  EXPECT_EQ(outcome.state.partition_epoch, 8);
  EXPECT_EQ(outcome.state.isr, set_of({1, 3}));
}

// Until KAFKA-15021.
TEST(PartitionChange, BeganANewEpochWhereTheIsrShrank) {
  const PartitionState before = led_by(3, set_of({2, 3}));
  PartitionChange shrink = shrink_to(set_of({3}), set_of({3}));
  PartitionChange expand = shrink_to(set_of({1, 2, 3}), set_of({1, 2, 3}));
  shrink.shrink_bumps_epoch = expand.shrink_bumps_epoch = true;

  EXPECT_EQ(apply_change(before, replicas, shrink).state.leader, 3);
  EXPECT_EQ(apply_change(before, replicas, shrink).state.leader_epoch, 5);
  EXPECT_EQ(apply_change(before, replicas, expand).state.leader_epoch, 4);
}

TEST(PartitionChange, ElectsTheFirstReplicaInAssignmentOrderThatIsInSyncAndActive) {
  const PartitionState before = led_by(1, set_of({1, 2, 3}));

  const PartitionOutcome outcome =
      apply_change(before, std::vector<NodeId>{1, 3, 2}, shrink_to(set_of({2, 3}), set_of({2, 3})));

  EXPECT_EQ(outcome.state.leader, 3);
  EXPECT_EQ(outcome.state.leader_epoch, 5);
  EXPECT_FALSE(outcome.unclean);
}

TEST(PartitionChange, DoesNotElectAnActiveReplicaThatIsNotInSync) {
  const PartitionState before = led_by(1, set_of({1, 2}));

  const PartitionOutcome outcome =
      apply_change(before, replicas, shrink_to(set_of({2}), set_of({3})));

  EXPECT_EQ(outcome.state.leader, no_node);
  EXPECT_EQ(outcome.state.leader_epoch, 5);
}

TEST(PartitionChange, NeverRemovesTheLastMemberOfAnIsrWithoutElr) {
  const PartitionState before = led_by(1, set_of({1}));

  const PartitionOutcome outcome = apply_change(before, replicas, shrink_to({}, set_of({2, 3})));

  EXPECT_EQ(outcome.state.isr, set_of({1}));
  EXPECT_EQ(outcome.state.leader, no_node);
}

TEST(PartitionChange, ElectsAStaleReplicaAtOnceWhenUncleanElectionsAreAllowed) {
  PartitionChange change = shrink_to({}, set_of({2, 3}));
  change.unclean_election = true;

  const PartitionOutcome outcome = apply_change(led_by(1, set_of({1})), replicas, change);

  EXPECT_EQ(outcome.state.leader, 2);
  EXPECT_EQ(outcome.state.isr, set_of({2}));
  EXPECT_TRUE(outcome.unclean);
}

TEST(PartitionChange, SaysThatNothingChanged) {
  const PartitionState before = led_by(1, set_of({1, 2}));

  const PartitionOutcome outcome =
      apply_change(before, replicas, shrink_to(set_of({1, 2}), set_of({1, 2, 3})));

  EXPECT_FALSE(outcome.changed);
  EXPECT_EQ(outcome.state, before);
}

// KIP-966 -----------------------------------------------------------------------------------------

PartitionChange with_elr(BrokerSet isr, BrokerSet active, std::int32_t min_isr) {
  PartitionChange change = shrink_to(isr, active);
  change.elr_enabled = true;
  change.min_isr = min_isr;
  return change;
}

TEST(EligibleLeaderReplicas, AreThoseThatLeaveAnIsrBelowMinIsr) {
  const PartitionState before = led_by(1, set_of({1, 2}));

  const PartitionOutcome outcome =
      apply_change(before, replicas, with_elr(set_of({1}), set_of({1}), 2));

  EXPECT_EQ(outcome.state.elr, set_of({2}));
  EXPECT_EQ(outcome.state.isr, set_of({1}));
}

TEST(EligibleLeaderReplicas, AreNotNeededAtMinIsr) {
  PartitionState before = led_by(1, set_of({1}));
  before.elr = set_of({2});

  const PartitionOutcome outcome =
      apply_change(before, replicas, with_elr(set_of({1, 3}), set_of({1, 3}), 2));

  EXPECT_EQ(outcome.state.elr, BrokerSet{});
}

TEST(EligibleLeaderReplicas, LeadOnlyWhenTheIsrIsEmpty) {
  PartitionState before = led_by(1, set_of({1}));
  before.elr = set_of({2});

  const PartitionOutcome outcome = apply_change(before, replicas, with_elr({}, set_of({2, 3}), 2));

  EXPECT_EQ(outcome.state.leader, 2);
  EXPECT_EQ(outcome.state.isr, set_of({2}));
  EXPECT_EQ(outcome.state.elr, set_of({1}));
  EXPECT_FALSE(outcome.unclean);
}

TEST(EligibleLeaderReplicas, LoseAReplicaThatStoppedUncleanly) {
  PartitionState before = led_by(no_node, {});
  before.elr = set_of({2, 3});
  before.last_known_leader = 3;
  PartitionChange change = with_elr({}, {}, 2);
  change.unclean_shutdown = set_of({3});

  const PartitionOutcome outcome = apply_change(before, replicas, change);

  EXPECT_EQ(outcome.state.elr, set_of({2}));
  EXPECT_EQ(outcome.state.leader, no_node);
}

TEST(EligibleLeaderReplicas, FallBackToTheLastKnownLeaderWhenNoneIsLeft) {
  PartitionState before = led_by(no_node, {});
  before.last_known_leader = 3;

  const PartitionOutcome outcome = apply_change(before, replicas, with_elr({}, set_of({1, 3}), 2));

  EXPECT_EQ(outcome.state.leader, 3);
  EXPECT_EQ(outcome.state.isr, set_of({3}));
  EXPECT_EQ(outcome.state.last_known_leader, no_node);
  EXPECT_TRUE(outcome.unclean);
}

TEST(EligibleLeaderReplicas, DoNotElectALastKnownLeaderThatIsDown) {
  PartitionState before = led_by(no_node, {});
  before.last_known_leader = 3;

  const PartitionOutcome outcome = apply_change(before, replicas, with_elr({}, set_of({1}), 2));

  EXPECT_EQ(outcome.state.leader, no_node);
}

}  // namespace
}  // namespace kafault
