#include "sim/fault/engine.hpp"

#include <algorithm>

#include "sim/kernel/contract.hpp"

namespace kafault {

namespace {

bool is_message_fault(const FaultPlan& plan) { return strikes_messages(plan.action); }

bool is_by_hand(const FaultPlan& plan) { return plan.when.kind == Trigger::Kind::by_hand; }

bool waits_for_event(const FaultPlan& plan) {
  if (plan.when.kind == Trigger::Kind::event) return true;
  return plan.when.kind == Trigger::Kind::anywhere && strikes_handling(plan.action);
}

ObservationKind event_of(const FaultPlan& plan) {
  return strikes_handling(plan.action) ? ObservationKind::RecordDelivered : plan.when.event;
}

bool waits_for_step(const FaultPlan& plan) {
  const bool anywhere_or_chance =
      plan.when.kind == Trigger::Kind::anywhere || plan.when.kind == Trigger::Kind::chance;
  return anywhere_or_chance && !is_message_fault(plan) && !strikes_handling(plan.action);
}

constexpr std::uint64_t bit(ObservationKind kind) {
  return std::uint64_t{1} << static_cast<unsigned>(kind);
}
static_assert(observation_kinds <= 64);

}  // namespace

// Records are counted one by one in these, though an observation may name a range of them.
std::int64_t opportunities_in(const Observation& observation) {
  const bool is_send = observation.kind == ObservationKind::RecordSent ||
                       observation.kind == ObservationKind::RecordAcked ||
                       observation.kind == ObservationKind::RecordFailed;
  return is_send || is_about_handling(observation.kind) ? observation.count : 1;
}

void FaultEngine::reset(const std::vector<FaultPlan>& faults, Cluster& world, Fate& fate) {
  plans_ = &faults;
  world_ = &world;
  fate_ = &fate;
  watched_events_ = 0;
  alarms_ = 0;
  states_.resize(std::max(states_.size(), faults.size()));  // never shrunk: keeps its memory
  for (std::size_t i = 0; i < faults.size(); ++i) {
    State& state = states_[i];
    state.seen = state.strikes = 0;
    state.strikes_until = never;
    state.over = state.active = false;
    state.nodes.clear();
    state.counts_from = never;
    const FaultPlan& plan = faults[i];
    if (is_by_hand(plan)) continue;
    if (is_message_fault(plan)) world.watch_messages(plan.when.message, plan.when.on_received);
    if (waits_for_event(plan)) watched_events_ |= bit(event_of(plan));
    state.watched = waits_for_step(plan) ? whose_steps(plan) : no_node;
    if (state.watched != no_node) world.watch_steps(state.watched);
    // A message trigger of a process fault ("crash when the 5th FetchRequest is received").
    if (plan.when.kind == Trigger::Kind::message && !is_message_fault(plan)) {
      world.watch_messages(plan.when.message, plan.when.on_received);
    }
    if (plan.after < 0) begin_counting(i, world.now());
  }
  if (watches_observations()) world.watch_notes();
}

void FaultEngine::begin_counting(std::size_t fault, Instant now) {
  const FaultPlan& plan = (*plans_)[fault];
  states_[fault].counts_from = now + plan.when.since;
  if (plan.when.kind == Trigger::Kind::at) {
    set_alarm(static_cast<std::uint32_t>(fault * 2), now + plan.when.at);
  }
}

void FaultEngine::set_alarm(std::uint32_t alarm, Instant at) {
  ++alarms_;
  world_->set_alarm(alarm, at);
}

// Counts `many` opportunities; true if the fault strikes within them.
bool FaultEngine::counts(std::size_t fault, std::int64_t many, Instant now) {
  State& state = states_[fault];
  const FaultPlan& plan = (*plans_)[fault];
  if (state.over || now < state.counts_from) return false;
  state.seen += many;
  if (plan.when.kind == Trigger::Kind::chance) {
    const auto roll = fate_->between(Question::chance, static_cast<std::int32_t>(fault), 1,
                                     plan.when.chance_denominator);
    return roll <= plan.when.chance_numerator;
  }
  if (state.seen < plan.when.nth) return false;
  if (now >= state.strikes_until) return false;
  if (strikes_handling(plan.action)) return state.strikes == 0;  // `times` is for one record
  return plan.times == all_times || state.strikes < plan.times;
}

bool FaultEngine::matches(const Target& target, NodeId node) const {
  const ClusterPlan& plan = world_->plan();
  switch (target.kind) {
    case Target::Kind::everyone:
      return true;
    case Target::Kind::broker:
    case Target::Kind::member:
      return node == target.index;
    case Target::Kind::leader:
      return node == world_->leader_of(target.index);
    case Target::Kind::follower: {
      const std::span<const NodeId> replicas = world_->replicas_of(target.index);
      return node != world_->leader_of(target.index) &&
             std::find(replicas.begin(), replicas.end(), node) != replicas.end();
    }
    case Target::Kind::controller:
      return node == controller_node || node == world_->machine_of_controller();
    case Target::Kind::coordinator:
      return node == world_->leader_of(plan.layout.offsets_partition);
    case Target::Kind::producer:
      return node == plan.node_of_producer(target.index);
    case Target::Kind::group: {
      const NodeId first = plan.node_of_member(target.index, 0);
      return node >= first && node < plan.node_of_member(target.index + 1, 0);
    }
    case Target::Kind::topic:
    case Target::Kind::partition:
      return false;
  }
  return false;
}

bool FaultEngine::matches(const Target& of, const Observation& observation) const {
  switch (of.kind) {
    case Target::Kind::everyone:
      return true;
    case Target::Kind::producer:
      return observation.producer == of.index;
    case Target::Kind::group:
      return observation.group == of.index;
    case Target::Kind::partition:
      return observation.partition == of.index;
    case Target::Kind::topic:
      return observation.partition != no_partition &&
             world_->plan()
                     .layout.partitions[static_cast<std::size_t>(observation.partition)]
                     .topic == of.index;
    default:
      return matches(of, observation.node);
  }
}

// The processes that a fault means, at the moment it strikes, each once.
void FaultEngine::resolve(const FaultPlan& plan, NodeId noted_by,
                          std::vector<NodeId>& nodes) const {
  nodes.clear();
  const auto add = [&](const Target& target) {
    const NodeId node = resolve(target, noted_by);
    const bool is_new = std::find(nodes.begin(), nodes.end(), node) == nodes.end();
    if (node != no_node && is_new) nodes.push_back(node);
  };
  if (plan.action == Action::rolling_restart) {
    const auto fault = static_cast<std::size_t>(&plan - plans_->data());
    nodes.push_back(static_cast<NodeId>(std::max<std::int64_t>(states_[fault].strikes, 1)));
    return;
  }
  if (strikes_sinks(plan.action)) return resolve_members(plan.target.index, nodes);
  add(plan.target);
  for (const Target& other : plan.others) add(other);
}

// All members of a group share its sinks.
void FaultEngine::resolve_members(GroupIndex group, std::vector<NodeId>& nodes) const {
  const ClusterPlan& plan = world_->plan();
  for (NodeId node = plan.node_of_member(group, 0); node < plan.node_of_member(group + 1, 0);
       ++node) {
    nodes.push_back(node);
  }
}

NodeId FaultEngine::resolve(const Target& target, NodeId noted_by) const {
  const ClusterPlan& cluster = world_->plan();
  switch (target.kind) {
    case Target::Kind::everyone:
      return noted_by;
    case Target::Kind::leader:
      return world_->leader_of(target.index);
    case Target::Kind::coordinator:
      return world_->leader_of(cluster.layout.offsets_partition);
    case Target::Kind::follower: {
      const NodeId leader = world_->leader_of(target.index);
      const std::span<const NodeId> replicas = world_->replicas_of(target.index);
      const auto first = std::find_if(replicas.begin(), replicas.end(),
                                      [&](NodeId replica) { return replica != leader; });
      return first == replicas.end() ? no_node : *first;
    }
    case Target::Kind::group:  // a process fault of a group strikes its first member
      return cluster.node_of_member(target.index, 0);
    case Target::Kind::producer:
      return cluster.node_of_producer(target.index);
    case Target::Kind::controller:
      return world_->machine_of_controller();
    case Target::Kind::broker:
    case Target::Kind::member:
      return target.index;
    case Target::Kind::partition:  // whoever leads it acts
      return world_->leader_of(target.index);
    case Target::Kind::topic:
      break;
  }
  return no_node;
}

// The process after whose events a fault strikes: its target; for a member that is still to join,
// the first member of its group.
NodeId FaultEngine::whose_steps(const FaultPlan& plan) const {
  std::vector<NodeId> nodes;
  resolve(plan, no_node, nodes);
  if (nodes.empty()) return no_node;
  if (plan.action != Action::join) return nodes.front();
  const ClusterPlan& cluster = world_->plan();
  GroupIndex group = 0;
  while (nodes.front() >= cluster.node_of_member(group + 1, 0)) ++group;
  return cluster.node_of_member(group, 0);
}

// --- what it watches --------------------------------------------------------------------------

void FaultEngine::strike_at(const Observation& observation, Instant now) {
  for (std::size_t i = 0; i < plans_->size(); ++i) {
    const FaultPlan& plan = (*plans_)[i];
    if (!waits_for_event(plan) || event_of(plan) != observation.kind) continue;
    if (!matches(plan.when.of, observation)) continue;
    if (strikes_handling(plan.action) && !matches(plan.target, observation.node)) continue;
    cause_ = observation;
    if (counts(i, opportunities_in(observation), now)) strike(i, observation.node, now);
  }
}

Stroke FaultEngine::on_message(MessageKind kind, NodeId from, NodeId to, bool received,
                               Instant now) {
  Stroke stroke;
  for (std::size_t i = 0; i < plans_->size(); ++i) {
    const FaultPlan& plan = (*plans_)[i];
    const bool by_message = plan.when.kind == Trigger::Kind::message || is_message_fault(plan);
    if (!by_message || plan.when.message != kind || plan.when.on_received != received) continue;
    if (!matches(plan.when.from, from) || !matches(plan.when.to, to)) continue;
    if (!counts(i, 1, now)) continue;
    if (is_message_fault(plan)) {
      if (plan.action == Action::delay) {
        stroke.kind = Stroke::Kind::delay;
        stroke.by += plan.by;
      } else if (stroke.kind != Stroke::Kind::drop_connection) {
        stroke.kind =
            plan.action == Action::swallow ? Stroke::Kind::swallow : Stroke::Kind::drop_connection;
      }
    }
    strike(i, received ? to : from, now);
  }
  return stroke;
}

void FaultEngine::on_step(NodeId node, Instant now) {
  for (std::size_t i = 0; i < plans_->size(); ++i) {
    if (states_[i].watched != node) continue;
    if (counts(i, 1, now)) strike(i, node, now);
  }
}

void FaultEngine::on_alarm(std::uint32_t alarm, Instant now) {
  --alarms_;
  const std::size_t fault = alarm / 2;
  if (alarm % 2 == 1) return end(fault, now);
  if (!states_[fault].over) strike(fault, no_node, now);
}

void FaultEngine::strike_now(std::size_t fault, NodeId node, Instant now) {
  states_[fault].strikes = 0;
  strike(fault, node, now);
}

void FaultEngine::hash_into(Fingerprint& print) const {
  for (std::size_t i = 0; i < plans_->size(); ++i) {
    const bool lasts = states_[i].active;
    const Action action = (*plans_)[i].action;
    if (action == Action::rolling_restart) print.add(states_[i].strikes);
    const bool strikes_once = action == Action::leave || action == Action::power_loss ||
                              action == Action::replace_disk || action == Action::corrupt_log;
    const bool has_struck = states_[i].strikes > 0 && strikes_once;
    if (!lasts && !has_struck) continue;
    print.add(i);
    for (const NodeId node : states_[i].nodes) print.add(node);
  }
}

}  // namespace kafault
