// What the controller does because it is asked to, and of itself from time to time: settings that
// change while the cluster runs, elections without need, other replicas.
#include <algorithm>

#include "sim/broker/controller.hpp"
#include "sim/broker/metadata_cache.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {

void Controller::on(const OperatorRequest& request, Instant now, Outbox& out) {
  switch (request.kind) {
    case OperatorRequest::Kind::change_config:
      change_config(request.change, out);
      break;
    case OperatorRequest::Kind::elect_preferred:
    case OperatorRequest::Kind::elect_unclean:
      elect(request.partition, request.kind);
      break;
    case OperatorRequest::Kind::reassign:
      reassign(request.partition, request.replicas);
      break;
    case OperatorRequest::Kind::cancel_reassignment:
      cancel_reassignment(request.partition);
      break;
    case OperatorRequest::Kind::add_partitions:
      add_partitions(request.partition);
      break;
    case OperatorRequest::Kind::delete_topic:
      delete_topic(request.topic);
      break;
    case OperatorRequest::Kind::create_topic:
      create_topic(request.topic);
      break;
  }
  tell(out);
  answer_fetches(now, out);
}

// ConfigurationControlManager.incrementalAlterConfigs. Nobody is elected because of it at once: a
// partition without a leader waits until the controller looks for such partitions (KAFKA-12670).
// With another min.insync.replicas it is no longer known who is eligible (KIP-966): nobody is.
void Controller::change_config(std::int32_t index, Outbox& out) {
  topics_.apply(index);
  const TopicConfigChange& change = topics_.change(index);
  MetadataRecord record;
  record.kind = MetadataRecord::Kind::config;
  record.change = index;
  log_.append(record);
  if (change.writes("min.insync.replicas")) {
    for (std::size_t i = 0; i < partitions_.size(); ++i) {
      if (layout_->partitions[i].topic == change.topic()) partitions_[i].elr = {};
    }
  }
  if (change.writes("unclean.leader.election.enable")) look_for_unclean_elections(out);
}

// ReplicationControlManager.electLeader: ELECTION_NOT_NEEDED where there is a leader, or the
// preferred one.
void Controller::elect(PartitionId partition, OperatorRequest::Kind kind) {
  const PartitionState& state = this->partition(partition);
  if (!exists(partition)) return;
  const bool is_preferred = kind == OperatorRequest::Kind::elect_preferred;
  if (is_preferred ? state.leader == replicas_of(partition).front() : state.leader != no_node) {
    return;
  }
  PartitionChange wanted = circumstances(partition);
  wanted.target_isr = state.isr;
  wanted.prefers_first = is_preferred;
  wanted.unclean_election |= !is_preferred;
  change(partition, wanted);
}

// ReplicationControlManager.maybeBalancePartitionLeaders: all of them, whatever
// leader.imbalance.per.broker.percentage says. Simplified: not a thousand at a time.
void Controller::elect_preferred_leaders() {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    elect(static_cast<PartitionId>(i), OperatorRequest::Kind::elect_preferred);
  }
}

// ReplicationControlManager.changePartitionReassignment. It takes effect step by step, as ISR
// changes come. Simplified: nothing is throttled.
void Controller::reassign(PartitionId partition, const ReplicaList& replicas) {
  if (!exists(partition)) return;
  PartitionChange wanted = circumstances(partition);
  const PartitionState& state = this->partition(partition);
  wanted.target_isr = state.isr;
  wanted.assignment = reassignment(replicas_of(partition), replicas, state.assigned.adding);
  change(partition, wanted);
}

// ReplicationControlManager.cancelPartitionReassignment: not if nobody else is in sync.
void Controller::cancel_reassignment(PartitionId partition) {
  const PartitionState& state = this->partition(partition);
  if (!state.assigned.is_under_way()) return;
  PartitionChange wanted = circumstances(partition);
  wanted.target_isr = state.isr;
  for (const NodeId replica : replicas_of(partition)) {
    if (state.assigned.adding.contains(replica)) wanted.target_isr.erase(replica);
  }
  if (wanted.target_isr.empty()) return;
  wanted.assignment = reverted(state.assigned);
  change(partition, wanted);
}

// ReplicationControlManager.createPartitions: who is not active does not begin in sync; a partition
// none of whose replicas is active is refused.
// Simplified: where they are was decided before the run, in turn after the topic's others.
void Controller::add_partitions(PartitionId last) {
  const std::int32_t topic = layout_->partitions[static_cast<std::size_t>(last)].topic;
  const BrokerSet active = active_brokers();
  PartitionId partition = layout_->topics[static_cast<std::size_t>(topic)].first_partition;
  for (; partition <= last; ++partition) {
    if (exists(partition)) continue;
    const auto replicas = replicas_of(partition);
    const bool can_be = std::any_of(replicas.begin(), replicas.end(),
                                    [&](NodeId replica) { return active.contains(replica); });
    if (!can_be) return;
    create(partition, active);
  }
}

void Controller::create(PartitionId partition, BrokerSet active) {
  PartitionState& state = partitions_[static_cast<std::size_t>(partition)];
  PartitionState created;
  created.assigned.replicas = state.assigned.replicas;
  if (!lives_.empty()) {
    const std::int32_t topic = layout_->partitions[static_cast<std::size_t>(partition)].topic;
    created.leader_epoch = first_epoch_of(lives_[static_cast<std::size_t>(topic)]);
  }
  for (const NodeId replica : replicas_of(partition)) {
    if (!active.contains(replica)) continue;
    if (created.isr.empty()) created.leader = replica;
    created.isr.insert(replica);
  }
  if (created.isr.empty()) {
    created.leader = replicas_of(partition).front();
    created.isr.insert(created.leader);
  }
  state = created;
  log_.append(record_of(partition));
  untold_.push_back({.kind = ObservationKind::IsrChanged,
                     .partition = partition,
                     .epoch = created.leader_epoch,
                     .value = static_cast<std::int64_t>(created.isr.bits())});
}

// ReplicationControlManager.deleteTopic: a RemoveTopicRecord, and nothing is left of its
// partitions. Simplified: but where they were, and its settings; it is created with the same.
void Controller::delete_topic(std::int32_t topic) {
  if (lives_.empty()) lives_.resize(layout_->topics.size());
  const LeaderEpoch next = first_epoch_of(++lives_[static_cast<std::size_t>(topic)]);
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto partition = static_cast<PartitionId>(i);
    if (layout_->partitions[i].topic != topic || !exists(partition)) continue;
    PartitionState deleted;
    deleted.leader_epoch = no_epoch;
    deleted.partition_epoch = deleted_partition_epoch;
    deleted.assigned.replicas = partitions_[i].assigned.replicas;
    partitions_[i] = deleted;
    log_.append(record_of(partition));
    untold_.push_back(
        {.kind = ObservationKind::TopicDeleted, .partition = partition, .epoch = next});
  }
}

// ReplicationControlManager.createTopic. Simplified: on the brokers that it was on before; where
// none of them is active, as if the first had been and had died since, rather than on others.
void Controller::create_topic(std::int32_t topic) {
  const BrokerSet active = active_brokers();
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto partition = static_cast<PartitionId>(i);
    if (layout_->partitions[i].topic != topic || exists(partition)) continue;
    if (!lives_.empty()) create(partition, active);
  }
}

// Only where unclean elections can be switched on while nobody leads does it find any; where in its
// period the task is then, nobody knows.
void Controller::look_for_unclean_elections(Outbox& out) {
  if (looks_for_unclean_elections_ || !version_->unclean_election_honoured) return;
  looks_for_unclean_elections_ = true;
  out.arm(timer(unclean_elections), Duration{}, unclean_election_check_interval);
}

}  // namespace kafault
