// Who the active controller is. The voters of a KRaft quorum are nodes of their own, of which only
// the active one is in the world (node 0), or, in combined mode, the processes of the first
// brokers: then the controller lives and dies with one of them, and a link that is cut there is cut
// for both. With ZooKeeper any broker may be it, once the session of the one before has expired.
#include "sim/cluster/cluster.hpp"
#include "sim/kernel/contract.hpp"

namespace kafault {

// --- on nodes of their own --------------------------------------------------------------------

void Cluster::voter_crashed() {
  ++controllers_down_;
  controller_due_ = never;
  elect_another_voter();
}

void Cluster::voter_started() {
  controllers_down_ = std::max(controllers_down_ - 1, 0);
  elect_another_voter();
}

void Cluster::elect_another_voter() {
  const std::int32_t voters = plan_->controllers;
  const bool is_majority = 2 * (voters - controllers_down_) > voters;
  const bool is_needed = processes_[controller_node].state == Process::State::down;
  if (is_majority && is_needed) elect_controller();
}

// --- in the brokers ---------------------------------------------------------------------------

bool Cluster::is_up(NodeId machine) const {
  const Process::State state = process(machine).state;
  return state != Process::State::down && state != Process::State::paused;
}

// It reaches a majority of the voters, which are up; or it has a session with ZooKeeper, whose
// links are those of the controller's node.
bool Cluster::may_control(NodeId machine) const {
  if (!is_up(machine)) return false;
  if (plan_->version.zookeeper) return !network_.is_cut(machine, controller_node);
  std::int32_t with_it = 0;
  for (NodeId voter = 1; voter <= plan_->voters(); ++voter) {
    if (is_up(voter) && !network_.is_cut(voter, machine)) ++with_it;
  }
  return 2 * with_it > plan_->voters();
}

// After whatever may have parted the active controller from those that keep it in office.
// Simplified: it does nothing from that moment on, though it takes KafkaRaftClient 1.5 times
// controller.quorum.fetch.timeout.ms to resign (it could commit nothing meanwhile), and ZooKeeper's
// controller goes on until it sees its session expire (its requests are fenced by then).
void Cluster::review_controller() {
  if (!plan_->has_controller_on_broker()) return;
  const Process& controller = processes_[controller_node];
  const NodeId machine = network_.machine_of(controller_node);
  const bool holds = controller.state != Process::State::down && may_control(machine);
  if (holds) {
    controller_due_ = never;
    if (controller.state == Process::State::paused) resume(controller_node);
    return;
  }
  if (is_up(controller_node)) pause(controller_node);
  elect_controller();
}

// A process ends, and a controller that was in it. One that stops in order hands over: it resigns
// (EndQuorumEpoch) or closes its session, and another asks for the others' votes.
void Cluster::controller_ends_with(NodeId machine, Duration teardown, bool in_order) {
  if (!plan_->has_controller_on_broker()) return;
  Process& controller = processes_[controller_node];
  const bool was_active =
      network_.machine_of(controller_node) == machine && controller.state != Process::State::down;
  if (was_active) {
    end_process(controller_node, teardown);
    note(controller_node,
         {.kind = in_order ? ObservationKind::ProcessExited : ObservationKind::ProcessCrashed});
    if (in_order) {
      const NodeId successor = next_controller();
      if (successor != no_node) {
        return take_over_in(latency(machine, successor) + 2 * latency(successor, machine));
      }
    }
  }
  review_controller();
}

NodeId Cluster::next_controller() const {
  for (NodeId voter = 1; voter <= plan_->voters(); ++voter) {
    if (may_control(voter)) return voter;
  }
  return no_node;
}

void Cluster::take_over() {
  controller_due_ = never;
  const NodeId successor = next_controller();
  if (successor == no_node) return;
  if (processes_[controller_node].state != Process::State::down) {  // nobody hears of it any more
    end_process(controller_node, forever);
    note(controller_node, {.kind = ObservationKind::ProcessCrashed});
  }
  network_.move(controller_node, successor);
  launch(controller_node);
  look_for_controller();
}

// Whoever reaches the new one: the fetchers of metadata, which are voters, hear of it at once
// (BeginQuorumEpoch), and attempts to connect to the old one are made anew. What else is asked of
// the old one waits for its time-out (NodeToControllerRequestThread).
void Cluster::look_for_controller() {
  for (ConnectionIndex i = 0; i < network_.size(); ++i) {
    const Connection& connection = network_[i];
    if (connection.server != controller_node) continue;
    if (network_.is_blocked(connection.client, controller_node) ||
        network_.is_blocked(controller_node, connection.client)) {
      continue;
    }
    if (connection.state == Connection::State::opening) knock(i);
    if (connection.state == Connection::State::open && connection.lane == Lane::metadata) {
      break_connection(i);
    }
  }
}

// Whose sessions with ZooKeeper were not renewed while there was no controller.
BrokerSet Cluster::silent_brokers() const {
  BrokerSet silent;
  if (!plan_->version.zookeeper) return silent;
  for (NodeId broker = 1; broker <= plan_->layout.brokers; ++broker) {
    if (!may_control(broker)) silent.insert(broker);
  }
  return silent;
}

// --- the election -----------------------------------------------------------------------------

// A voter fetches every half second at the latest (KafkaRaftClient.MAX_FETCH_WAIT_MS); all that
// happens until it is active is taken to be within controller.quorum.election.timeout.ms. A session
// with ZooKeeper was renewed within its last third.
void Cluster::elect_controller() {
  if (controller_due_ != never) return;
  const BrokerConfig& config = plan_->brokers.front();
  constexpr Duration longest_since_fetch = std::chrono::milliseconds(500);
  Duration earliest = config.controller_fetch_timeout - longest_since_fetch;
  Duration latest = config.controller_fetch_timeout + config.controller_election_timeout;
  if (plan_->version.zookeeper) {
    latest = config.broker_session_timeout;
    earliest = latest - latest / 3;
  }
  take_over_in(
      Duration{fate_->between(Question::timer, controller_node, earliest.count(), latest.count())});
}

void Cluster::take_over_in(Duration wait) {
  Event event;
  event.kind = Event::Kind::command;
  event.node = controller_node;
  event.a = static_cast<std::uint32_t>(Command::start);
  event.due = now() + wait;
  controller_due_ = event.due;
  calendar_.schedule(event);
}

}  // namespace kafault
