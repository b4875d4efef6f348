// How the controller's view of one partition changes: ISR, eligible leader replicas, election.
// Pure functions after PartitionChangeBuilder; the controller decides when to ask, this decides
// what becomes of the partition.
#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "sim/protocol/batch.hpp"
#include "sim/protocol/ids.hpp"

namespace kafault {

// Who the replicas are since an operator changed it, and what is still to be done.
struct Assignment {
  ReplicaList replicas;  // empty: as laid out
  BrokerSet adding;      // have yet to join the ISR
  BrokerSet removing;    // go when all those have
  bool is_under_way() const { return !adding.empty() || !removing.empty(); }
  friend bool operator==(const Assignment&, const Assignment&) = default;
};

struct PartitionState {
  NodeId leader = no_node;  // no_node: offline until a replica that may lead is back
  LeaderEpoch leader_epoch = 0;
  std::int32_t partition_epoch = 0;
  BrokerSet isr;
  BrokerSet elr;                       // KIP-966: complete, though no longer in the ISR
  NodeId last_known_leader = no_node;  // KIP-966: who led when the ISR became empty
  Assignment assigned;
  friend bool operator==(const PartitionState&, const PartitionState&) = default;
};

// What is asked of a partition, and under which circumstances.
struct PartitionChange {
  BrokerSet target_isr;
  BrokerSet active;            // brokers that may lead: unfenced and not shutting down
  BrokerSet unclean_shutdown;  // brokers whose log cannot be trusted to be complete
  std::int32_t min_isr = 1;    // effective, never above the replication factor
  bool elr_enabled = false;
  bool unclean_election = false;         // unclean.leader.election.enable, if it is honoured
  bool shrink_bumps_epoch = false;       // until KAFKA-15021
  bool prefers_first = false;            // a preferred leader election
  std::optional<Assignment> assignment;  // another one
};

struct Election {
  NodeId leader = no_node;
  bool unclean = false;
  friend bool operator==(const Election&, const Election&) = default;
};

struct PartitionOutcome {
  PartitionState state;
  bool changed = false;
  bool unclean = false;  // the new leader may lack records
};

// Replicas that leave an ISR which falls below min.insync.replicas stay eligible, since the high
// watermark cannot pass them; none are needed at or above it (maybePopulateTargetElr).
BrokerSet target_elr(const PartitionState& state, const PartitionChange& change);

// The preferred replica if it is asked for and may lead; else keeps a leader that is still valid;
// else the first replica in assignment order that is in the
// ISR, or in the ELR when the ISR is empty; else the last known leader (ELR only); else, if unclean
// elections are allowed, the first active replica; else nobody (electPreferredLeader,
// electAnyLeader).
Election elect_leader(const PartitionState& state, std::span<const NodeId> replicas,
                      const PartitionChange& change, BrokerSet elr);

// What becomes of `current` replicas that are to be `target` (PartitionReassignmentReplicas): those
// that go stay, at the end, until those that come are in sync.
Assignment reassignment(std::span<const NodeId> current, const ReplicaList& target,
                        BrokerSet coming = {});
// And if that is called off (PartitionReassignmentRevert).
Assignment reverted(const Assignment& under_way);

// The partition after the change; a reassignment ends when all that come are in the ISR. A new
// leader raises the leader epoch, any change the partition epoch; a replica that goes raises both.
// Without ELR the last member of an ISR is never removed (PartitionChangeBuilder.build).
PartitionOutcome apply_change(const PartitionState& state, std::span<const NodeId> replicas,
                              const PartitionChange& change);

}  // namespace kafault
