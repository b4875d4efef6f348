// What settings and an operator make of the partitions: rules, and who hosts them.
#include <algorithm>

#include "sim/broker/broker.hpp"
#include "sim/protocol/topic_life.hpp"

namespace kafault {
namespace {

// Since 3.7 min.insync.replicas above the replication factor counts as the replication factor;
// before, it could never be met.
std::int32_t effective_min_isr(const TopicConfig& topic, std::size_t replicas,
                               const VersionProfile& version) {
  if (!version.cap_min_isr_at_replication_factor) return topic.min_insync_replicas;
  return std::min(topic.min_insync_replicas, static_cast<std::int32_t>(replicas));
}

RetentionRules retention_rules(const TopicConfig& topic) {
  return {.age = topic.oldest(), .bytes = topic.largest()};
}

CleanerRules cleaner_rules(const TopicConfig& topic) {
  return {.compacts = topic.compacts(),
          .min_dirty_millionths = topic.min_cleanable_dirty_ratio.millionths,
          .min_lag = topic.min_compaction_lag,
          .max_lag = topic.max_compaction_lag,
          .delete_retention = topic.delete_retention};
}

TimestampRules timestamp_rules(const TopicConfig& topic) {
  return {.by_append = topic.message_timestamp_type == TimestampType::log_append_time,
          .before_max = topic.message_timestamp_before_max,
          .after_max = topic.message_timestamp_after_max};
}

FlushRules flush_rules(const BrokerConfig& broker, const TopicConfig& topic) {
  return {.messages = topic.flush_messages,
          .interval = topic.flush_interval,
          .scheduler_interval = broker.log_flush_scheduler_interval,
          .segment_bytes = topic.segment_bytes,
          .segment_time = topic.longest_segment()};
}

// Simplified: the default of a day, and all above, is never, unless records have timestamps of
// their own.
ProducerExpiry producer_expiry(const BrokerConfig& config, bool has_stamps) {
  const bool is_never = !has_stamps && config.producer_id_expiration >= std::chrono::hours(24);
  return {is_never ? forever : config.producer_id_expiration,
          config.producer_id_expiration_check_interval};
}

}  // namespace

PartitionRules Broker::rules_of(PartitionId id, std::size_t replicas) const {
  const PartitionLayout& placed = layout_->partitions[static_cast<std::size_t>(id)];
  const TopicConfig& topic = topics_[placed.topic];
  return {.min_isr = effective_min_isr(topic, replicas, *version_),
          .strict_min_isr = version_->strict_min_isr,
          .fenced_stay_out_of_isr = version_->fenced_stay_out_of_isr,
          .waits_for_ineligible = version_->isr_shrink_bumps_leader_epoch,
          .first_sequence_checked = version_->first_sequence_checked,
          .epoch_checkpoint_synced = version_->epoch_checkpoint_synced,
          .max_message_bytes = static_cast<std::uint32_t>(topic.max_message_bytes),
          .lag_time_max = config_->replica_lag_time_max,
          .flush = flush_rules(*config_, topic),
          .retention = retention_rules(topic),
          .cleaner = cleaner_rules(topic),
          .timestamps = timestamp_rules(topic),
          .producer_expiry = producer_expiry(*config_, reads_contents_)};
}

void Broker::read_contents(bool cleans) {
  reads_contents_ = true;
  cleans_logs_ = cleans;
  for (Partition& partition : partitions_) {
    partition.log().keep_stamps();
    partition.expire_producers(producer_expiry(*config_, true));
  }
}

// Of every topic, or of one.
void Broker::take_settings(std::int32_t topic) {
  for (PartitionId id = 0; is_known(id); ++id) {
    const std::int32_t its_topic = layout_->partitions[static_cast<std::size_t>(id)].topic;
    if (topic == every_topic || topic == its_topic) {
      at(id).follow(rules_of(id, static_cast<std::size_t>(at(id).replicas().size())));
    }
  }
}

// ReplicaManager.applyDelta: a replica that comes begins with nothing, one that goes is deleted.
void Broker::take_replicas(PartitionId id, std::span<const NodeId> replicas, Outbox& out) {
  Partition& partition = at(id);
  BrokerSet wanted;
  for (const NodeId replica : replicas) wanted.insert(replica);
  if (wanted == partition.replicas()) return;
  replicas_have_moved_ = true;
  if (partition.is_hosted() && !wanted.contains(id_)) {
    const bool led = partition.is_leader();
    const Offset old_end = end_offset(id);
    stop_fetching(id);
    partition.remove();
    out.note(
        {.kind = ObservationKind::ReplicaDeleted, .partition = id, .offset = 0, .value = old_end});
    if (led) resign(id, metadata_.partition(id).leader_epoch, out);
  }
  partition.set_replicas(replicas);
  partition.follow(rules_of(id, replicas.size()));
}

// The metadata says that the topic was deleted, or knows the next one of its name.
bool Broker::is_of_another_topic(PartitionId id) const {
  const MetadataCache::PartitionState& state = metadata_.partition(id);
  const bool is_next =
      state.leader_epoch != no_epoch && life_of(state.leader_epoch) != at(id).life();
  return (is_next || state.is_deleted()) && at(id).has_anything();
}

void Broker::delete_log(PartitionId id, Outbox& out) {
  Partition& partition = at(id);
  const bool led = partition.is_leader();
  const LeaderEpoch epoch = partition.epoch();
  const Offset old_end = end_offset(id);
  stop_fetching(id);
  partition.reset();
  out.note({.kind = ObservationKind::ReplicaDeleted,
            .partition = id,
            .epoch = std::max(epoch, LeaderEpoch{0}),
            .offset = 0,
            .value = old_end});
  if (led) resign(id, epoch, out);
}

void Broker::put_replicas_back() {
  replicas_have_moved_ = false;
  for (PartitionId id = 0; is_known(id); ++id) {
    const auto& replicas = layout_->partitions[static_cast<std::size_t>(id)].replicas;
    at(id).set_replicas(replicas);
    at(id).follow(rules_of(id, replicas.size()));
  }
}

}  // namespace kafault
