// One consumer group under KIP-848 (group.protocol=consumer): who is in it, what everybody is to
// own, and how far each member is on the way there. There is no barrier: the group's epoch grows
// with every change, the target assignment follows it, and each member is moved to it by its own
// heartbeats. Knows no clock and no network; the coordinator acts on what is decided here.
// Modelled on ConsumerGroup, ConsumerGroupMember and CurrentAssignmentBuilder (4.1).
// Simplified: members do not change their subscriptions; a group is of one protocol for the whole
// run, there is no online migration from the classic one.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/known_partitions.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

struct ConsumerGroupMember {
  // MemberState. Who has to give partitions up stays in its old epoch until it has; who waits for
  // others to give theirs up goes on with what it has.
  enum class State : std::uint8_t { stable, unrevoked_partitions, unreleased_partitions };

  MemberId id = no_member;
  NodeId node = no_node;
  InstanceId instance = no_instance;
  Duration rebalance_timeout{};
  RemoteAssignor assignor = RemoteAssignor::none;
  std::vector<std::int32_t> topics;
  Generation epoch = 0;
  Generation previous_epoch = -1;
  State state = State::stable;
  std::vector<PartitionId> assigned;  // what it may consume
  std::vector<PartitionId> revoking;  // what it is to give up and has not yet
  std::vector<PartitionId> target;    // what it is to own in the end
  Instant session_end = never;
  Instant rebalance_end = never;  // who has not given up by then is out

  bool is_static() const { return instance != no_instance; }
  bool has(PartitionId partition) const;  // assigned or not yet given up
  void clear();                           // keeps the memory
  void hash_into(Fingerprint& print) const;
};

struct ConsumerGroup {
  Generation epoch = 0;
  Generation target_epoch = 0;                // in which the targets were computed
  ReusedVector<ConsumerGroupMember> members;  // in the order in which they joined
  std::int32_t added_partitions = 0;          // to its topics, when it last looked
  Instant empty_since{};                      // without members
  bool is_rebalancing = false;                // since the last change, not everybody is there yet

  void clear();  // keeps the memory
  bool exists() const { return epoch > 0; }
  ConsumerGroupMember* find(MemberId id);
  const ConsumerGroupMember* find(MemberId id) const;
  ConsumerGroupMember* find_static(InstanceId instance);
  const ConsumerGroupMember* find_static(InstanceId instance) const;
  bool is_taken(PartitionId partition) const;
  bool is_reconciled() const;
  Instant next_deadline() const;
  void hash_into(Fingerprint& print) const;
};

// ---- what a request means ----------------------------------------------------------------------

enum class HeartbeatAnswer : std::uint8_t {
  unknown_member_id,
  fenced_member_epoch,     // it is not in the epoch that the coordinator knows
  unreleased_instance_id,  // its static identity belongs to a process that has not left
  fenced_instance_id,
  join,
  replace_static,  // a static member that left for a while comes back
  go_on,
  leave,
};
HeartbeatAnswer judge_heartbeat(const ConsumerGroup& group,
                                const ConsumerGroupHeartbeatRequest& request);
// Through 4.2 the member's epoch must be the current one, exactly; who owns the partition is never
// looked at (ConsumerGroup.validateOffsetCommit).
Error judge_commit(const ConsumerGroup& group, const OffsetCommitRequest& request);
Error judge_fetch(const ConsumerGroup& group, const OffsetFetchRequest& request);

// The target assignment of all members, by the assignor that most of them want.
void assign_targets(ConsumerGroup& group, const KnownPartitions& known);
// How many partitions have been added to what anybody in the group subscribes to.
std::int32_t added_to_subscriptions(const ConsumerGroup& group, const KnownPartitions& known);

// One step of a member towards its target (CurrentAssignmentBuilder.build). `owned`: what it says
// it owns, nullptr: it does not say. True if anything has changed.
bool reconcile(const ConsumerGroup& group, ConsumerGroupMember& member,
               const std::vector<PartitionId>* owned);

}  // namespace kafault
