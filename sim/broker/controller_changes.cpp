// What the controller does to its metadata: fencing, elections, ISR changes, and how brokers get
// to know.
#include <algorithm>

#include "sim/broker/controller.hpp"
#include "sim/broker/metadata_cache.hpp"
#include "sim/protocol/mutants.hpp"

namespace kafault {
namespace {

// 4.x looks for stale brokers eight times per session (QuorumController.maybeFenceStaleBroker).
constexpr int fencing_checks_per_session = 8;

// The first of the instants start, start + period, ... that is not before `instant`.
Instant next_tick(Instant start, Duration period, Instant instant) {
  const Duration since = std::max(instant - start, Duration{});
  return start + period * ((since + period - Duration{1}) / period);
}

}  // namespace

// ---- brokers come and go -----------------------------------------------------------------------

void Controller::take_step(NodeId id, BrokerControlState next) {
  const RegisteredBroker& current = broker(id);
  switch (next) {
    case BrokerControlState::unfenced:
      if (current.fenced) unfence(id);
      return;
    case BrokerControlState::controlled_shutdown:
      if (!current.in_controlled_shutdown) enter_controlled_shutdown(id);
      return;
    case BrokerControlState::shutdown_now:
      if (!current.fenced) fence(id);
      return;
    case BrokerControlState::fenced:
      return;
  }
}

// ReplicationControlManager.handleBrokerFenced. A fenced broker also leaves controlled shutdown.
void Controller::fence(NodeId id) {
  RegisteredBroker& broker = known(id);
  remove_from_isrs({id, false});
  broker.fenced = true;
  broker.in_controlled_shutdown = false;
  write_broker(id);
  untold_.push_back({.kind = ObservationKind::BrokerFenced, .value = id});
}

// ReplicationControlManager.handleBrokerUnfenced: partitions that waited for it get a leader.
void Controller::unfence(NodeId id) {
  known(id).fenced = false;
  write_broker(id);
  untold_.push_back({.kind = ObservationKind::BrokerUnfenced, .value = id});
  elect_where_leaderless();
}

// ReplicationControlManager.handleBrokerInControlledShutdown.
void Controller::enter_controlled_shutdown(NodeId id) {
  RegisteredBroker& broker = known(id);
  broker.in_controlled_shutdown = true;
  write_broker(id);
  remove_from_isrs({id, false});
  broker.shutdown_offset = log_.end_offset();
}

// A new incarnation registers: whatever the old one had is as good as fenced. After an unclean
// stop its log may lack records that it had, so it is not eligible either (KIP-966;
// ReplicationControlManager.handleBrokerShutdown). Before 4.0 only its session's end did this.
void Controller::forget_log_of(NodeId id, bool clean) {
  if (!version_->unclean_registration_leaves_isr) {
    if (!broker(id).fenced) fence(id);
    return;
  }
  const Leaving leaving{id, version_->eligible_leader_replicas && !clean};
  remove_from_isrs(leaving);
  if (leaving.unclean) remove_from_elrs(leaving);
  if (!broker(id).fenced) {
    untold_.push_back({.kind = ObservationKind::BrokerFenced, .value = id});
  }
}

Instant Controller::next_fencing() const {
  Instant next = never;
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    const auto id = static_cast<NodeId>(i) + 1;
    if (!brokers_[i].fenced) next = std::min(next, brokers_[i].last_contact + session_of(id));
  }
  if (next == never || !version_->periodic_fencing) return next;
  return next_tick(activated_, fencing_period(), next);
}

// Between two looks for stale brokers.
Duration Controller::fencing_period() const {
  Duration shortest = forever;
  for (const BrokerConfig& config : *configs_) {
    shortest = std::min(shortest, config.broker_session_timeout);
  }
  return std::max(shortest / fencing_checks_per_session, Duration{1});
}

// One after the other, the longest silent first: the order decides who is last in an ISR.
void Controller::fence_stale_brokers(Instant now) {
  for (;;) {
    NodeId stalest = no_node;
    for (std::size_t i = 0; i < brokers_.size(); ++i) {
      const auto id = static_cast<NodeId>(i) + 1;
      if (brokers_[i].fenced || brokers_[i].last_contact + session_of(id) > now) continue;
      if (stalest == no_node || brokers_[i].last_contact < broker(stalest).last_contact) {
        stalest = id;
      }
    }
    if (stalest == no_node) return;
    fence(stalest);
  }
}

// ---- partitions --------------------------------------------------------------------------------

void Controller::remove_from_isrs(const Leaving& leaving) {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].isr.contains(leaving.broker)) remove(static_cast<PartitionId>(i), leaving);
  }
}

void Controller::remove_from_elrs(const Leaving& leaving) {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    if (partitions_[i].elr.contains(leaving.broker)) remove(static_cast<PartitionId>(i), leaving);
  }
}

void Controller::remove(PartitionId partition, const Leaving& leaving) {
  PartitionChange wanted = circumstances(partition);
  wanted.target_isr = this->partition(partition).isr;
  if (!is_mutant(Mutant::isr_never_shrinks)) wanted.target_isr.erase(leaving.broker);
  wanted.active.erase(leaving.broker);
  if (leaving.unclean) wanted.unclean_shutdown.insert(leaving.broker);
  change(partition, wanted);
}

void Controller::elect_where_leaderless() {
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto partition = static_cast<PartitionId>(i);
    if (partitions_[i].leader != no_node || !exists(partition)) continue;
    PartitionChange wanted = circumstances(partition);
    wanted.target_isr = partitions_[i].isr;
    change(partition, wanted);
  }
}

// KRaft before 3.9 ignores unclean.leader.election.enable (KAFKA-12670).
PartitionChange Controller::circumstances(PartitionId partition) const {
  PartitionChange wanted;
  wanted.active = active_brokers();
  wanted.min_isr = min_isr_of(partition);
  wanted.elr_enabled = version_->eligible_leader_replicas;
  wanted.unclean_election =
      version_->unclean_election_honoured && topic_of(partition).unclean_leader_election_enable;
  wanted.shrink_bumps_epoch = version_->isr_shrink_bumps_leader_epoch;
  return wanted;
}

void Controller::change(PartitionId partition, const PartitionChange& change) {
  PartitionState& state = partitions_[static_cast<std::size_t>(partition)];
  const PartitionOutcome outcome = apply_change(state, replicas_of(partition), change);
  if (!outcome.changed) return;
  const PartitionState before = state;
  state = outcome.state;

  log_.append(record_of(partition));
  if (state.isr != before.isr) {
    untold_.push_back({.kind = ObservationKind::IsrChanged,
                       .partition = partition,
                       .epoch = state.leader_epoch,
                       .value = static_cast<std::int64_t>(state.isr.bits())});
  }
  if (state.leader != before.leader && state.leader != no_node) {
    untold_.push_back({.kind = ObservationKind::LeaderElected,
                       .partition = partition,
                       .count = outcome.unclean ? 1U : 0U,
                       .epoch = state.leader_epoch,
                       .value = state.leader});
  }
}

// ---- the metadata log --------------------------------------------------------------------------

void Controller::write_broker(NodeId id) { log_.append(record_of_broker(id)); }

MetadataRecord Controller::record_of(PartitionId partition) const {
  const PartitionState& state = this->partition(partition);
  MetadataRecord record;
  record.kind = MetadataRecord::Kind::partition;
  record.partition = partition;
  record.leader = state.leader;
  record.leader_epoch = state.leader_epoch;
  record.partition_epoch = state.partition_epoch;
  record.isr = state.isr;
  record.replicas = state.assigned.replicas;
  return record;
}

MetadataRecord Controller::record_of_broker(NodeId id) const {
  const RegisteredBroker& broker = this->broker(id);
  MetadataRecord record;
  record.kind = MetadataRecord::Kind::broker;
  record.broker = id;
  record.broker_epoch = broker.epoch;
  record.fenced = broker.fenced;
  record.in_controlled_shutdown = broker.in_controlled_shutdown;
  return record;
}

// The metadata was changed in one step; only now is it told, so that a fault which strikes at an
// observation finds it changed.
void Controller::tell(Outbox& out) {
  for (const Observation& observation : untold_) out.note(observation);
  untold_.clear();
}

void Controller::answer_fetches(Instant now, Outbox& out) {
  const auto is_due = [&](const ParkedFetch& fetch) {
    return fetch.offset < log_.end_offset() || fetch.deadline <= now;
  };
  Instant next = never;
  for (const ParkedFetch& fetch : parked_) {
    if (is_due(fetch)) {
      answer_fetch(fetch, out);
    } else {
      next = std::min(next, fetch.deadline);
    }
  }
  parked_.erase(std::remove_if(parked_.begin(), parked_.end(), is_due), parked_.end());
  fetch_timer_.wake_by(next, now, out);
}

// A broker from before the log's first offset gets the image as a snapshot (KIP-630).
void Controller::answer_fetch(const ParkedFetch& fetch, Outbox& out) const {
  auto& answer = out.reply<MetadataFetchResponse>(fetch.handle);
  answer.end_offset = log_.end_offset();
  if (fetch.offset >= settled_metadata_offset) return log_.read(fetch.offset, answer.records);
  for (std::size_t i = 0; i < brokers_.size(); ++i) {
    answer.records.push_back(record_of_broker(static_cast<NodeId>(i) + 1));
  }
  for (std::size_t i = 0; i < partitions_.size(); ++i) {
    const auto partition = static_cast<PartitionId>(i);
    const bool was_deleted = partitions_[i].partition_epoch == deleted_partition_epoch;
    if (exists(partition) || was_deleted) answer.records.push_back(record_of(partition));
  }
  log_.read_config_changes(answer.records);
}

}  // namespace kafault
