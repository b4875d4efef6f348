// What of a broker, its life and its logs matters to the future.
#include "sim/broker/broker.hpp"
#include "sim/broker/lifecycle.hpp"
#include "sim/protocol/message_fingerprint.hpp"

namespace kafault {

// ---- one replica -------------------------------------------------------------------------------

void PartitionLog::hash_into(Fingerprint& print, const GroupJournal& journal) const {
  print.add(batches_.size());
  for (const Batch& batch : batches_) kafault::hash_into(print, batch, journal);
  print.add(epochs_.size());
  for (const EpochStart& epoch : epochs_) add_all(print, epoch.epoch, epoch.start);
  add_all(print, start_, high_watermark_);
  if (keeps_stamps_) cleaner_.hash_into(print);
}

void ProducerState::hash_into(Fingerprint& print) const {
  print.add(producers_.size());
  for (const Producer& producer : producers_) {
    print.renamed(Fingerprint::Family::producer_id, producer.id);
    add_all(print, producer.epoch, producer.count);
    if (expiry_.after != forever) print.deadline(producer.last_stamp + expiry_.after);
    for (std::size_t i = 0; i < producer.count; ++i) {
      const Kept& kept = producer.kept(i);
      add_all(print, kept.first_sequence, kept.last_sequence, kept.base_offset);
    }
  }
  print.add(snapshots_.size());
  for (const Offset snapshot : snapshots_) print.add(snapshot);
}

// An instant of the past counts until it is older than the largest lag, that moment included. What
// moves on with every fetch is looked at twice in that time.
void RemoteReplica::hash_into(Fingerprint& print, Duration lag_time_max) const {
  add_all(print, end_offset, leader_end_at_fetch, broker_epoch);
  print.poll(last_fetch + lag_time_max + Duration{1}, lag_time_max / 2);
  print.poll(last_caught_up + lag_time_max + Duration{1}, lag_time_max / 2);
}

// What a leader knows of others is nothing to a follower, and forgotten when it comes to lead.
void Partition::hash_into(Fingerprint& print, const GroupJournal& journal) const {
  if (!hosted_) return;
  log_.hash_into(print, journal);
  producers_.hash_into(print);
  add_all(print, role_, leader_, epoch_, partition_epoch_);
  if (!is_leader()) return;
  add_all(print, epoch_start_, isr_.bits(), change_);
  if (has_change()) add_all(print, proposed_.bits(), change_sent_);
  for (const RemoteReplica& remote : remotes_) remote.hash_into(print, rules_.lag_time_max);
}

void Partition::hash_disk_into(Fingerprint& print, const WriteBack& kernel) const {
  if (!hosted_) return;
  const OnDisk disk = log_.what_is_on_disk(rules_.flush, kernel, print.now());
  print.add(disk.end);
  print.poll(disk.next_write, kernel.period);
}

// ---- replication and requests that wait --------------------------------------------------------

void ReplicaFetcher::hash_into(Fingerprint& print, Duration poll_period) const {
  channel_.hash_into(print, poll_period);
  print.add(followed_.size());
  for (const Followed& one : followed_) {
    add_all(print, one.partition, one.has_failed, one.has_compared);
    print.deadline(one.delayed_until);
    if (channel_.in_flight() > 0) add_all(print, one.asked_offset, one.asked_epoch);
  }
}

// In the order in which they came, in which they are answered.
void FetchPurgatory::hash_into(Fingerprint& print) const {
  print.add(parked_.slots().size());
  for (const auto slot : parked_.slots()) {
    const Parked& parked = parked_[slot];
    kafault::hash_into(print, parked.handle);
    kafault::hash_into(print, parked.request);
    print.poll(parked.deadline, parked.request.max_wait);
  }
}

void ProducePurgatory::hash_into(Fingerprint& print) const {
  print.add(delayed_.slots().size());
  for (const auto slot : delayed_.slots()) {
    const Delayed& delayed = delayed_[slot];
    kafault::hash_into(print, delayed.request);
    print.deadline(delayed.deadline);
    print.add(delayed.outcomes.size());
    for (const ProduceOutcome& outcome : delayed.outcomes) {
      add_all(print, outcome.partition, outcome.error, outcome.base_offset, outcome.required,
              outcome.is_waiting);
    }
  }
}

// ---- settings that have changed -----------------------------------------------------------------

template <class Value>
void hash_setting(Fingerprint& print, const Value& value) {
  print.add(value);
}
void hash_setting(Fingerprint& print, Ratio value) { print.add(value.millionths); }
template <class Value>
void hash_setting(Fingerprint& print, const std::vector<Value>& values) {
  print.add(values.size());
  for (const Value value : values) print.add(value);
}

void ChangingTopics::hash_into(Fingerprint& print) const {
  for (const TopicConfig& topic : changed_) {
    TopicConfig::describe(topic,
                          [&](auto, const auto& value, auto, auto) { hash_setting(print, value); });
  }
}

// ---- the broker --------------------------------------------------------------------------------

void MetadataCache::hash_into(Fingerprint& print) const {
  for (const PartitionState& state : partitions_) {
    add_all(print, state.leader, state.leader_epoch, state.partition_epoch, state.isr.bits());
    for (const NodeId replica : state.replicas) print.add(replica);
  }
  for (const BrokerState& state : brokers_) {
    add_all(print, state.epoch, state.fenced, state.in_controlled_shutdown);
  }
}

// How many producer ids it has handed out is history, and so is its former life when it serves in a
// new one. Lazy timers come when something above is due, or have nothing to do.
void Broker::hash_into(Fingerprint& print, const GroupJournal& journal) const {
  for (const Partition& partition : partitions_) {
    partition.hash_into(print, journal);
    if (replicas_have_moved_) print.add(partition.replicas().bits());
    if (write_back_) partition.hash_disk_into(print, *write_back_);
  }
  topics_.hash_into(print);
  print.add(broker_epoch_);
  if (!is_serving()) print.add(previous_broker_epoch_);
  metadata_.hash_into(print);
  for (const ReplicaFetcher& fetcher : fetchers_)
    fetcher.hash_into(print, config_->replica_fetch_wait_max);
  produces_.hash_into(print);
  fetches_.hash_into(print);
  for (const PartitionId id : isr_changes_) {
    if (at(id).has_unsent_change()) print.add(id);
  }
  print.add(no_partition);
}

void Lifecycle::hash_into(Fingerprint& print) const {
  add_all(print, clean_shutdown_epoch_, started_);
  if (!started_) return;
  add_all(print, broker_epoch_, metadata_offset_, want_shut_down_, shutdown_answered_,
          beat_again_at_once_, sent_changes_, changes_.size());
  if (!is_running()) {  // it has yet to register
    hash_incarnation(print, broker_, incarnation_);
    print.add(previous_broker_epoch_);
  }
  for (const AlterPartitionRequest::Entry& change : changes_) {
    add_all(print, change.partition, change.leader_epoch, change.partition_epoch,
            change.isr.bits());
  }
  for (const Link& link : links_) {
    link.channel.hash_into(print, config_->broker_heartbeat_interval);
    print.poll(link.due, config_->broker_heartbeat_interval);
  }
}

}  // namespace kafault
