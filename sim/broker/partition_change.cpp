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

Election elect_leader(const PartitionState& state, const std::vector<NodeId>& replicas,
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

PartitionOutcome apply_change(const PartitionState& state, const std::vector<NodeId>& replicas,
                              const PartitionChange& change) {
  PartitionState next = state;
  next.elr = target_elr(state, change);
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
  if (next.leader != state.leader || (change.shrink_bumps_epoch && has_shrunk)) ++next.leader_epoch;
  if (changed) ++next.partition_epoch;
  return {next, changed, election.unclean};
}

}  // namespace kafault
