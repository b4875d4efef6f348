// What operators ask for while a run goes on: of a leader, of the controller, of a coordinator.
#include <algorithm>
#include <utility>

#include "sim/cluster/cluster.hpp"

namespace kafault {

void Cluster::delete_records(PartitionId partition, Offset before) {
  const NodeId leader = leader_of(partition);
  if (leader == no_node || process(leader).state != Process::State::running) return;
  Broker& broker = brokers_[static_cast<std::size_t>(leader) - 1].broker;
  const Offset old_start = broker.log(partition)->start_offset();
  if (!broker.delete_records(partition, before, now())) return;
  const Offset start = broker.log(partition)->start_offset();
  if (start == old_start) return;
  note(leader, {.kind = ObservationKind::LogStartAdvanced,
                .partition = partition,
                .epoch = broker.leader_epoch(partition),
                .offset = start,
                .value = old_start});
}

void Cluster::ask_controller(const OperatorRequest& request) {
  operator_requests_.push_back(request);
  schedule(controller_node, Command::operate);
}

void Cluster::hear_operators() {
  if (processes_[controller_node].state != Process::State::running) return;
  for (const OperatorRequest& request : std::exchange(operator_requests_, {})) {
    controller_.on(request, now(), outbox_);
    after_handler(controller_node);
  }
}

void Cluster::reset_offsets(GroupIndex group, const OffsetsReset& reset) {
  const NodeId coordinator = leader_of(plan_->layout.offsets_partition);
  if (coordinator == no_node) return;
  offset_resets_.push_back({group, reset});
  schedule(coordinator, Command::operate);
}

void Cluster::reset_offsets_now(NodeId node) {
  const std::vector<PendingReset> resets = std::exchange(offset_resets_, {});
  if (processes_[static_cast<std::size_t>(node)].state != Process::State::running) return;
  OffsetCommitRequest request;
  for (const PendingReset& pending : resets) {
    request.clear();
    request.group = pending.group;
    list_reset(pending.group, pending.reset, node, request.offsets);
    if (request.offsets.empty()) continue;
    brokers_[static_cast<std::size_t>(node) - 1].coordinator.alter_offsets(request, now(), outbox_);
    after_handler(node);
  }
}

// ConsumerGroupCommand.OffsetsUtils: never outside the log. What was never committed cannot be
// shifted.
void Cluster::list_reset(GroupIndex group, const OffsetsReset& reset, NodeId coordinator,
                         std::vector<CommittedOffset>& offsets) const {
  for (const std::int32_t topic : plan_->groups[static_cast<std::size_t>(group)].topics) {
    const ClusterLayout::Topic& t = plan_->layout.topics[static_cast<std::size_t>(topic)];
    for (PartitionId p = t.first_partition; p < t.first_partition + t.partitions; ++p) {
      const NodeId leader = leader_of(p);
      if (leader == no_node || !broker(leader).leads(p)) continue;
      const Offset earliest = broker(leader).log(p)->start_offset();
      const Offset latest = broker(leader).high_watermark(p);
      const Offset committed = this->coordinator(coordinator).committed(group, p);
      Offset wanted = latest;
      switch (reset.to) {
        case OffsetsReset::To::latest:
          break;
        case OffsetsReset::To::earliest:
          wanted = earliest;
          break;
        case OffsetsReset::To::offset:
          wanted = reset.value;
          break;
        case OffsetsReset::To::shift:
          if (committed == no_offset) continue;
          wanted = committed + reset.value;
          break;
      }
      offsets.push_back({p, std::clamp(wanted, earliest, latest), no_epoch});
    }
  }
}

}  // namespace kafault
