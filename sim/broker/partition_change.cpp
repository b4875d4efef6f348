#include "sim/broker/partition_change.hpp"

#include <algorithm>

#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

BrokerSet set_union(BrokerSet a, BrokerSet b) {
  for (NodeId broker = 1; broker <= BrokerSet::max_broker; ++broker) {
    if (b.contains(broker)) a.insert(broker);
  }
  return a;
}

BrokerSet difference(BrokerSet a, BrokerSet b) {
  for (NodeId broker = 1; broker <= BrokerSet::max_broker; ++broker) {
    if (b.contains(broker)) a.erase(broker);
  }
  return a;
}

BrokerSet only(NodeId broker) {
  BrokerSet set;
  set.insert(broker);
  return set;
}

ReplicaList without(const ReplicaList& replicas, BrokerSet gone) {
  ReplicaList rest;
  for (const NodeId replica : replicas) {
    if (!gone.contains(replica)) rest.push_back(replica);
  }
  return rest;
}

BrokerSet intersection(BrokerSet set, std::span<const NodeId> brokers) {
  BrokerSet both;
  for (const NodeId broker : brokers) {
    if (set.contains(broker)) both.insert(broker);
  }
  return both;
}

bool lacks_one_of(std::span<const NodeId> brokers, std::span<const NodeId> others) {
  return std::any_of(others.begin(), others.end(), [&](NodeId other) {
    return std::find(brokers.begin(), brokers.end(), other) == brokers.end();
  });
}

// PartitionReassignmentReplicas.maybeCompleteReassignment: when all that come are in sync, and
// somebody is who stays.
void complete_reassignment(Assignment& assigned, BrokerSet& isr) {
  const BrokerSet staying = difference(isr, assigned.removing);
  if (staying.empty() || (assigned.adding.bits() & ~staying.bits()) != 0) return;
  assigned = {without(assigned.replicas, assigned.removing), {}, {}};
  isr = staying;
}

bool may_lead(NodeId replica, const PartitionChange& change, BrokerSet elr) {
  if (replica == no_node || !change.active.contains(replica)) return false;
  return change.target_isr.contains(replica) ||
         (change.target_isr.empty() && elr.contains(replica));
}

// Kafka's own test of whether the last known leader is alive only logs; the election takes effect
// when it is, so we ask for that.
bool last_known_leader_may_lead(const PartitionState& state, const PartitionChange& change,
                                BrokerSet elr) {
  return change.elr_enabled && change.target_isr.empty() && elr.empty() &&
         state.last_known_leader != no_node && change.active.contains(state.last_known_leader);
}

// Set once, when the ISR becomes empty; cleared when the partition has a leader.
NodeId next_last_known_leader(const PartitionState& before, const PartitionState& after,
                              bool elr_enabled) {
  if (!elr_enabled) return no_node;
  if (after.isr.empty() && !before.isr.empty()) return before.leader;
  if (after.leader != no_node) return no_node;
  return before.last_known_leader;
}

}  // namespace

BrokerSet target_elr(const PartitionState& state, const PartitionChange& change) {
  if (!change.elr_enabled) return {};
  const bool is_enough = change.target_isr.size() >= change.min_isr;
  if (is_enough && !is_mutant(Mutant::elr_never_emptied)) return {};
  return difference(difference(set_union(state.elr, state.isr), change.target_isr),
                    change.unclean_shutdown);
}

Election elect_leader(const PartitionState& state, std::span<const NodeId> replicas,
                      const PartitionChange& change, BrokerSet elr) {
  if (change.prefers_first && may_lead(replicas.front(), change, elr)) {
    return {replicas.front(), false};
  }
  if (may_lead(state.leader, change, elr)) return {state.leader, false};
  for (const NodeId replica : replicas) {
    if (may_lead(replica, change, elr)) return {replica, false};
  }
  if (last_known_leader_may_lead(state, change, elr)) return {state.last_known_leader, true};
  if (change.unclean_election || is_mutant(Mutant::election_of_anyone)) {
    for (const NodeId replica : replicas) {
      if (change.active.contains(replica)) return {replica, true};
    }
  }
  return {};
}

Assignment reassignment(std::span<const NodeId> current, const ReplicaList& target,
                        BrokerSet coming) {
  Assignment assignment{target, {}, {}};
  for (const NodeId replica : target) assignment.adding.insert(replica);
  for (const NodeId replica : current) {
    if (!coming.contains(replica)) assignment.adding.erase(replica);
    if (target.contains(replica)) continue;
    assignment.replicas.push_back(replica);
    assignment.removing.insert(replica);
  }
  return assignment;
}

Assignment reverted(const Assignment& under_way) {
  return {without(under_way.replicas, under_way.adding), {}, {}};
}

PartitionOutcome apply_change(const PartitionState& state, std::span<const NodeId> replicas,
                              const PartitionChange& asked) {
  const std::span<const NodeId> old_replicas = replicas;
  PartitionState next = state;
  PartitionChange change = asked;
  if (change.assignment) next.assigned = *change.assignment;
  if (next.assigned.is_under_way()) complete_reassignment(next.assigned, change.target_isr);
  if (!next.assigned.replicas.empty()) replicas = next.assigned.replicas;

  next.elr = target_elr(state, change);
  if (next.assigned != state.assigned) next.elr = intersection(next.elr, replicas);
  const Election election = elect_leader(state, replicas, change, next.elr);
  next.leader = election.leader;

  const bool may_be_empty = change.elr_enabled || is_mutant(Mutant::isr_may_be_empty);
  if (!change.target_isr.empty() || may_be_empty) next.isr = change.target_isr;
  if (election.unclean) {
    next.isr = only(election.leader);
    next.elr = {};
  } else if (election.leader != no_node && next.elr.contains(election.leader)) {
    next.isr = only(election.leader);
    next.elr.erase(election.leader);
  }
  next.last_known_leader = next_last_known_leader(state, next, change.elr_enabled);

  const bool changed = next != state;
  const bool has_shrunk = (state.isr.bits() & ~next.isr.bits()) != 0;
  const bool has_lost_replica =
      next.assigned != state.assigned && lacks_one_of(replicas, old_replicas);
  if (next.leader != state.leader || (change.shrink_bumps_epoch && has_shrunk) ||
      has_lost_replica) {
    ++next.leader_epoch;
  }
  if (changed) ++next.partition_epoch;
  return {next, changed, election.unclean};
}

}  // namespace kafault
