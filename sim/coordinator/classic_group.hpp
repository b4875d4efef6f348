// One consumer group under the classic protocol: who is in it, in which generation, and what each
// request means in each state. Knows no clock and no network; the coordinator acts on what is
// decided here. Modelled on ClassicGroup and the checks of GroupMetadataManager (4.1).
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/kernel/fingerprint.hpp"
#include "sim/kernel/time.hpp"
#include "sim/protocol/batch.hpp"
#include "sim/protocol/messages.hpp"
#include "sim/protocol/outbox.hpp"

namespace kafault {

enum class GroupState : std::uint8_t { empty, preparing_rebalance, completing_rebalance, stable };

struct GroupMember {
  enum class Awaiting : std::uint8_t { nothing, join, sync };

  MemberId id = no_member;
  NodeId node = no_node;
  InstanceId instance = no_instance;  // a static member (KIP-345)
  Duration session_timeout{};
  Duration rebalance_timeout{};
  std::vector<Assignor> assignors;  // in its order of preference
  std::vector<std::int32_t> topics;
  std::vector<PartitionId> assignment;
  // As its last JoinGroup said, for sticky assignors.
  std::vector<PartitionId> owned;
  Generation owned_in = -1;

  Awaiting awaiting = Awaiting::nothing;  // which answer is held back
  RequestHandle held;                     // the request that waits for it
  bool is_new = false;                    // has not completed its first join
  bool owes_sync = false;                 // joined this generation, has not sent SyncGroup
  Instant session_end = never;

  bool is_static() const { return instance != no_instance; }
  void take_protocols_of(const JoinGroupRequest& request);
  void clear();  // keeps the memory
  void hash_into(Fingerprint& print) const;
};

// Has been given a member id (KIP-394) and is expected to join with it.
struct PendingMember {
  MemberId id = no_member;
  Instant session_end = never;
};

struct ClassicGroup {
  GroupState state = GroupState::empty;
  Generation generation = 0;
  MemberId leader = no_member;
  Assignor assignor = Assignor::range;
  ReusedVector<GroupMember> members;  // in the order in which they joined
  std::vector<PendingMember> pending;

  // The rebalance in preparation. KIP-134: that of an empty group waits for more members.
  bool is_initial = false;
  bool member_added = false;
  Duration initial_delay{};
  Duration initial_remaining{};
  Instant empty_since{};     // in state empty
  Instant join_end = never;  // who has not rejoined by then is out
  Instant sync_end = never;  // who has not synced by then is out

  void clear();  // keeps the memory
  GroupMember* find(MemberId id);
  const GroupMember* find(MemberId id) const;
  GroupMember* find_static(InstanceId instance);
  const GroupMember* find_static(InstanceId instance) const;
  bool is_pending(MemberId id) const;
  bool has_all_members_joined() const;
  bool has_all_members_synced() const;
  Duration rebalance_timeout() const;  // the longest of all members
  Instant next_deadline() const;

  // Moves along the arrows of ClassicGroupState; any other move breaks the contract.
  void transition_to(GroupState next);
  void forget(MemberId id);

  void hash_into(Fingerprint& print) const;
};

// ---- what a request means ----------------------------------------------------------------------

enum class JoinAnswer : std::uint8_t {
  member_id_required,  // KIP-394: join again with the id that you are given
  unknown_member_id,
  fenced_instance_id,  // another process has the static member's identity
  add_static,          // a static member needs no id first
  replace_static,      // a static member's new process takes over from the one before
  add_member,          // and rebalance
  rebalance,           // a member joins again and something may have changed
  current_generation,  // nothing has: repeat the answer of the last join
};
JoinAnswer judge_join(const ClassicGroup& group, const JoinGroupRequest& request);

// Error::none: the assignment is there, or will be.
Error judge_sync(const ClassicGroup& group, const SyncGroupRequest& request);
Error judge_heartbeat(const ClassicGroup& group, const HeartbeatRequest& request);
// Never looks at who owns the partitions, nor whether an offset moves backwards.
Error judge_commit(const ClassicGroup& group, const OffsetCommitRequest& request);

// Each member votes for the assignor that it prefers among those that all of them have.
// Simplified: members without a common assignor are not refused (INCONSISTENT_GROUP_PROTOCOL).
Assignor elect_assignor(const ClassicGroup& group);
// The leader stays if it has rejoined; else the first member that has.
MemberId elect_group_leader(const ClassicGroup& group);

}  // namespace kafault
