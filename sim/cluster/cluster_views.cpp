// What the phases of a run ask of the world: is every send decided, is every group at the end of
// the log, is every replica where it should be. Predicates on the state, nothing else.
#include <algorithm>

#include "sim/cluster/cluster.hpp"

namespace kafault {

NodeId Cluster::leader_of(PartitionId partition) const {
  return controller_.partition(partition).leader;
}

bool Cluster::find_waiting_producer() const {
  for (ProducerIndex p = 0; p < static_cast<ProducerIndex>(producers_.size()); ++p) {
    const NodeId node = plan_->node_of_producer(p);
    if (!is_waiting(node)) continue;
    waiting_ = node;
    return true;
  }
  return false;
}

namespace {

// A partition without a leader cannot be read: whoever waits for it is blocked by a fault.
bool at_end(const Cluster& world, PartitionId partition, const Member& member) {
  const NodeId leader = world.leader_of(partition);
  if (leader == no_node) return true;
  const bool led = world.process(leader).state == Process::State::running &&
                   world.broker(leader).leads(partition);
  if (led && member.is_looking_back(partition)) {  // and will never find what is too old by now
    const PartitionLog& log = *world.broker(leader).log(partition);
    return log.first_written_since(world.now() - member.looks_back()) >= log.high_watermark();
  }
  return led && member.position(partition) >= world.broker(leader).high_watermark(partition);
}

bool is_committed(const Cluster& world, GroupIndex group, PartitionId partition,
                  const Member& member) {
  const NodeId coordinator = world.leader_of(world.plan().layout.offsets_partition);
  return world.coordinator(coordinator).committed(group, partition) >= member.position(partition);
}

}  // namespace

// Whoever has the partition is at its end. Nobody need have it where all are given theirs by hand.
// `commits`: a commit is on its way, as there always is one where they come faster than their
// answers; then what it says must be known already. Those of who is no member of a group that has
// members are refused, and are not waited for.
bool Cluster::read_to_the_end(GroupIndex g, PartitionId partition, bool commits) const {
  const std::vector<MemberPlan>& members = plan_->groups[static_cast<std::size_t>(g)].members;
  const bool all_by_hand = std::none_of(members.begin(), members.end(), [](const MemberPlan& m) {
    return m.config.assigned.empty();
  });
  bool anybody = false;
  for (std::size_t m = 0; m < members.size(); ++m) {
    const NodeId node = plan_->node_of_member(g, static_cast<std::int32_t>(m));
    const bool is_by_hand = !members[m].config.assigned.empty();
    if (process(node).state != Process::State::running || member_at(node).is_closed()) continue;
    if (!member_at(node).owns(partition) || (anybody && !is_by_hand)) continue;
    if (!at_end(*this, partition, member_at(node))) return false;
    const bool is_awaited = commits && (!is_by_hand || all_by_hand);
    if (is_awaited && !is_committed(*this, g, partition, member_at(node))) return false;
    anybody = true;
  }
  return anybody || all_by_hand;
}

bool Cluster::groups_caught_up() const {
  // Without a leader of the offsets partition there is no coordinator: every group is blocked.
  if (leader_of(plan_->layout.offsets_partition) == no_node) return true;
  NodeId node = plan_->node_of_member(0, 0);
  for (GroupIndex g = 0; g < static_cast<GroupIndex>(plan_->groups.size()); ++g) {
    const GroupPlan& group = plan_->groups[static_cast<std::size_t>(g)];
    const NodeId first = node;
    node += static_cast<NodeId>(group.members.size());
    bool anybody = false;
    bool commits = false;
    for (NodeId m = first; m < node; ++m) {
      const Process& member = process(m);
      const bool to_come = member.incarnation == 0 &&
                           !group.members[static_cast<std::size_t>(m - first)].joins_by_fault;
      if (to_come || member.starts) return false;
      if (member.state != Process::State::running || member_at(m).is_closed()) continue;
      anybody = true;
      if (!member_at(m).is_idle_but_for_auto_commits()) return false;
      commits = commits || !member_at(m).is_idle();
    }
    if (!anybody) continue;
    for (const std::int32_t topic : group.topics) {
      const ClusterLayout::Topic& t = plan_->layout.topics[static_cast<std::size_t>(topic)];
      for (PartitionId p = t.first_partition; p < t.first_partition + t.partitions; ++p) {
        if (controller_.exists(p) && !read_to_the_end(g, p, commits)) return false;
      }
    }
  }
  return true;
}

// By members of which groups_caught_up() says that there is nothing new in it.
bool Cluster::is_any_commit_on_its_way() const {
  return std::any_of(processes_.begin(), processes_.end(), [&](const Process& process) {
    if (process.kind != ProcessKind::member) return false;
    const Member& member = members_[static_cast<std::size_t>(process.index)];
    return process.state == Process::State::running && !member.is_closed() && !member.is_idle();
  });
}

bool Cluster::replicas_settled() const {
  if (!controller_.is_settled()) return false;
  for (PartitionId p = 0; p < static_cast<PartitionId>(plan_->layout.partitions.size()); ++p) {
    if (!controller_.exists(p)) continue;
    const NodeId leader = leader_of(p);
    const Broker& leading = broker(leader);
    if (!leading.leads(p)) return false;
    const Offset end = leading.end_offset(p);
    const bool always_grows = p == plan_->layout.offsets_partition && is_any_commit_on_its_way();
    if (leading.high_watermark(p) != end && !always_grows) return false;
    for (const NodeId replica : replicas_of(p)) {
      if (process(replica).state != Process::State::running) return false;
      if (broker(replica).end_offset(p) != end && !always_grows) return false;
      if (replica != leader && broker(replica).leads(p)) return false;
    }
  }
  return true;
}

// A send is decided before its request is executed where nobody waits for an answer (acks=0), or
// where its client has given the request up: it may still put records into a log.
bool Cluster::produces_executed() const {
  // Other requests of a client that is gone may wait for ever, and nobody for them.
  bool executed = std::none_of(orphans_.begin(), orphans_.end(), [](const Orphan& orphan) {
    return orphan.kind == MessageKind::ProduceRequest;
  });
  for (ConnectionIndex i = 0; i < network_.size(); ++i) {
    for (const Connection::Received& request : network_[i].unread) {
      if (request.kind == MessageKind::ProduceRequest) executed = false;
    }
  }
  calendar_.for_each_pending([&](const Event& event) {
    const bool is_request =
        event.kind == Event::Kind::to_server || event.kind == Event::Kind::handled;
    if (!is_request || event.message != MessageKind::ProduceRequest) return;
    if (!is_stale(event)) executed = false;
  });
  return executed;
}

}  // namespace kafault
